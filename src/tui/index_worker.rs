//! The thread that brings the index up to date behind the browsing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::collection::{Collection, IndexOptions, Observer, Progress};
use crate::model::Checkpoint;
use crate::tui::event::Event;

/// Progress between two batches is told no more often than this.
const INTERVAL: Duration = Duration::from_millis(50);

/// A handle to the thread; dropping it asks the thread to stop. What was not committed by then is
/// done again the next time.
pub struct IndexWorker(Arc<AtomicBool>);

impl IndexWorker {
    /// Starts the thread; `send` is called from it and from those it starts.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(
        collection: Collection,
        checkpoint: Checkpoint,
        options: IndexOptions,
        send: impl Fn(Event) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let cancel = Arc::new(AtomicBool::new(false));
        let cancelled = Arc::clone(&cancel);
        std::thread::Builder::new().name("index".into()).spawn(move || {
            let reporter = Reporter { send: &send, last: Mutex::new(None) };
            let mut load = || Ok(checkpoint.load_vision()?);
            let work = || collection.index(&checkpoint, &options, &mut load, &reporter, &cancelled);
            send(match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(summary)) => Event::Indexed(summary),
                Ok(Err(error)) => Event::IndexFailed(format!("{error:#}")),
                Err(_) => Event::IndexFailed("the indexing crashed".into()),
            });
        })?;
        Ok(Self(cancel))
    }
}

impl Drop for IndexWorker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Turns progress into events, not too many of them.
struct Reporter<'a> {
    send: &'a (dyn Fn(Event) + Sync),
    last: Mutex<Option<Instant>>,
}

impl Observer for Reporter<'_> {
    fn progress(&self, progress: Progress, committed: bool) {
        let at = Instant::now();
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
        let reporter = Reporter { send: &send, last: Mutex::new(None) };
        for done in 0..10_000 {
            reporter.progress(Progress { done, ..Progress::default() }, done % 1000 == 999);
        }
        let events = events.into_inner().unwrap();
        let commits = events.iter().filter(|event| matches!(event, Event::Indexing { committed: true, .. }));
        assert_eq!(commits.count(), 10);
        assert!(events.len() < 5_000, "{} events", events.len());
    }
}
