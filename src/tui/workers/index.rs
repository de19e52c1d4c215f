//! The thread that keeps the index up to date while the user browses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clip::Checkpoint;
use crate::library::{
    BackgroundTexts, Collection, Follower, IndexOptions, Observer, Progress, StopHandle, WatchEvent,
};
use crate::tui::app::event::Event;
use crate::tui::options::TextsWanted;

/// The shortest time between two reports of progress that is not committed yet.
const INTERVAL: Duration = Duration::from_millis(50);

/// A handle to the thread; dropping it asks the thread to stop, and kills the program that reads text. What is not committed by then is done again next time.
pub(crate) struct IndexWorker {
    stop: mpsc::Receiver<StopHandle>,
    texts: Option<Arc<BackgroundTexts>>,
}

impl IndexWorker {
    /// Starts the thread, which indexes the folder and then follows it, and has the text in pictures read after each run. It calls `send`, and so do threads that it starts.
    pub(crate) fn spawn(
        collection: &Collection,
        checkpoint: &Checkpoint,
        (options, texts): (&IndexOptions, Option<&TextsWanted>),
        poll: Option<Duration>,
        send: impl Fn(Event) + Clone + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (collection, checkpoint, options) = (collection.clone(), checkpoint.clone(), options.clone());
        let tell = send.clone();
        let start = |TextsWanted { settings, explain }: &TextsWanted| {
            BackgroundTexts::start(collection.clone(), settings.clone(), *explain, move |news| {
                tell(Event::Texts(news));
            })
        };
        let texts = texts.map(start).transpose()?.map(Arc::new);
        let waker = texts.clone();
        let (sender, stop) = mpsc::channel();
        std::thread::Builder::new().name("index".into()).spawn(move || {
            let work =
                || follow(&collection, &checkpoint, &options, poll, (&sender, waker.as_deref()), &send);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => send(Event::IndexFailed(format!("{error:#}"))),
                Err(_) => send(Event::IndexFailed("the indexing crashed".into())),
            }
        })?;
        Ok(Self { stop, texts })
    }
}

impl Drop for IndexWorker {
    fn drop(&mut self) {
        // If the thread has not sent it yet, its sending fails, and it ends.
        self.stop.try_iter().for_each(|stop| stop.stop());
        // The process may end before the other thread gives its share away.
        if let Some(texts) = &self.texts {
            texts.stop();
        }
    }
}

/// Indexes the folder and follows it. If the system reports no changes there, the user is told.
fn follow(
    collection: &Collection,
    checkpoint: &Checkpoint,
    options: &IndexOptions,
    poll: Option<Duration>,
    (stop, texts): (&mpsc::Sender<StopHandle>, Option<&BackgroundTexts>),
    send: &(dyn Fn(Event) + Sync),
) -> anyhow::Result<()> {
    let walk = match &options.walk {
        Some(walk) => walk.clone(),
        None => collection.walk_options(&collection.catalog()?)?,
    };
    let mut follower = Follower::new(collection, &walk, poll)?;
    if stop.send(follower.stop_handle()).is_err() {
        return Ok(());
    }
    let reporter = Reporter { send, last: Mutex::new(None), first: AtomicBool::new(true) };
    // Why the folder is polled. It is sent once a run is over, whose progress would hide it, and after each later run.
    let mut polling: Option<String> = None;
    let mut told = |news| {
        match news {
            WatchEvent::Indexed(summary) => {
                reporter.first.store(false, Ordering::Relaxed);
                send(Event::Indexed(summary));
                if let Some(texts) = texts {
                    texts.wake();
                }
            }
            WatchEvent::Failed(error) => {
                send(Event::IndexFailed(format!("{:#}", anyhow::Error::new(error))));
                return Ok(());
            }
            WatchEvent::Polling(reason) => polling = Some(reason.why_polling()),
        }
        if let Some(reason) = polling.clone().filter(|_| !reporter.first.load(Ordering::Relaxed)) {
            send(Event::Polling { reason });
        }
        Ok(())
    };
    follower.run(checkpoint, options, &reporter, &mut told)
}

/// Turns progress into events, but not into too many.
struct Reporter<'a> {
    send: &'a (dyn Fn(Event) + Sync),
    last: Mutex<Option<Instant>>,
    /// Whether this is the first run. All of its progress is reported; of later runs, only that pictures are read.
    first: AtomicBool,
}

impl Observer for Reporter<'_> {
    fn progress(&self, progress: Progress, committed: bool) {
        let at = Instant::now();
        if !committed && progress.total == 0 && !self.first.load(Ordering::Relaxed) {
            return;
        }
        {
            let mut last = self.last.lock();
            if !committed && last.is_some_and(|last| at.duration_since(last) < INTERVAL) {
                return;
            }
            *last = Some(at);
        }
        (self.send)(Event::Indexing { progress, committed, at });
    }

    fn unreadable(&self, path: &Path, reason: &str) {
        tracing::debug!(path = %path.display(), reason, "unreadable");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_is_reported_but_not_every_picture() {
        let events = Mutex::new(Vec::new());
        let send = |event| events.lock().push(event);
        let reporter = Reporter { send: &send, last: Mutex::new(None), first: AtomicBool::new(true) };
        for done in 0..10_000 {
            reporter.progress(Progress { done, ..Progress::default() }, done % 1000 == 999);
        }
        let events = events.into_inner();
        let commits = events.iter().filter(|event| matches!(event, Event::Indexing { committed: true, .. }));
        assert_eq!(commits.count(), 10);
        assert!(events.len() < 5_000, "{} events", events.len());
    }
}
