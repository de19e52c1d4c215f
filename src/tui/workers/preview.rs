//! The threads that decode, shrink and encode pictures for the terminal; the newest request goes first.
//!
//! The selected picture goes before its neighbours, which are made ready ahead of time. What was encoded stays in a small
//! cache.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::preview_cache::{FileStamp, PreviewCache};
use super::stored_pictures::StoredPictures;
use super::words::{NOT_REACHABLE, reason, refusal};
use crate::base::latest::{LatestSlot, Receiver, latest_slot};
use crate::library::Boundary;
use crate::picture::{self, Limits, Picture};
use crate::tui::app::event::Event;
use crate::tui::app::preview::{Drawn, PreviewContent, PreviewKey};
use crate::tui::graphics::GraphicsEncoder;

/// The number of threads: one for the selected picture while the others still work on what was asked for before. Only the last
/// one makes pictures ready ahead of time, so that no jump to another picture waits for that.
const THREADS: usize = 2;

/// A handle to the threads.
pub(crate) struct PreviewWorker(LatestSlot<Board>);

/// What is requested, under way and done.
#[derive(Default)]
struct Board {
    /// How pictures are encoded, once the terminal has answered.
    encoder: Option<GraphicsEncoder>,
    /// The pictures to show, the most urgent in front.
    wanted: VecDeque<PreviewKey>,
    /// The pictures that are likely to be next, the nearest in front.
    neighbours: VecDeque<PreviewKey>,
    /// The pictures that the threads work on.
    working: Vec<PreviewKey>,
    cache: PreviewCache,
}

/// A picture to encode.
struct PreviewTask {
    key: PreviewKey,
    encoder: GraphicsEncoder,
    /// Whether it is to be shown now, rather than made ready ahead of time.
    wanted: bool,
}

impl PreviewWorker {
    /// Starts the threads, which wait for [`Self::set_encoder`]. They call `send` with [`Event::Preview`], and open no picture
    /// outside `boundary`. For pictures that can't be reached, each asks what `stored` makes for it, if a store is browsed.
    pub(crate) fn spawn(
        boundary: &Boundary,
        stored: impl Fn() -> Option<StoredPictures>,
        send: impl Fn(Event) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        for number in 0..THREADS {
            let (receiver, boundary, send) = (receiver.clone(), boundary.clone(), send.clone());
            let mut stored = stored();
            let thread = std::thread::Builder::new().name(format!("preview-{number}"));
            let makes_ahead = number + 1 == THREADS;
            thread.spawn(move || run(&receiver, makes_ahead, (&boundary, &mut stored), &send))?;
        }
        Ok(Self(slot))
    }

    /// Sets how pictures are encoded from now on. The cache is emptied.
    pub(crate) fn set_encoder(&self, encoder: GraphicsEncoder) {
        self.0.send(|board| {
            board.encoder = Some(encoder);
            board.cache = PreviewCache::default();
        });
    }

    /// Requests the pictures `wanted` now, and `neighbours`, nearest first, when there is time. Pictures that were
    /// requested before are dropped unless their work has begun.
    pub(crate) fn request(&self, wanted: Vec<PreviewKey>, neighbours: Vec<PreviewKey>) {
        self.0.send(|board| {
            board.wanted = wanted.into();
            board.neighbours = neighbours.into();
        });
    }
}

impl Board {
    /// Takes the next picture to encode, if there is one: with `makes_ahead`, also one that is not wanted yet.
    fn take(&mut self, makes_ahead: bool) -> Option<PreviewTask> {
        let encoder = self.encoder.clone()?;
        let free = self.wanted.iter().position(|key| !self.working.contains(key));
        let task = match free.and_then(|at| self.wanted.remove(at)) {
            Some(key) => PreviewTask { key, encoder, wanted: true },
            None if !makes_ahead => return None,
            None => loop {
                let key = self.neighbours.pop_front()?;
                let known = self.working.contains(&key) || self.wanted.contains(&key);
                if !known && !self.cache.holds(&key) {
                    break PreviewTask { key, encoder, wanted: false };
                }
            },
        };
        self.working.push(task.key.clone());
        Some(task)
    }

