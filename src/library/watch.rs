//! Keeps an index in step with its folder: waits for the system's word that something changed there, or on network
//! folders for some time to pass, then has the whole folder looked at again. What changed is never taken from the
//! events themselves: they may be lost, and looking costs little.

mod budget;
mod ear;
mod mounts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use crossbeam_channel::{Receiver, Sender, bounded};

use super::indexer::Round;
use super::{Collection, IndexOptions, Observer, Summary};
use crate::catalog::WalkOptions;
use crate::clip::{Checkpoint, VisionEncoder};
use budget::Budget;
use ear::Listening;
use mounts::Mounts;

/// Changes that come one after the other are looked at together, once there was none for so long ...
const QUIET: Duration = Duration::from_millis(150);
/// ... or the first of them is so old.
const LONGEST: Duration = Duration::from_secs(1);
/// How soon it is tried again when a look failed: the disk may be back by then.
const RETRY: Duration = Duration::from_secs(5);
/// How often it is looked at when the system tells of no changes.
pub const POLL: Duration = Duration::from_secs(10);
/// The longest rest after looks that found nothing, at events that were lost.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Ends a [`Follower`] from any thread.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Shared>);

impl Stop {
    /// Asks it to end soon, with what is done committed.
    pub fn stop(&self) {
        self.0.cancel.store(true, Ordering::Relaxed);
        self.0.ring();
    }

    /// Turns true when it is to end.
    pub fn cancelled(&self) -> &AtomicBool {
        &self.0.cancel
    }
}

#[derive(Debug)]
struct Shared {
    cancel: AtomicBool,
    /// Folders may have come, gone or moved.
    folders: AtomicBool,
    /// There were events of changes, rather than only word that some were lost.
    changes: AtomicBool,
    bell: Sender<()>,
}

/// What a [`Follower`] tells.
#[derive(Debug)]
pub enum News {
    /// The first run, or one that changed something, or the first after failed ones.
    Indexed(Summary),
    /// A run failed; it is tried again.
    Failed(Error),
    /// The system tells of no changes, for this reason: from now on the folder is looked at every [`POLL`].
    Polling(Error),
}

impl Shared {
    fn ring(&self) {
        // Full: it is ringing already.
        let _ = self.bell.try_send(());
    }
}

/// Follows a folder.
pub struct Follower {
    collection: Collection,
    walk: WalkOptions,
    /// Looks this often instead of waiting for events.
    poll: Option<Duration>,
    /// Why it polls without having been asked to; told, then forgotten.
    deaf: Option<Error>,
    shared: Arc<Shared>,
    bell: Receiver<()>,
    listening: Option<Listening>,
    mounts: Mounts,
}

impl Follower {
    /// Listens from now on to what happens in the folder; with `poll`, it is looked at that often instead.
    ///
    /// # Errors
    /// When there is no data folder.
    pub fn new(collection: &Collection, walk: &WalkOptions, poll: Option<Duration>) -> Result<Self> {
        let (sender, bell) = bounded(1);
        let shared = Arc::new(Shared {
            cancel: AtomicBool::new(false),
            folders: AtomicBool::new(true),
            changes: AtomicBool::new(true),
            bell: sender,
        });
        let mounts = Mounts::new(collection.folder(), walk.follow);
        let (collection, walk) = (collection.clone(), walk.clone());
        let (deaf, listening) = (None, None);
        let mut follower = Self { collection, walk, poll, deaf, shared, bell, listening, mounts };
        follower.listen()?;
        Ok(follower)
    }

    /// What ends it.
    pub fn stop(&self) -> Stop {
        Stop(Arc::clone(&self.shared))
    }

