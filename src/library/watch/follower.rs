//! The thread that follows a folder: when it looks at it, and how long it rests.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::duty_cycle::DutyCycle;
use super::fs_events::{self, WatchGuard};
use super::mount_table::MountTable;
use super::signals::{Signals, StopHandle};
use crate::catalog::WalkOptions;
use crate::clip::Checkpoint;
use crate::library::collection::Collection;
use crate::library::error::{LibraryError, with_causes};
use crate::library::open::Library;
use crate::library::report::{IndexOptions, Observer, RunReport, Summary};

/// Changes that follow one another are looked at together, once there was none for this long ...
const QUIET: Duration = Duration::from_millis(150);
/// ... or once the first of them is this old.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How soon a look that failed is tried again: the disk may be back by then.
const RETRY: Duration = Duration::from_secs(5);
/// How often the folder is looked at where the system tells of no changes.
pub const POLL_INTERVAL: Duration = Duration::from_secs(10);
/// The longest rest after looks that found nothing and came of lost events alone.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// What a [`Follower`] tells its owner.
#[derive(Debug)]
pub enum WatchEvent {
    /// A run ended: the first one, one that changed something, or the first good one after failed ones.
    Indexed(Summary),
    /// A run failed. It is tried again.
    Failed(LibraryError),
    /// The system tells of no changes, for this reason. From now on the folder is looked at every [`POLL_INTERVAL`].
    Polling(LibraryError),
}

/// Follows one folder.
///
/// # Examples
/// ```
/// # let folder = tempfile::tempdir()?;
/// # for (name, colour) in [("red.bmp", [220, 20, 20]), ("blue.bmp", [20, 20, 220]), ("dark-blue.bmp", [10, 10, 140])] {
/// #     image::RgbImage::from_pixel(64, 64, image::Rgb(colour)).save(folder.path().join(name))?;
/// # }
/// # let folder = folder.path();
/// use pixseek::clip::Checkpoint;
/// use pixseek::library::{Follower, IndexOptions, Library, LibraryError, Unobserved, WalkOptions, WatchEvent};
///
/// let library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
/// let mut follower = Follower::new(library.collection(), &WalkOptions::default(), None)?;
/// let stop = follower.stop_handle();
/// let mut tell = |event| -> Result<(), LibraryError> {
///     if let WatchEvent::Indexed(summary) = event {
///         assert_eq!(summary.pictures, 3);
///         // Another thread may do this too; until then, `run` waits for changes.
///         stop.stop();
///     }
///     Ok(())
/// };
/// follower.run(library.checkpoint(), &IndexOptions::default(), &Unobserved, &mut tell)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Follower {
    collection: Collection,
    walk: WalkOptions,
    /// The time between two looks; `None` waits for the system's events instead.
    poll: Option<Duration>,
    /// Why it polls without having been asked to, until that was told.
    fallback_reason: Option<LibraryError>,
    signals: Arc<Signals>,
    wake_up: Receiver<()>,
    watch_guard: Option<WatchGuard>,
    mounts: MountTable,
}

impl Follower {
    /// A follower that notices from now on what happens in the folder. With `poll` it looks that often instead.
    ///
    /// # Errors
    /// When there is no data folder.
    pub fn new(
        collection: &Collection,
        walk: &WalkOptions,
        poll: Option<Duration>,
    ) -> Result<Self, LibraryError> {
        let (signals, wake_up) = Signals::new();
        let mounts = MountTable::new(collection.folder(), walk.follow);
        let (collection, walk) = (collection.clone(), walk.clone());
        let (fallback_reason, watch_guard) = (None, None);
        let mut follower =
            Self { collection, walk, poll, fallback_reason, signals, wake_up, watch_guard, mounts };
        follower.watch_folders()?;
        Ok(follower)
    }

