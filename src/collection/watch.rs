//! Keeps an index in step with its folder: waits for the system's word that something changed there, or on network
//! folders for some time to pass, then has the whole folder looked at again. What changed is never taken from the
//! events themselves: they may be lost, and looking costs little.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::indexer::Round;
use super::walk::{BESIDE, WalkOptions, folders};
use super::{Collection, IndexOptions, Observer, Summary};
use crate::model::{Checkpoint, VisionEncoder};
use crate::paths;

/// Changes that come one after the other are looked at together, once there was none for so long ...
const QUIET: Duration = Duration::from_millis(150);
/// ... or the first of them is so old.
const LONGEST: Duration = Duration::from_secs(1);
/// Whether the system watches what is below a folder too; elsewhere each folder is watched by itself, so that those
/// which are left out cost nothing.
const RECURSIVE: bool = cfg!(any(target_os = "macos", windows));
/// How soon it is tried again when a look failed: the disk may be back by then.
const RETRY: Duration = Duration::from_secs(5);

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
    bell: Sender<()>,
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
    shared: Arc<Shared>,
    bell: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
}

impl Follower {
    /// Listens from now on to what happens in the folder; with `poll`, it is looked at that often instead.
    ///
    /// # Errors
    /// When the system watches no more folders: the text names the limit and the way out.
    pub fn new(collection: &Collection, walk: &WalkOptions, poll: Option<Duration>) -> Result<Self> {
        let (sender, bell) = bounded(1);
        let shared = Shared { cancel: AtomicBool::new(false), folders: AtomicBool::new(true), bell: sender };
        let (collection, walk) = (collection.clone(), walk.clone());
        let mut follower = Self { collection, walk, poll, shared: Arc::new(shared), bell, watcher: None };
        follower.listen()?;
        Ok(follower)
    }

    /// What ends it.
    pub fn stop(&self) -> Stop {
        Stop(Arc::clone(&self.shared))
    }

