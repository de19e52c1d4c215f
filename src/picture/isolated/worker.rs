//! The child's side: decodes one picture after another until its standard input ends.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use image::RgbImage;

use super::confine::confine;
use super::message::{FromWorker, Planned, ToWorker, receive, receive_bytes, send};
use crate::base::panics;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize};
use crate::picture::row_average::RowAverager;
use crate::picture::source::Source;

/// Longest time for one picture. The parent's limit is shorter; this one ends a decoder that loops after the parent died.
const TIME_LIMIT: Duration = Duration::from_secs(90);

/// Plans how the pixels of a picture are decoded, within this process.
pub(in crate::picture) type Planner =
    for<'a> fn(Source<'a>, Format, &Limits, MinimumSize<'_>) -> Result<DecodePlan<'a>, PictureError>;

/// Serves the parent at the other end of standard input and output until it closes them.
///
/// # Errors
/// When the parent is gone in the middle of a picture, or says what it must not.
pub(in crate::picture) fn serve(planner: Planner) -> io::Result<()> {
    // The parent learns from the answer that a decoder panicked; there is nobody else to tell.
    std::panic::set_hook(Box::new(|_| {}));
    let (busy, states) = mpsc::channel();
    std::thread::Builder::new().name("time-limit".into()).spawn(move || exit_when_late(&states))?;
    Worker { input: io::stdin().lock(), output: io::stdout().lock(), planner, confine, busy }.run()
}

/// Ends this process when it has been busy for longer than [`TIME_LIMIT`]. `states` says when that begins and ends.
fn exit_when_late(states: &Receiver<bool>) {
    let mut is_busy = false;
    loop {
        let state = if is_busy {
            states.recv_timeout(TIME_LIMIT)
        } else {
            states.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match state {
            Ok(state) => is_busy = state,
            Err(RecvTimeoutError::Timeout) => std::process::exit(1),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// One end of the pipes, and what to do with what comes.
pub(super) struct Worker<R, W> {
    pub input: R,
    pub output: W,
    pub planner: Planner,
    /// Limits the memory of the process, in bytes.
    pub confine: fn(u64),
    /// Hears when the work on a picture begins and ends. Nobody has to listen.
    pub busy: Sender<bool>,
}

impl<R: Read, W: Write> Worker<R, W> {
    /// Answers until the input ends.
    pub(super) fn run(mut self) -> io::Result<()> {
        while let Some(message) = receive(&mut self.input)? {
            let ToWorker::Plan { format, extension, limits, length } = message else {
                return Err(out_of_turn());
            };
            let _ = self.busy.send(true);
            (self.confine)(limits.max_memory);
            let length = usize::try_from(length).ok().filter(|_| length <= limits.max_file_bytes);
            let bytes = receive_bytes(&mut self.input, length.ok_or_else(out_of_turn)?)?;
            let source = Source { extension: extension.as_deref(), ..Source::from(&bytes) };
            let answer = self.answer(source, format, &limits)?;
            drop(bytes);
            match answer {
                Some(Ok(decoded)) => self.send_pixels(decoded)?,
                Some(Err(error)) => self.send_error(error, format)?,
                None => {}
            }
            let _ = self.busy.send(false);
        }
        Ok(())
    }

    /// Plans and decodes a picture. None when the parent wanted no pixels.
    fn answer(
        &mut self,
        source: Source<'_>,
        format: Format,
        limits: &Limits,
    ) -> io::Result<Option<Result<Decoded, PictureError>>> {
        let planner = self.planner;
        // A minimum that could not be asked for ends the process after the plan was made.
        let asking = RefCell::new((&mut *self, None));
        let minimum_size = |width, height| {
            let (worker, failure) = &mut *asking.borrow_mut();
            worker.ask(width, height).unwrap_or_else(|error| {
                *failure = Some(error);
                (width, height)
            })
        };
        let plan = catch(format, || planner(source, format, limits, &minimum_size));
        if let (_, Some(error)) = asking.into_inner() {
            return Err(error);
        }
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return Ok(Some(Err(error))),
        };
        let DecodePlan { stored, orientation, taken_at, memory, factor, work, .. } = plan;
        let orientation = orientation.to_exif();
        let planned = Planned { stored, orientation, taken_at, memory, factor };
        send(&mut self.output, &FromWorker::Planned(planned))?;
        match receive(&mut self.input)? {
            Some(ToWorker::Decode { reduce: factor }) => Ok(Some(catch(format, || {
                let decoded = work()?;
                Ok(Decoded { pixels: reduced(decoded.pixels, factor), ..decoded })
            }))),
            Some(ToWorker::Forget) | None => Ok(None),
            Some(_) => Err(out_of_turn()),
        }
    }

    /// Asks the parent how small a picture may become that is displayed at this size.
    fn ask(&mut self, width: u32, height: u32) -> io::Result<(u32, u32)> {
        send(&mut self.output, &FromWorker::Minimum { width, height })?;
        match receive(&mut self.input)? {
            Some(ToWorker::Minimum { width, height }) => Ok((width, height)),
            _ => Err(out_of_turn()),
        }
    }

    fn send_pixels(&mut self, Decoded { pixels, taken_at, damage }: Decoded) -> io::Result<()> {
        let (width, height) = pixels.dimensions();
        send(&mut self.output, &FromWorker::Decoded { width, height, taken_at, damage })?;
        self.output.write_all(&RgbImage::into_raw(pixels))?;
        self.output.flush()
    }

    fn send_error(&mut self, error: PictureError, format: Format) -> io::Result<()> {
        // Errors of reading a file have no form of their own here, and no decoder has a file.
        let reason = error.to_string().chars().take(200).collect();
        send(&mut self.output, &FromWorker::Failed(error)).or_else(|_| {
            send(&mut self.output, &FromWorker::Failed(PictureError::Damaged { format, reason }))
        })
    }
}

/// Averages every `factor` x `factor` pixels.
pub(super) fn reduced(pixels: RgbImage, factor: u32) -> RgbImage {
    let (width, height) = pixels.dimensions();
    if factor <= 1 || width == 0 {
        return pixels;
    }
    let mut averager = RowAverager::new((width, height), factor);
    pixels.as_raw().chunks_exact(width as usize * 3).for_each(|row| averager.push(row));
    averager.finish()
}

fn catch<T>(format: Format, work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    panics::catch(work).unwrap_or(Err(PictureError::Crashed(format)))
}

fn out_of_turn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the parent spoke out of turn")
}