    /// Takes in that a picture is ready, and keeps what may be kept. Returns whether it was wanted by now.
    fn finish(&mut self, key: &PreviewKey, kept: Option<(FileStamp, PreviewContent)>) -> bool {
        self.working.retain(|working| working != key);
        if let Some((stamp, content)) = kept {
            self.cache.put(key.clone(), stamp, content);
        }
        let waiting = self.wanted.len();
        self.wanted.retain(|wanted| wanted != key);
        self.wanted.len() < waiting
    }
}

fn run(
    receiver: &Receiver<Board>,
    makes_ahead: bool,
    (boundary, stored): (&Boundary, &mut Option<StoredPictures>),
    send: &dyn Fn(Event),
) {
    let take = |board: &mut Board| board.take(makes_ahead);
    while let Some(PreviewTask { key, encoder, wanted }) = receiver.wait_for(take) {
        let stamp = FileStamp::of(&key);
        let known = receiver.with(|board| board.cache.get(&key, stamp));
        let content = known.unwrap_or_else(|| {
            if let (None, Some(stored)) = (StoredPictures::here(boundary, &key.path), &mut *stored) {
                return of_store(stored, &key, &encoder);
            }
            // The file under its resolved path; what is shown keeps the path that was asked for.
            let file = match boundary.resolve(&key.path) {
                Ok(path) => PreviewKey { path, size: key.size },
                Err(error) => return PreviewContent::Unreadable(refusal(&error)),
            };
            if wanted && let Some(content) = embedded_thumbnail(&file, &encoder) {
                send(Event::Preview { key: key.clone(), content });
            }
            encode(&file, &encoder)
        });
        // A picture may have become wanted while it was made ready ahead of time.
        // What a store could not tell just now, it may tell later.
        let is_kept = stored.is_none() || matches!(content, PreviewContent::Picture { .. });
        let kept = is_kept.then(|| (stamp, content.clone()));
        let became_wanted = receiver.with(|board| board.finish(&key, kept));
        if (wanted || became_wanted) && !receiver.is_closed() {
            send(Event::Preview { key, content });
        }
    }
}

/// The thumbnail that a store has of a picture that can't be reached from here.
fn of_store(stored: &mut StoredPictures, key: &PreviewKey, encoder: &GraphicsEncoder) -> PreviewContent {
    content_of(|| match stored.thumbnail(&key.path) {
        Ok(Some(picture)) => encode_pixels(key, encoder, picture),
        Ok(None) => Err(NOT_REACHABLE.to_owned()),
        Err(error) => Err(format!("{NOT_REACHABLE}; {error}")),
    })
}

/// The thumbnail in a large photo, if it has one, to show until the photo is decoded.
fn embedded_thumbnail(key: &PreviewKey, encoder: &GraphicsEncoder) -> Option<PreviewContent> {
    let encode = || encode_pixels(key, encoder, picture::embedded_thumbnail(&key.path)?).ok();
    catch_unwind(AssertUnwindSafe(encode)).ok().flatten()
}

/// Decodes a picture and encodes it for the terminal.
pub(crate) fn encode(key: &PreviewKey, encoder: &GraphicsEncoder) -> PreviewContent {
    content_of(|| decode_and_encode(key, encoder))
}

/// What `work` makes of a picture, or why there is nothing to show: a decoder may panic, too.
pub(super) fn content_of(work: impl FnOnce() -> Result<PreviewContent, String>) -> PreviewContent {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("this picture can't be shown".into()))
        .unwrap_or_else(PreviewContent::Unreadable)
}

fn decode_and_encode(key: &PreviewKey, encoder: &GraphicsEncoder) -> Result<PreviewContent, String> {
    let (width, height) = encoder.pixels(key.size);
    let picture =
        picture::open_to_fit(&key.path, width, height, &Limits::default()).map_err(|e| reason(&e))?;
    encode_pixels(key, encoder, picture)
}