    /// Brings the index up to date, and again whenever something changed, until it is stopped. `told` hears of the
    /// first run, of those that changed something, and of those that failed, which are tried again.
    ///
    /// # Errors
    /// When the first run fails, the system watches no more folders, or `told` fails.
    pub fn run(
        &mut self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        load: &mut dyn FnMut() -> Result<VisionEncoder>,
        observer: &dyn Observer,
        told: &mut dyn FnMut(Result<Summary>) -> Result<()>,
    ) -> Result<()> {
        let mut options = IndexOptions { walk: Some(self.walk.clone()), ..options.clone() };
        let mut first = true;
        let mut complaint = None;
        let mut budget = Budget::new(Instant::now());
        loop {
            // Before the look: what changes during it is heard of.
            self.listen()?;
            let round = self.collection.round(checkpoint, &options, load, observer, &self.shared.cancel);
            if self.is_stopped() {
                return Ok(());
            }
            let mut pause = Duration::ZERO;
            match round {
                Ok(Round { summary, changed, looked }) => {
                    pause = budget.spend(looked, Instant::now());
                    if complaint.take().is_some() || first || changed {
                        told(Ok(summary))?;
                    }
                }
                Err(error) if first => return Err(error),
                Err(error) => {
                    let text = format!("{error:#}");
                    if complaint.replace(text.clone()) != Some(text) {
                        told(Err(error))?;
                    }
                }
            }
            (first, options.force, options.prune) = (false, false, false);
            self.wait(pause, complaint.is_some());
            if self.is_stopped() {
                return Ok(());
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.shared.cancel.load(Ordering::Relaxed)
    }

    /// Has the system watch the folders that are there now, if that may have changed. One whose watching fails is
    /// gone or can't be read: the look at it tells, and the folder above when that changes.
    fn listen(&mut self) -> Result<()> {
        if self.poll.is_some() || !self.shared.folders.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.watcher = None;
        let root = self.collection.folder();
        let mode = if RECURSIVE { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let folders = if RECURSIVE { vec![root.clone()] } else { folders(&root, &self.walk) };
        let ear = Ear {
            shared: Arc::clone(&self.shared),
            folders: folders.iter().cloned().collect(),
            own: own_files(&self.collection)?,
        };
        let mut watcher = notify::recommended_watcher(move |event| ear.hear(event)).map_err(explain)?;
        for folder in &folders {
            match watcher.watch(folder, mode) {
                Err(error) if is_limit(&error) => return Err(explain(error)),
                // Without the folder itself there is nothing to listen to: it is looked for now and then.
                Err(_) if *folder == root => {
                    self.shared.folders.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                Ok(()) | Err(_) => {}
            }
        }
        self.watcher = Some(watcher);
        Ok(())
    }

    /// Waits until there is reason to look again, or to end.
    fn wait(&self, pause: Duration, failed: bool) {
        if let Some(poll) = self.poll {
            self.rest(poll.max(pause));
            return;
        }
        let mut heard = self.rest(pause);
        if !heard && (failed || self.watcher.is_none()) {
            self.rest(RETRY);
            return;
        }
        if !heard && !self.is_stopped() {
            // The bell hangs on `shared`, so that it can't be gone.
            heard = self.bell.recv().is_ok();
        }
        let deadline = Instant::now() + LONGEST;
        while heard && !self.is_stopped() {
            let left = deadline.saturating_duration_since(Instant::now());
            heard = self.bell.recv_timeout(QUIET.min(left)).is_ok();
        }
    }

    /// Lets time pass, unless it is stopped; whether something changed meanwhile.
    fn rest(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut heard = false;
        while !self.is_stopped() && self.bell.recv_deadline(deadline).is_ok() {
            heard = true;
        }
        heard
    }
}

/// Takes the system's events.
struct Ear {
    shared: Arc<Shared>,
    /// Those that are watched.
    folders: HashSet<PathBuf>,
    /// Where pixseek itself writes.
    own: Vec<PathBuf>,
}

impl Ear {
    fn hear(&self, event: notify::Result<notify::Event>) {
        let folders = match &event {
            Ok(event) => {
                let reading = matches!(event.kind, EventKind::Access(kind)
                    if kind != AccessKind::Close(AccessMode::Write));
                let ours = |path: &PathBuf| self.own.iter().any(|own| path.starts_with(own));
                let all_ours = !event.paths.is_empty() && event.paths.iter().all(ours);
                if !event.need_rescan() && (reading || all_ours) {
                    return;
                }
                event.need_rescan() || event.paths.iter().any(|path| self.may_change_folders(path))
            }
            // Events were lost.
            Err(_) => true,
        };
        if folders {
            self.shared.folders.store(true, Ordering::Relaxed);
        }
        self.shared.ring();
    }

    /// Whether it is or was a folder, or says which are left out.
    fn may_change_folders(&self, path: &Path) -> bool {
        let ignores = path.file_name().is_some_and(|name| name == ".gitignore" || name == ".ignore");
        ignores || self.folders.contains(path) || path.is_dir()
    }
}

/// Files and folders that change because pixseek runs.
fn own_files(collection: &Collection) -> Result<Vec<PathBuf>> {
    let mut own = vec![collection.dir.clone(), collection.root.join(BESIDE)];
    let data = paths::data_dir()?;
    // Linked to, perhaps: events have the true name.
    let data = data.canonicalize().unwrap_or(data);
    if !collection.root.starts_with(&data) {
        own.push(data);
    }
    Ok(own)
}

fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        // EMFILE: of watchers rather than of folders.
        notify::ErrorKind::Io(error) => error.raw_os_error() == Some(24) && cfg!(unix),
        _ => false,
    }
}

fn explain(error: notify::Error) -> anyhow::Error {
    let hint = if is_limit(&error) {
        "the system watches no more folders: raise fs.inotify.max_user_watches (and max_user_instances) with sysctl,          or pass --poll"
    } else {
        "the folder can't be watched: pass --poll"
    };
    anyhow::Error::new(error).context(hint)
}

/// Keeps a folder that changes all the time from keeping a processor busy: looks may take a fifth of the time, after
/// a few at once.
struct Budget {
    /// Time left, in seconds; what is negative must be waited for.
    credit: f64,
    at: Instant,
}

impl Budget {
    const SHARE: f64 = 0.2;
    const MOST: f64 = 3.0;

    fn new(now: Instant) -> Self {
        Self { credit: Self::MOST, at: now }
    }

    /// Accounts for a look that has just ended; how long to wait before the next.
    fn spend(&mut self, looked: Duration, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.credit = (self.credit + Self::SHARE * passed).min(Self::MOST) - looked.as_secs_f64();
        Duration::from_secs_f64((-self.credit / Self::SHARE).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_take_a_fifth_of_the_time_at_most() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut budget = Budget::new(start);
        let mut now = start;
        let mut busy = Duration::ZERO;
        for look in 0..50 {
            now += second;
            busy += second;
            let pause = budget.spend(second, now);
            assert!(look > 1 || pause.is_zero(), "the first few go at once");
            now += pause;
        }
        assert!(busy.as_secs_f64() < 0.25 * (now - start).as_secs_f64());
        // After a long rest, as at first.
        assert_eq!(budget.spend(second, now + 1000 * second), Duration::ZERO);
    }

    #[test]
    fn reading_and_own_writes_are_no_changes() {
        let (bell, receiver) = bounded(1);
        let shared =
            Arc::new(Shared { cancel: AtomicBool::new(false), folders: AtomicBool::new(false), bell });
        let own = vec![PathBuf::from("/pics/.pixseek")];
        let ear = Ear { shared: Arc::clone(&shared), folders: HashSet::from(["/pics/gone".into()]), own };
        let heard = |kind, path: &str| {
            ear.hear(Ok(notify::Event::new(kind).add_path(path.into())));
            (receiver.try_recv().is_ok(), shared.folders.swap(false, Ordering::Relaxed))
        };
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert_eq!(heard(open, "/pics/a.png"), (false, false));
        assert_eq!(heard(EventKind::Any, "/pics/.pixseek/catalog.db"), (false, false));
        assert_eq!(heard(written, "/pics/a.png"), (true, false));
        assert_eq!(heard(EventKind::Any, "/pics/gone"), (true, true));
        assert_eq!(heard(EventKind::Any, "/pics/.gitignore"), (true, true));
        ear.hear(Ok(notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)));
        assert!(receiver.try_recv().is_ok() && shared.folders.load(Ordering::Relaxed));
    }

    #[test]
    fn limits_name_the_way_out() {
        let text = format!("{:#}", explain(notify::Error::new(notify::ErrorKind::MaxFilesWatch)));
        assert!(text.contains("fs.inotify.max_user_watches") && text.contains("--poll"), "{text}");
    }
}
