//! The preview workers: decode, shrink and encode pictures for the terminal, newest wish first.
//!
//! The selected picture goes before its neighbours, which are made ready ahead of time; what was
//! made stays in a small cache. Nothing of this happens on the input thread.

use std::collections::VecDeque;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use image::DynamicImage;
use ratatui_image::picker::Picker;
use ratatui_image::{FilterType, Resize};

use crate::library::{Boundary, OutsideRoot};
use crate::picture::{self, Limits, Picture, PictureError};
use crate::tui::event::Event;
use crate::tui::state::{Drawn, PreviewContent, PreviewKey};

/// Cells of the terminal that the kept pictures cover together: some dozens of the size of a pane, or some
/// hundreds of a contact sheet.
const KEPT: u64 = 200_000;
/// One to show what is selected while another still works on what was selected before.
const THREADS: usize = 2;

/// A handle to the threads; dropping it ends them.
pub struct PreviewWorker(Arc<Shared>);

struct Shared {
    boundary: Boundary,
    board: Mutex<Board>,
    changed: Condvar,
}

/// What is wanted, under way and done.
#[derive(Default)]
struct Board {
    /// How pictures are encoded, once the terminal has told.
    picker: Option<Picker>,
    /// First things first.
    wanted: VecDeque<PreviewKey>,
    neighbours: VecDeque<PreviewKey>,
    /// Under way.
    working: Vec<PreviewKey>,
    cache: Cache,
    closed: bool,
}

impl PreviewWorker {
    /// Starts the threads; they wait for [`Self::set_picker`]. `send` is called from them. Pictures outside `boundary` are
    /// not opened.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(boundary: Boundary, send: impl Fn(Event) + Send + Clone + 'static) -> std::io::Result<Self> {
        let worker = Self(Arc::new(Shared { boundary, board: Mutex::default(), changed: Condvar::new() }));
        for number in 0..THREADS {
            let (shared, send) = (Arc::clone(&worker.0), send.clone());
            let thread = std::thread::Builder::new().name(format!("preview-{number}"));
            thread.spawn(move || shared.run(&send))?;
        }
        Ok(worker)
    }

    /// Tells how pictures are encoded from now on; what was made before is made anew.
    pub fn set_picker(&self, picker: Picker) {
        let mut board = self.0.lock();
        board.picker = Some(picker);
        board.cache = Cache::default();
        drop(board);
        self.0.changed.notify_all();
    }

    /// Wants `wanted` now, and `neighbours`, nearest first, when there is time.
    pub fn request(&self, wanted: Vec<PreviewKey>, neighbours: Vec<PreviewKey>) {
        let mut board = self.0.lock();
        board.wanted = wanted.into();
        board.neighbours = neighbours.into();
        drop(board);
        self.0.changed.notify_all();
    }
}

impl Drop for PreviewWorker {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Board {
    /// The next thing to do.
    fn take(&mut self) -> Option<Job> {
        let picker = self.picker.clone()?;
        let free = self.wanted.iter().position(|key| !self.working.contains(key));
        let key = match free.and_then(|at| self.wanted.remove(at)) {
            Some(key) => Job { key, picker, tell: true },
            None => loop {
                let key = self.neighbours.pop_front()?;
                let known = self.working.contains(&key) || self.wanted.contains(&key);
                if !known && !self.cache.holds(&key) {
                    break Job { key, picker, tell: false };
                }
            },
        };
        self.working.push(key.key.clone());
        Some(key)
    }
}

struct Job {
    key: PreviewKey,
    picker: Picker,
    /// Whether it was asked for, rather than made ahead of time.
    tell: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Board> {
        // Every change of the board is complete before the lock is released.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, send: &dyn Fn(Event)) {
        while let Some(job) = self.next() {
            let Job { key, picker, tell } = job;
            let stamp = Stamp::of(&key);
            let known = self.lock().cache.get(&key, stamp);
            let content = known.unwrap_or_else(|| {
                // The file by this name: what is shown keeps the name that was asked for.
                let file = match self.boundary.resolve(&key.path) {
                    Ok(path) => PreviewKey { path, size: key.size },
                    Err(error) => return PreviewContent::Unreadable(refusal(&error)),
                };
                if tell && let Some(content) = sketch(&file, &picker) {
                    send(Event::Preview { key: key.clone(), content });
                }
                make(&file, &picker)
            });
            let mut board = self.lock();
            board.working.retain(|working| *working != key);
            board.cache.put(key.clone(), stamp, content.clone());
            // It may have become the wanted one while it was made ahead of time.
            let waiting = board.wanted.len();
            board.wanted.retain(|wanted| *wanted != key);
            let wanted = board.wanted.len() < waiting;
            let closed = board.closed;
            drop(board);
            if (tell || wanted) && !closed {
                send(Event::Preview { key, content });
            }
        }
    }

