//! The thread that brings the index up to date behind the browsing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use crate::clip::Checkpoint;
use crate::library::{
    Collection, Follower, IndexOptions, Observer, POLL_INTERVAL, Progress, StopHandle, WatchEvent,
};
use crate::tui::event::Event;

/// Progress between two batches is told no more often than this.
const INTERVAL: Duration = Duration::from_millis(50);

/// A handle to the thread; dropping it asks the thread to stop. What was not committed by then is
/// done again the next time.
pub struct IndexWorker(mpsc::Receiver<StopHandle>);

impl IndexWorker {
    /// Starts the thread, which indexes the folder and then follows it; `send` is called from it and from those it
    /// starts.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(
        collection: &Collection,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        poll: Option<Duration>,
        send: impl Fn(Event) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (collection, checkpoint, options) = (collection.clone(), checkpoint.clone(), options.clone());
        let (sender, stop) = mpsc::channel();
        std::thread::Builder::new().name("index".into()).spawn(move || {
            let work = || follow(&collection, &checkpoint, &options, poll, &sender, &send);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => send(Event::IndexFailed(format!("{error:#}"))),
                Err(_) => send(Event::IndexFailed("the indexing crashed".into())),
            }
        })?;
        Ok(Self(stop))
    }
}

impl Drop for IndexWorker {
    fn drop(&mut self) {
        // If there is none yet, the thread finds nobody to hand it to.
        self.0.try_iter().for_each(|stop| stop.stop());
    }
}

/// Indexes the folder and follows it; where the system tells of no changes, the user is told.
fn follow(
    collection: &Collection,
    checkpoint: &Checkpoint,
    options: &IndexOptions,
    poll: Option<Duration>,
    stop: &mpsc::Sender<StopHandle>,
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
    // Told once the first run is over: its progress would hide it.
    let mut deaf = None;
    let mut told = |news| {
        match news {
            WatchEvent::Indexed(summary) => {
                reporter.first.store(false, Ordering::Relaxed);
                send(Event::Indexed(summary));
            }
            WatchEvent::Failed(error) => send(Event::IndexFailed(format!("{error:#}"))),
            WatchEvent::Polling(reason) => deaf = Some(reason),
        }
        if !reporter.first.load(Ordering::Relaxed)
            && let Some(reason) = deaf.take()
        {
            let every = POLL_INTERVAL.as_secs();
            send(Event::IndexFailed(format!("changes are looked for every {every} s: {reason:#}")));
        }
        Ok(())
    };
    follower.run(checkpoint, options, &reporter, &mut told)
}

/// Turns progress into events, not too many of them.
struct Reporter<'a> {
    send: &'a (dyn Fn(Event) + Sync),
    last: Mutex<Option<Instant>>,
    /// The first run, of which all is told; of later ones, only that pictures are read.
    first: AtomicBool,
}

impl Observer for Reporter<'_> {
    fn progress(&self, progress: Progress, committed: bool) {
        let at = Instant::now();
        if !committed && progress.total == 0 && !self.first.load(Ordering::Relaxed) {
            return;
        }
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn every_commit_is_told_but_not_every_picture() {
        let events = Mutex::new(Vec::new());
        let send = |event| events.lock().unwrap().push(event);
        let reporter = Reporter { send: &send, last: Mutex::new(None), first: AtomicBool::new(true) };
        for done in 0..10_000 {
            reporter.progress(Progress { done, ..Progress::default() }, done % 1000 == 999);
        }
        let events = events.into_inner().unwrap();
        let commits = events.iter().filter(|event| matches!(event, Event::Indexing { committed: true, .. }));
        assert_eq!(commits.count(), 10);
        assert!(events.len() < 5_000, "{} events", events.len());
    }
}