fn encode_pixels(
    key: &PreviewKey,
    encoder: &GraphicsEncoder,
    picture: Picture,
) -> Result<PreviewContent, String> {
    let drawn = Drawn(Arc::new(encoder.encode(picture.pixels, key.size)?));
    Ok(PreviewContent::Picture { drawn, width: picture.width, height: picture.height })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::mpsc;
    use std::time::Duration;

    use ratatui::layout::Size;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn key(path: &Path) -> PreviewKey {
        PreviewKey { path: path.to_owned(), size: Size { width: 20, height: 10 } }
    }

    fn worker(root: &Path) -> (PreviewWorker, mpsc::Receiver<(PreviewKey, PreviewContent)>) {
        let (sender, receiver) = mpsc::channel();
        let send = move |event| {
            if let Event::Preview { key, content } = event {
                sender.send((key, content)).unwrap();
            }
        };
        (PreviewWorker::spawn(&Boundary::new(root, false), || None, send).unwrap(), receiver)
    }

    fn write_picture(path: &Path, width: u32, height: u32) {
        image::RgbImage::from_pixel(width, height, image::Rgb([250, 10, 10])).save(path).unwrap();
    }

    #[test]
    fn pictures_are_encoded_once_the_terminal_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("red.png");
        write_picture(&path, 64, 32);
        let (worker, receiver) = worker(folder.path());
        worker.request(vec![key(&path)], Vec::new());
        worker.set_encoder(GraphicsEncoder::text());
        let (made, content) = receiver.recv_timeout(SOON).unwrap();
        assert_eq!(made, key(&path));
        let PreviewContent::Picture { drawn, width, height } = content else { panic!("{content:?}") };
        assert_eq!((width, height), (64, 32), "the size of the file, not of the preview");
        assert_eq!(drawn.0.size(), Size { width: 20, height: 5 }, "enlarged to fit, in proportion");
    }

    #[test]
    fn a_request_is_answered_even_if_the_picture_was_made_ahead() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..4).map(|n| folder.path().join(format!("{n}.png"))).collect();
        for path in &paths {
            write_picture(path, 30, 30);
        }
        let (worker, receiver) = worker(folder.path());
        worker.set_encoder(GraphicsEncoder::text());
        worker.request(vec![key(&paths[0])], paths[1..].iter().map(|path| key(path)).collect());
        assert_eq!(receiver.recv_timeout(SOON).unwrap().0, key(&paths[0]));
        for path in paths.iter().rev() {
            worker.request(vec![key(path)], Vec::new());
            assert_eq!(receiver.recv_timeout(SOON).unwrap().0, key(path));
        }
    }

    #[test]
    fn a_thread_is_kept_for_what_is_wanted() {
        let name = |name: &str| key(Path::new(name));
        let mut board = Board {
            encoder: Some(GraphicsEncoder::text()),
            neighbours: [name("b"), name("c")].into(),
            ..Board::default()
        };
        assert!(board.take(false).is_none());
        assert_eq!(board.take(true).map(|task| (task.key, task.wanted)), Some((name("b"), false)));
        board.wanted = [name("b"), name("d")].into();
        assert_eq!(board.take(false).map(|task| task.key), Some(name("d")), "b is under way");
        assert_eq!(board.take(true).map(|task| task.key), Some(name("c")));
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_missing_one_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let (worker, receiver) = worker(folder.path());
        worker.set_encoder(GraphicsEncoder::text());
        let look = || {
            worker.request(vec![key(&path)], Vec::new());
            match receiver.recv_timeout(SOON).unwrap().1 {
                PreviewContent::Picture { width, .. } => Ok(width),
                PreviewContent::Unreadable(reason) => Err(reason),
            }
        };
        write_picture(&path, 30, 30);
        assert_eq!(look(), Ok(30));
        write_picture(&path, 31, 3000);
        assert_eq!(look(), Ok(31));
        fs::write(&path, b"no picture").unwrap();
        assert!(look().is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(look(), Err("no longer there".into()));
    }
}
