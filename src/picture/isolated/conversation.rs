//! The parent's side of one picture: what the child says is checked before anything is allocated for it.

use std::io::{self, Read, Write};

use image::RgbImage;
use image::metadata::Orientation;

use super::message::{FromWorker, Planned, ToWorker, receive, receive_bytes, send};
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{Decoded, MinimumSize};
use crate::picture::source::Source;

/// How often a child may ask for the minimum size of one picture.
const MOST_QUESTIONS: usize = 4;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The decoder says what is wrong with the picture; the child is ready for the next one.
    Picture(PictureError),
    /// The child is gone.
    Gone,
    /// The child says what it must not.
    Nonsense(&'static str),
}

/// Ends of the pipes to and from a child.
#[derive(Debug)]
pub(super) struct Conversation<R, W> {
    pub input: R,
    pub output: W,
}

impl<R: Read, W: Write> Conversation<R, W> {
    /// Has the child read the header of a picture.
    pub(super) fn plan(
        &mut self,
        source: Source<'_>,
        format: Format,
        limits: &Limits,
        minimum_size: MinimumSize,
    ) -> Result<(Planned, Orientation), Failure> {
        let message = ToWorker::Plan {
            format,
            extension: source.extension.map(|extension| extension.chars().take(16).collect()),
            limits: *limits,
            length: source.bytes.len() as u64,
        };
        self.send(&message)?;
        self.output.write_all(source.bytes).and_then(|()| self.output.flush()).map_err(|_| Failure::Gone)?;
        for _ in 0..=MOST_QUESTIONS {
            match self.receive()? {
                FromWorker::Minimum { width, height } => {
                    let (width, height) = minimum_size(width, height);
                    self.send(&ToWorker::Minimum { width, height })?;
                }
                FromWorker::Planned(planned) => return check(planned, limits),
                FromWorker::Failed(error) => return Err(Failure::Picture(error)),
                FromWorker::Decoded { .. } => break,
            }
        }
        Err(Failure::Nonsense("it spoke out of turn"))
    }

    /// Has the child decode the planned picture, reduced by `reduce`, to exactly `size`, in pixels.
    pub(super) fn decode(&mut self, reduce: u32, size: (u32, u32)) -> Result<Decoded, Failure> {
        self.send(&ToWorker::Decode { reduce })?;
        match self.receive()? {
            FromWorker::Decoded { width, height, taken_at, damage } if (width, height) == size => {
                let length = usize::try_from(u64::from(width) * u64::from(height) * 3);
                let bytes = receive_bytes(&mut self.input, length.unwrap_or(usize::MAX));
                let pixels = RgbImage::from_raw(width, height, bytes.map_err(|_| Failure::Gone)?);
                let pixels = pixels.ok_or(Failure::Nonsense("its pixels are too few"))?;
                Ok(Decoded { pixels, taken_at, damage })
            }
            FromWorker::Decoded { .. } => Err(Failure::Nonsense("its picture has an unexpected size")),
            FromWorker::Failed(error) => Err(Failure::Picture(error)),
            _ => Err(Failure::Nonsense("it spoke out of turn")),
        }
    }

    /// Has the child forget the planned picture.
    pub(super) fn forget(&mut self) -> Result<(), Failure> {
        self.send(&ToWorker::Forget)
    }

    fn send(&mut self, message: &ToWorker) -> Result<(), Failure> {
        send(&mut self.output, message).map_err(|_| Failure::Gone)
    }

    fn receive(&mut self) -> Result<FromWorker, Failure> {
        match receive(&mut self.input) {
            Ok(Some(message)) => Ok(message),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Failure::Nonsense("it spoke no language of ours"))
            }
            Ok(None) | Err(_) => Err(Failure::Gone),
        }
    }
}

/// Refuses a plan that no decoder of ours makes.
fn check(planned: Planned, limits: &Limits) -> Result<(Planned, Orientation), Failure> {
    let (width, height) = planned.stored;
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(Failure::Nonsense("its picture has an impossible size"));
    }
    if planned.factor == 0 || planned.factor > width.max(height) {
        return Err(Failure::Nonsense("its picture is reduced to nothing"));
    }
    let orientation = Orientation::from_exif(planned.orientation);
    Ok((planned, orientation.ok_or(Failure::Nonsense("its orientation is unknown"))?))
}