    /// A handle that ends it from another thread.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(&self.signals)
    }

    /// Brings the index up to date, and again whenever something changed, until it is stopped.
    ///
    /// # Errors
    /// When the first run fails, or `tell` does.
    pub fn run<E: From<LibraryError>>(
        &mut self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        observer: &dyn Observer,
        tell: &mut dyn FnMut(WatchEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut options = IndexOptions { walk: Some(self.walk.clone()), ..options.clone() };
        let mut first = true;
        let mut last_error = None;
        let mut duty_cycle = DutyCycle::new(Instant::now());
        // Number of looks in a row that came of lost events alone and found nothing.
        let mut futile = 0;
        loop {
            let start = Instant::now();
            // Before the look, so that changes during it are noticed.
            self.watch_folders()?;
            if let Some(reason) = self.fallback_reason.take() {
                tell(WatchEvent::Polling(reason))?;
            }
            let watched = start.elapsed();
            let only_lost = !self.signals.files_changed.swap(false, Ordering::Relaxed);
            let report = self.run_once(checkpoint, &options, observer);
            if self.is_stopped() {
                return Ok(());
            }
            let mut pause = Duration::ZERO;
            match report {
                Ok(RunReport { summary, changed, looked }) => {
                    pause = duty_cycle.spend(watched + looked, Instant::now());
                    futile = if only_lost && !changed { futile + 1 } else { 0 };
                    if last_error.take().is_some() || first || changed {
                        tell(WatchEvent::Indexed(summary))?;
                    }
                }
                Err(error) if first => return Err(error.into()),
                Err(error) => {
                    // The folder that comes back may be another.
                    self.signals.folders_changed.store(true, Ordering::Relaxed);
                    let text = with_causes(&error);
                    if last_error.replace(text.clone()) != Some(text) {
                        tell(WatchEvent::Failed(error))?;
                    }
                }
            }
            (first, options.force, options.prune) = (false, false, false);
            self.wait(pause, last_error.is_some(), futile);
            if self.is_stopped() {
                return Ok(());
            }
        }
    }

    /// Brings the index up to date once. The index is opened for each look, so that its disk can be unmounted in between.
    fn run_once(
        &self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        observer: &dyn Observer,
    ) -> Result<RunReport, LibraryError> {
        let catalog = self.collection.catalog()?;
        let mut library = Library::new(self.collection.clone(), catalog, checkpoint.clone());
        library.update_with(options, observer, &self.signals.cancel)
    }

    fn is_stopped(&self) -> bool {
        self.signals.cancel.load(Ordering::Relaxed)
    }

    /// Has the system watch the folders that are there now, if the set of folders may have changed.
    fn watch_folders(&mut self) -> Result<(), LibraryError> {
        if self.poll.is_some() {
            return Ok(());
        }
        if self.mounts.has_changed() {
            self.signals.folders_changed.store(true, Ordering::Relaxed);
        }
        if !self.signals.folders_changed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.watch_guard = None;
        let own = fs_events::own_files(&self.collection)?;
        match WatchGuard::start(&self.signals, &self.collection, &self.walk, own) {
            Ok(Some(guard)) => self.watch_guard = Some(guard),
            Ok(None) => self.signals.folders_changed.store(true, Ordering::Relaxed),
            Err(error) => self.fall_back(error),
        }
        Ok(())
    }

    /// Polls from now on: events of only some of the folders would be no help.
    fn fall_back(&mut self, error: notify::Error) {
        self.poll = Some(POLL_INTERVAL);
        self.fallback_reason = Some(fs_events::explain(error));
    }

    /// Waits until there is reason to look again, or to end.
    fn wait(&mut self, pause: Duration, failed: bool, futile: u32) {
        if let Some(poll) = self.poll {
            self.rest(poll.max(pause));
            return;
        }
        let mut woken = self.rest(pause);
        if !woken && (failed || self.watch_guard.is_none()) {
            self.rest(RETRY);
            return;
        }
        woken = woken || self.wait_for_event();
        if woken && futile > 0 {
            // Looking makes events too: in a very large tree so many that some are lost, each time anew.
            let rest = Duration::from_secs(1 << futile.min(6)).min(LONGEST_REST);
            self.rest_until_change(rest);
        }
        let deadline = Instant::now() + LONGEST_WAIT;
        while woken && !self.is_stopped() {
            let left = deadline.saturating_duration_since(Instant::now());
            woken = self.wake_up.recv_timeout(QUIET.min(left)).is_ok();
        }
    }

    /// Waits for an event, or for a disk to come or go. Returns false when it is stopped.
    fn wait_for_event(&mut self) -> bool {
        while !self.is_stopped() {
            // The sending end lies in `signals`, so the channel can't be closed.
            if self.wake_up.recv_timeout(self.mounts.interval()).is_ok() {
                return !self.is_stopped();
            }
            if self.mounts.has_changed() {
                self.signals.folders_changed.store(true, Ordering::Relaxed);
                self.signals.files_changed.store(true, Ordering::Relaxed);
                return true;
            }
        }
        false
    }

    /// Lets time pass, unless it is stopped. Returns whether an event came meanwhile.
    fn rest(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut woken = false;
        while !self.is_stopped() && self.wake_up.recv_deadline(deadline).is_ok() {
            woken = true;
        }
        woken
    }

    /// Lets time pass until there is an event of a changed file.
    fn rest_until_change(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let changed = || self.signals.files_changed.load(Ordering::Relaxed);
        while !self.is_stopped() && !changed() && self.wake_up.recv_deadline(deadline).is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_events_it_polls_and_says_why_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let collection = Collection::beside(&root);
        let mut follower = Follower::new(&collection, &WalkOptions::default(), None).unwrap();
        assert!(follower.watch_guard.is_some() && follower.fallback_reason.is_none());
        follower.fall_back(notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        assert_eq!(follower.poll, Some(POLL_INTERVAL));
        assert!(format!("{:#}", follower.fallback_reason.take().unwrap()).contains("max_user_watches"));
        follower.signals.folders_changed.store(true, Ordering::Relaxed);
        follower.watch_folders().unwrap();
        assert!(follower.fallback_reason.is_none());
    }

    #[test]
    fn lost_events_alone_are_not_listened_to_at_once_but_changes_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let collection = Collection::beside(&root);
        let follower = Follower::new(&collection, &WalkOptions::default(), Some(POLL_INTERVAL)).unwrap();
        let signals = &follower.signals;
        signals.files_changed.store(false, Ordering::Relaxed);
        let start = Instant::now();
        signals.wake();
        let short = Duration::from_millis(30);
        follower.rest_until_change(short);
        assert!(start.elapsed() >= short);
        signals.files_changed.store(true, Ordering::Relaxed);
        // Would never end.
        follower.rest_until_change(Duration::from_secs(1 << 30));
    }
}
