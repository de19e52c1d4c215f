//! Reads text in pictures on a thread of its own, each time that pictures were indexed.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::error::OcrError;
use super::pass::{ReadReport, read_texts};
use super::reader::TextReader;
use super::settings::OcrSettings;
use super::stop::StopReading;
use crate::base::latest::{LatestSlot, latest_slot};
use crate::library::collection::Collection;
use crate::library::error::with_causes;

/// News of the reading.
#[derive(Debug, Clone)]
pub enum TextNews {
    /// A pass goes on: what is done, and the number of contents in all.
    Reading(ReadReport, usize),
    /// A pass ended, or there was nothing to do.
    Finished(ReadReport),
    /// No text is read, for this reason.
    Failed(String),
}

/// A handle to the thread. Dropping it kills the program that reads, and ends the thread; what is committed stays.
pub struct BackgroundTexts {
    wake: LatestSlot<bool>,
    stop: StopReading,
}

impl BackgroundTexts {
    /// Starts the thread, which waits for [`Self::wake`] and calls `tell`. Only then it looks for the program of the settings.
    /// `explain` makes words for the user of what is wrong with that.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(
        collection: Collection,
        settings: OcrSettings,
        explain: fn(&OcrError) -> String,
        tell: impl Fn(TextNews) + Send + 'static,
    ) -> io::Result<Self> {
        let (wake, receiver) = latest_slot::<bool>();
        let stop = StopReading::default();
        let stopped = stop.clone();
        thread::Builder::new().name("ocr".into()).spawn(move || {
            while receiver.wait_for(|woken| std::mem::take(woken).then_some(())).is_some() {
                let pass = || {
                    let progress = |report, total| tell(TextNews::Reading(report, total));
                    let reader = TextReader::find(&settings).map_err(|error| explain(&error))?;
                    // Opened for each pass, so that its disk can be unmounted in between.
                    let mut catalog = collection.catalog().map_err(|error| with_causes(&error))?;
                    match read_texts(&collection, &mut catalog, &reader, false, &stopped, &progress) {
                        // The other process does it.
                        Err(OcrError::Busy) => Ok(ReadReport::default()),
                        read => read.map_err(|error| explain(&error)),
                    }
                };
                let read = catch_unwind(AssertUnwindSafe(pass));
                tell(match read.unwrap_or_else(|_| Err("the reading crashed".to_owned())) {
                    Ok(report) => TextNews::Finished(report),
                    Err(reason) => TextNews::Failed(reason),
                });
            }
        })?;
        Ok(Self { wake, stop })
    }

    /// Kills the program that reads, and has no more pictures read.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Has the pictures read that were not read yet.
    pub fn wake(&self) {
        self.wake.send(|woken| *woken = true);
    }
}

impl Drop for BackgroundTexts {
    fn drop(&mut self) {
        self.stop();
    }
}