    /// Brings the index up to date, and again whenever something changed, until it is stopped.
    ///
    /// # Errors
    /// When the first run fails, or `told` does.
    pub fn run(
        &mut self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        load: &mut dyn FnMut() -> Result<VisionEncoder>,
        observer: &dyn Observer,
        told: &mut dyn FnMut(News) -> Result<()>,
    ) -> Result<()> {
        let mut options = IndexOptions { walk: Some(self.walk.clone()), ..options.clone() };
        let mut first = true;
        let mut complaint = None;
        let mut budget = Budget::new(Instant::now());
        // Looks one after the other that came of lost events alone, and of which nothing came.
        let mut futile = 0;
        loop {
            let start = Instant::now();
            // Before the look: what changes during it is heard of.
            self.listen()?;
            if let Some(reason) = self.deaf.take() {
                told(News::Polling(reason))?;
            }
            let listened = start.elapsed();
            let only_lost = !self.shared.changes.swap(false, Ordering::Relaxed);
            let round = self.collection.round(checkpoint, &options, load, observer, &self.shared.cancel);
            if self.is_stopped() {
                return Ok(());
            }
            let mut pause = Duration::ZERO;
            match round {
                Ok(Round { summary, changed, looked }) => {
                    pause = budget.spend(listened + looked, Instant::now());
                    futile = if only_lost && !changed { futile + 1 } else { 0 };
                    if complaint.take().is_some() || first || changed {
                        told(News::Indexed(summary))?;
                    }
                }
                Err(error) if first => return Err(error),
                Err(error) => {
                    // The folder that comes back may be another.
                    self.shared.folders.store(true, Ordering::Relaxed);
                    let text = format!("{error:#}");
                    if complaint.replace(text.clone()) != Some(text) {
                        told(News::Failed(error))?;
                    }
                }
            }
            (first, options.force, options.prune) = (false, false, false);
            self.wait(pause, complaint.is_some(), futile);
            if self.is_stopped() {
                return Ok(());
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.shared.cancel.load(Ordering::Relaxed)
    }

    /// Has the system watch the folders that are there now, if that may have changed.
    fn listen(&mut self) -> Result<()> {
        if self.poll.is_some() {
            return Ok(());
        }
        if self.mounts.has_changed() {
            self.shared.folders.store(true, Ordering::Relaxed);
        }
        if !self.shared.folders.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.listening = None;
        let own = ear::own_files(&self.collection)?;
        match Listening::start(&self.shared, &self.collection.folder(), &self.walk, own) {
            Ok(Some(listening)) => self.listening = Some(listening),
            Ok(None) => self.shared.folders.store(true, Ordering::Relaxed),
            Err(error) => self.fall_back(error),
        }
        Ok(())
    }

    /// To looking now and then, for good: the events of some folders only would be no help.
    fn fall_back(&mut self, error: notify::Error) {
        self.poll = Some(POLL);
        self.deaf = Some(ear::explain(error));
    }

    /// Waits until there is reason to look again, or to end.
    fn wait(&mut self, pause: Duration, failed: bool, futile: u32) {
        if let Some(poll) = self.poll {
            self.rest(poll.max(pause));
            return;
        }
        let mut heard = self.rest(pause);
        if !heard && (failed || self.listening.is_none()) {
            self.rest(RETRY);
            return;
        }
        heard = heard || self.hear();
        if heard && futile > 0 {
            // Looking makes events too: in a very large tree so many that some are lost, each time anew.
            let rest = Duration::from_secs(1 << futile.min(6)).min(LONGEST_REST);
            self.rest_until_change(rest);
        }
        let deadline = Instant::now() + LONGEST;
        while heard && !self.is_stopped() {
            let left = deadline.saturating_duration_since(Instant::now());
            heard = self.bell.recv_timeout(QUIET.min(left)).is_ok();
        }
    }

    /// Waits for an event, or for a disk to come or go; false when it is stopped.
    fn hear(&mut self) -> bool {
        while !self.is_stopped() {
            // The bell hangs on `shared`, so that it can't be gone.
            if self.bell.recv_timeout(self.mounts.interval()).is_ok() {
                return !self.is_stopped();
            }
            if self.mounts.has_changed() {
                self.shared.folders.store(true, Ordering::Relaxed);
                self.shared.changes.store(true, Ordering::Relaxed);
                return true;
            }
        }
        false
    }

    /// Lets time pass, unless it is stopped; whether something was heard meanwhile.
    fn rest(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut heard = false;
        while !self.is_stopped() && self.bell.recv_deadline(deadline).is_ok() {
            heard = true;
        }
        heard
    }

    /// Lets time pass until there is an event of a change.
    fn rest_until_change(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let changed = || self.shared.changes.load(Ordering::Relaxed);
        while !self.is_stopped() && !changed() && self.bell.recv_deadline(deadline).is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_events_it_polls_and_says_why_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let collection = Collection { prefix: Default::default(), dir: root.join(".pixseek"), root };
        let mut follower = Follower::new(&collection, &WalkOptions::default(), None).unwrap();
        assert!(follower.listening.is_some() && follower.deaf.is_none());
        follower.fall_back(notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        assert_eq!(follower.poll, Some(POLL));
        assert!(format!("{:#}", follower.deaf.take().unwrap()).contains("max_user_watches"));
        follower.shared.folders.store(true, Ordering::Relaxed);
        follower.listen().unwrap();
        assert!(follower.deaf.is_none());
    }

    #[test]
    fn lost_events_alone_are_not_listened_to_at_once_but_changes_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let collection = Collection { prefix: Default::default(), dir: root.join(".pixseek"), root };
        let follower = Follower::new(&collection, &WalkOptions::default(), Some(POLL)).unwrap();
        let shared = &follower.shared;
        shared.changes.store(false, Ordering::Relaxed);
        let start = Instant::now();
        shared.ring();
        let short = Duration::from_millis(30);
        follower.rest_until_change(short);
        assert!(start.elapsed() >= short);
        shared.changes.store(true, Ordering::Relaxed);
        // Would never end.
        follower.rest_until_change(Duration::from_secs(1 << 30));
    }
}
