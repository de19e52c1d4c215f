//! The thread that shows parts of a picture as sharp as the screen allows: the picture is decoded once at its full size, and each
//! part is cut out of that.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use super::preview::content_of;
use super::preview_cache::FileStamp;
use super::words::{reason, refusal};
use crate::base::latest::{LatestSlot, Receiver, latest_slot};
use crate::library::Boundary;
use crate::picture::{self, Limits};
use crate::tui::app::event::Event;
use crate::tui::app::preview::{Drawn, PreviewContent, PreviewKey};
use crate::tui::app::zoomed::ZoomedPart;
use crate::tui::graphics::GraphicsEncoder;

/// What is to be done.
#[derive(Default)]
struct Request {
    encoder: Option<GraphicsEncoder>,
    /// The part to show next; or none, to forget the picture.
    next: Option<Option<ZoomedPart>>,
}

/// A handle to the thread.
pub(crate) struct ZoomWorker(LatestSlot<Request>);

impl ZoomWorker {
    /// Starts the thread, which calls `send` with [`Event::ZoomedPart`], and opens no picture outside `boundary`.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub(crate) fn spawn(boundary: Boundary, send: impl Fn(Event) + Send + 'static) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("zoom".into()).spawn(move || run(&receiver, &boundary, &send))?;
        Ok(Self(slot))
    }

    /// Sets how pictures are encoded from now on.
    pub(crate) fn set_encoder(&self, encoder: GraphicsEncoder) {
        self.0.send(|request| request.encoder = Some(encoder));
    }

    /// Asks for a part; or, with none, has the memory of the picture given back. An older request that was not begun is
    /// dropped.
    pub(crate) fn request(&self, part: Option<ZoomedPart>) {
        self.0.send(|request| request.next = Some(part));
    }
}

/// A picture at its full size.
struct Decoded {
    path: PathBuf,
    stamp: FileStamp,
    pixels: RgbImage,
}

fn run(receiver: &Receiver<Request>, boundary: &Boundary, send: &dyn Fn(Event)) {
    let mut decoded: Option<Decoded> = None;
    let take = |request: &mut Request| Some((request.next.take()?, request.encoder.clone()));
    while let Some((part, encoder)) = receiver.wait_for(take) {
        let (Some(part), Some(encoder)) = (part, encoder) else {
            decoded = None;
            continue;
        };
        let content = content_of(|| show(&part, &encoder, boundary, &mut decoded));
        if !receiver.is_closed() {
            send(Event::ZoomedPart { part, content });
        }
    }
}

/// Cuts a part out of its picture, which is decoded if it is another than the last one, and encodes it for the terminal.
fn show(
    part: &ZoomedPart,
    encoder: &GraphicsEncoder,
    boundary: &Boundary,
    decoded: &mut Option<Decoded>,
) -> Result<PreviewContent, String> {
    let path = boundary.resolve(&part.path).map_err(|error| refusal(&error))?;
    let stamp = FileStamp::of(&PreviewKey { path: path.clone(), size: part.room });
    let is_known = decoded.as_ref().is_some_and(|known| known.path == path && known.stamp == stamp);
    if !is_known {
        // Two pictures of full size need not be in memory at once.
        *decoded = None;
        let picture = picture::open(&path, &Limits::default()).map_err(|error| reason(&error))?;
        *decoded = Some(Decoded { path, stamp, pixels: picture.pixels });
    }
    let Some(Decoded { pixels, .. }) = decoded else { return Err("there is nothing to show".into()) };
    let (width, height) = pixels.dimensions();
    let cut = picture::crop_to_fit(pixels, part.origin, part.extent, encoder.pixels(part.room))
        .map_err(|error| error.to_string())?;
    let drawn = Drawn(Arc::new(encoder.encode(cut, part.room)?));
    Ok(PreviewContent::Picture { drawn, width, height })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use image::Rgb;
    use ratatui::layout::Size;

    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    #[test]
    fn parts_are_cut_out_of_the_picture_and_changes_of_the_file_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("a.png");
        // Left red, right blue.
        let colour = |x| if x < 300 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) };
        RgbImage::from_fn(600, 400, |x, _| colour(x)).save(&path).unwrap();
        let (sender, receiver) = mpsc::channel();
        let send = move |event| {
            if let Event::ZoomedPart { part, content } = event {
                sender.send((part, content)).unwrap();
            }
        };
        let worker = ZoomWorker::spawn(Boundary::new(path.parent().unwrap(), false), send).unwrap();
        worker.set_encoder(GraphicsEncoder::text());
        let show = |origin, extent| {
            let room = Size { width: 20, height: 10 };
            let part = ZoomedPart { path: path.clone(), room, origin, extent };
            worker.request(Some(part.clone()));
            let (made, content) = receiver.recv_timeout(SOON).unwrap();
            assert_eq!(made, part);
            content
        };
        let PreviewContent::Picture { drawn, width, height } = show((0, 0), (200, 200)) else { panic!() };
        assert_eq!((drawn.0.size(), width, height), (Size { width: 20, height: 10 }, 600, 400));
        // A part that is not in the picture any more, since the file is another one.
        RgbImage::new(50, 40).save(&path).unwrap();
        assert!(matches!(show((400, 0), (200, 200)), PreviewContent::Unreadable(_)));
        std::fs::remove_file(&path).unwrap();
        let gone = show((0, 0), (20, 20));
        assert!(matches!(&gone, PreviewContent::Unreadable(why) if why == "no longer there"), "{gone:?}");
    }
}