    /// Waits for something to do; none is the end.
    fn next(&self) -> Option<Job> {
        let mut board = self.lock();
        loop {
            if board.closed {
                return None;
            }
            if let Some(job) = board.take() {
                return Some(job);
            }
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What can be shown of a large photo at once, until it is decoded.
fn sketch(key: &PreviewKey, picker: &Picker) -> Option<PreviewContent> {
    let sketched = || encoded(key, picker, picture::exif_thumbnail(&key.path)?).ok();
    catch_unwind(AssertUnwindSafe(sketched)).ok().flatten()
}

/// Decodes and encodes one picture.
fn make(key: &PreviewKey, picker: &Picker) -> PreviewContent {
    catch_unwind(AssertUnwindSafe(|| drawn(key, picker)))
        .unwrap_or_else(|_| Err("this picture can't be shown".into()))
        .unwrap_or_else(PreviewContent::Unreadable)
}

fn drawn(key: &PreviewKey, picker: &Picker) -> Result<PreviewContent, String> {
    let font = picker.font_size();
    let width = u32::from(key.size.width) * u32::from(font.width.max(1));
    let height = u32::from(key.size.height) * u32::from(font.height.max(1));
    let picture =
        picture::open_to_fit(&key.path, width, height, &Limits::default()).map_err(|e| reason(&e))?;
    encoded(key, picker, picture)
}

fn encoded(key: &PreviewKey, picker: &Picker, picture: Picture) -> Result<PreviewContent, String> {
    let pixels = DynamicImage::ImageRgb8(picture.pixels);
    // Small pictures are enlarged: what they show matters more than how many pixels it has.
    let resize = Resize::Scale(Some(FilterType::Triangle));
    let protocol = picker.new_protocol(pixels, key.size, resize).map_err(|error| error.to_string())?;
    let drawn = Drawn(Arc::new(protocol));
    Ok(PreviewContent::Picture { drawn, width: picture.width, height: picture.height })
}

fn refusal(error: &OutsideRoot) -> String {
    match error {
        OutsideRoot::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "no longer there".into(),
        error => error.to_string(),
    }
}

fn reason(error: &PictureError) -> String {
    match error {
        PictureError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "no longer there".into(),
        error => error.to_string(),
    }
}

/// What tells whether a file changed since it was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<(u64, Option<SystemTime>)>);

impl Stamp {
    fn of(key: &PreviewKey) -> Self {
        Self(fs::metadata(&key.path).ok().map(|metadata| (metadata.len(), metadata.modified().ok())))
    }
}

/// The last few pictures made, the most recently used in front.
#[derive(Default)]
struct Cache(VecDeque<(PreviewKey, Stamp, PreviewContent)>);

impl Cache {
    fn holds(&self, key: &PreviewKey) -> bool {
        self.0.iter().any(|(known, ..)| known == key)
    }

    fn get(&mut self, key: &PreviewKey, stamp: Stamp) -> Option<PreviewContent> {
        let at = self.0.iter().position(|(known, made, _)| known == key && *made == stamp)?;
        let entry = self.0.remove(at)?;
        let content = entry.2.clone();
        self.0.push_front(entry);
        Some(content)
    }

    fn put(&mut self, key: PreviewKey, stamp: Stamp, content: PreviewContent) {
        self.0.retain(|(known, ..)| *known != key);
        self.0.push_front((key, stamp, content));
        let mut cells = 0;
        let fits = self.0.iter().take_while(|(key, ..)| {
            cells += u64::from(key.size.width) * u64::from(key.size.height);
            cells <= KEPT
        });
        // The newest stays in any case.
        let kept = fits.count().max(1);
        self.0.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
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
        (PreviewWorker::spawn(Boundary::new(root, false), send).unwrap(), receiver)
    }

    fn write_picture(path: &Path, width: u32, height: u32) {
        image::RgbImage::from_pixel(width, height, image::Rgb([250, 10, 10])).save(path).unwrap();
    }

    #[test]
    fn pictures_are_made_once_the_terminal_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("red.png");
        write_picture(&path, 64, 32);
        let (worker, receiver) = worker(folder.path());
        worker.request(vec![key(&path)], Vec::new());
        worker.set_picker(Picker::halfblocks());
        let (made, content) = receiver.recv_timeout(SOON).unwrap();
        assert_eq!(made, key(&path));
        let PreviewContent::Picture { drawn, width, height } = content else { panic!("{content:?}") };
        assert_eq!((width, height), (64, 32), "the size of the file, not of the preview");
        assert_eq!(drawn.0.size(), Size { width: 20, height: 5 }, "enlarged to fit, in proportion");
    }

    #[test]
    fn what_is_wanted_is_answered_even_after_it_was_made_ahead() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..4).map(|n| folder.path().join(format!("{n}.png"))).collect();
        for path in &paths {
            write_picture(path, 30, 30);
        }
        let (worker, receiver) = worker(folder.path());
        worker.set_picker(Picker::halfblocks());
        worker.request(vec![key(&paths[0])], paths[1..].iter().map(|path| key(path)).collect());
        assert_eq!(receiver.recv_timeout(SOON).unwrap().0, key(&paths[0]));
        for path in paths.iter().rev() {
            worker.request(vec![key(path)], Vec::new());
            assert_eq!(receiver.recv_timeout(SOON).unwrap().0, key(path));
        }
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_vanished_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let (worker, receiver) = worker(folder.path());
        worker.set_picker(Picker::halfblocks());
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

    #[test]
    fn the_cache_keeps_the_most_recently_used() {
        let mut cache = Cache::default();
        let stamp = Stamp(None);
        let name = |n: usize| key(Path::new(&n.to_string()));
        let room = usize::try_from(KEPT).unwrap() / 200;
        for n in 0..room {
            cache.put(name(n), stamp, PreviewContent::Unreadable(n.to_string()));
        }
        assert!(cache.get(&name(0), stamp).is_some());
        cache.put(name(room), stamp, PreviewContent::Unreadable("new".into()));
        assert!(cache.holds(&name(0)) && cache.holds(&name(room)) && !cache.holds(&name(1)));
        assert_eq!(cache.0.len(), room);
        assert!(cache.get(&name(0), Stamp(Some((1, None)))).is_none(), "another file by now");
    }
}
