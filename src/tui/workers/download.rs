//! The thread that downloads the model and makes it ready.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clip::hub::{FetchEvent, FetchProgress};
use crate::tui::app::download::Step;
use crate::tui::app::event::Event;
use crate::tui::options::{ModelProvider, ReadyModel, Searchable};

/// The shortest time between two reports of bytes of one file.
const INTERVAL: Duration = Duration::from_millis(50);

/// A handle to the thread of one attempt. The thread ends with the attempt, or with the process: what has arrived by then
/// is on the disk, and gone on with.
pub(crate) struct DownloadWorker(Arc<Mutex<Option<Searchable>>>);

impl DownloadWorker {
    /// Starts the thread. It calls `send` with [`Event::Download`], and with [`Event::ModelReady`] once
    /// [`Self::take`] has something.
    pub(crate) fn spawn(
        provider: Arc<dyn ModelProvider>,
        generation: u64,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let ready = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&ready);
        std::thread::Builder::new().name("download".into()).spawn(move || {
            let tell = |step| send(Event::Download { generation, step, at: Instant::now() });
            let work = || {
                let reporter = Reporter { tell: &tell, last: Mutex::new(None) };
                provider.fetch(&|event| reporter.report(event))?;
                tell(Step::Preparing);
                provider.open()
            };
            let result = catch_unwind(AssertUnwindSafe(work));
            match result.unwrap_or_else(|_| Err("the download crashed: start pixseek again".into())) {
                Ok(ReadyModel { searchable, notice }) => {
                    let indexes = searchable.index.is_some();
                    *slot.lock() = Some(searchable);
                    send(Event::ModelReady { generation, indexes, notice, at: Instant::now() });
                }
                Err(reason) => tell(Step::Failed { reason }),
            }
        })?;
        Ok(Self(ready))
    }

    /// Takes what the attempt came to, once.
    pub(crate) fn take(&self) -> Option<Searchable> {
        self.0.lock().take()
    }
}

/// Turns what happens into events, but not into too many.
struct Reporter<'a> {
    tell: &'a dyn Fn(Step),
    /// When bytes were reported last, and of which file.
    last: Mutex<Option<(Instant, String)>>,
}

impl Reporter<'_> {
    fn report(&self, event: FetchEvent<'_>) {
        let step = match event {
            FetchEvent::Received(FetchProgress { file, received, total }) => {
                let mut last = self.last.lock();
                let is_soon =
                    last.as_ref().is_some_and(|(at, known)| known == file && at.elapsed() < INTERVAL);
                if is_soon && received < total {
                    return;
                }
                *last = Some((Instant::now(), file.to_owned()));
                Step::Receiving { file: file.to_owned(), received, total }
            }
            FetchEvent::Checking { file } => Step::Checking { file: file.to_owned() },
            FetchEvent::Waiting { file } => Step::Waiting { file: file.to_owned() },
            FetchEvent::Retrying { file, reason, wait } => {
                Step::Retrying { file: file.to_owned(), reason: reason.to_owned(), wait }
            }
        };
        (self.tell)(step);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    type Fetch = fn(&dyn Fn(FetchEvent<'_>)) -> Result<(), String>;

    /// A provider that downloads nothing.
    struct Pretended(Fetch);

    impl ModelProvider for Pretended {
        fn fetch(&self, report: &dyn Fn(FetchEvent<'_>)) -> Result<(), String> {
            (self.0)(report)
        }

        fn open(&self) -> Result<ReadyModel, String> {
            Err("no folder".into())
        }
    }

    fn steps(fetch: Fetch) -> Vec<Step> {
        let (sender, events): (_, Receiver<Event>) = channel();
        let send = move |event| sender.send(event).unwrap();
        let worker = DownloadWorker::spawn(Arc::new(Pretended(fetch)), 7, send).unwrap();
        let steps = events.iter().map(|event| match event {
            Event::Download { generation: 7, step, .. } => step,
            event => panic!("{event:?}"),
        });
        let steps = steps.collect();
        assert!(worker.take().is_none());
        steps
    }

    #[test]
    fn the_first_and_the_last_bytes_of_a_file_are_reported_but_not_all() {
        let steps = steps(|report| {
            for received in 0..=10_000 {
                report(FetchEvent::Received(FetchProgress { file: "a", received, total: 10_000 }));
            }
            report(FetchEvent::Received(FetchProgress { file: "b", received: 1, total: 2 }));
            Ok(())
        });
        let receiving = |file: &str, received, total| Step::Receiving { file: file.into(), received, total };
        assert_eq!(steps[0], receiving("a", 0, 10_000));
        assert!(steps.contains(&receiving("a", 10_000, 10_000)) && steps.len() < 5_000);
        let end = [receiving("b", 1, 2), Step::Preparing, Step::Failed { reason: "no folder".into() }];
        assert_eq!(steps[steps.len() - 3..], end);
    }

    #[test]
    fn failures_and_crashes_are_told() {
        let failed = |reason: &str| Step::Failed { reason: reason.into() };
        assert_eq!(steps(|_| Err("refused".into())), [failed("refused")]);
        assert_eq!(steps(|_| panic!("on purpose")), [failed("the download crashed: start pixseek again")]);
    }
}
