//! The operating system's events of files: which of them matter, and why there may be none.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::signals::Signals;
use crate::base::{dirs, paths};
use crate::catalog::WalkOptions;
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::walk::{BESIDE, folders};

/// Whether the system watches what is below a folder too; elsewhere each folder is watched by itself, so that those
/// which are left out cost nothing.
const RECURSIVE: bool = cfg!(any(target_os = "macos", windows));
/// `EMFILE`: no more watchers, rather than folders.
const TOO_MANY_OPEN: i32 = 24;

/// How long the system may take to stop watching.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The system watches folders until this is dropped.
pub(super) struct WatchGuard {
    watcher: Option<RecommendedWatcher>,
    /// Disconnected once nothing is watched any more.
    ended: Receiver<()>,
}

impl WatchGuard {
    /// Has the system watch the folders of `collection` that are there now. Returns `None` when its folder itself can't be
    /// watched: there are no events until it is back. Other folders that can't be watched are gone or unreadable, which
    /// the look at them tells; the folder above has an event when that changes. What happens in `own` does not count.
    ///
    /// # Errors
    /// When the system watches no more: some folders are not watched.
    pub(super) fn start(
        signals: &Arc<Signals>,
        collection: &Collection,
        walk: &WalkOptions,
        own: Vec<PathBuf>,
    ) -> notify::Result<Option<Self>> {
        let root = &collection.folder();
        let mode = if RECURSIVE { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let folders = if RECURSIVE { vec![root.clone()] } else { folders(&collection.root, root, walk) };
        let (alive, ended) = bounded(0);
        let watched = folders.iter().cloned().collect();
        let filter = EventFilter { signals: Arc::clone(signals), folders: watched, own, _alive: alive };
        let watcher = notify::recommended_watcher(move |event| filter.take(event))?;
        let mut guard = Self { watcher: None, ended };
        let watcher = guard.watcher.insert(watcher);
        for folder in &folders {
            match watcher.watch(folder, mode) {
                Err(error) if is_limit(&error) => return Err(error),
                Err(_) if folder == root => return Ok(None),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Some(guard))
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.watcher = None;
        if !RECURSIVE {
            // A thread of notify's closes it. Until then its folders count against the system's limit, and those that
            // are watched next may go beyond.
            let _ = self.ended.recv_timeout(STOP_TIMEOUT);
        }
    }
}

/// Sorts the system's events: those of pixseek's own files and of mere reading count for nothing.
struct EventFilter {
    signals: Arc<Signals>,
    /// The folders that are watched.
    folders: HashSet<PathBuf>,
    /// Where pixseek itself writes.
    own: Vec<PathBuf>,
    /// Dropped when nothing is watched any more.
    _alive: Sender<()>,
}

impl EventFilter {
    fn take(&self, event: notify::Result<notify::Event>) {
        let folders = match &event {
            Ok(event) => {
                let reading = matches!(event.kind, EventKind::Access(kind)
                    if kind != AccessKind::Close(AccessMode::Write));
                let ours = |path: &PathBuf| self.own.iter().any(|own| path.starts_with(own));
                let all_ours = !event.paths.is_empty() && event.paths.iter().all(ours);
                if !event.need_rescan() && (reading || all_ours) {
                    return;
                }
                if !event.need_rescan() {
                    self.signals.files_changed.store(true, Ordering::Relaxed);
                }
                event.need_rescan() || event.paths.iter().any(|path| self.may_change_folders(path))
            }
            // Events were lost.
            Err(_) => true,
        };
        if folders {
            self.signals.folders_changed.store(true, Ordering::Relaxed);
        }
        self.signals.wake();
    }

    /// Whether the path is or was a folder, or a file that says which folders are left out.
    fn may_change_folders(&self, path: &Path) -> bool {
        let says = |name: &OsStr| name == ".gitignore" || name == ".ignore" || name == ".nomedia";
        let ignores = path.file_name().is_some_and(says);
        ignores || self.folders.contains(path) || path.is_dir()
    }
}

/// The files and folders that change because pixseek itself runs.
pub(super) fn own_files(collection: &Collection) -> Result<Vec<PathBuf>, LibraryError> {
    let mut own = vec![collection.dir().to_owned(), collection.root.join(BESIDE)];
    let data = dirs::data_dir()?;
    // Linked to, perhaps: events have the true name.
    let data = paths::canonicalize(&data).unwrap_or(data);
    if !collection.root.starts_with(&data) {
        own.push(data);
    }
    Ok(own)
}

fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        notify::ErrorKind::Io(error) => error.raw_os_error() == Some(TOO_MANY_OPEN) && cfg!(unix),
        _ => false,
    }
}

/// Says why there are no events, and which limit to raise.
pub(super) fn explain(reason: notify::Error) -> LibraryError {
    let limit = |name: &str| {
        std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok()
    };
    match &reason.kind {
        notify::ErrorKind::MaxFilesWatch => {
            LibraryError::NoMoreFolders { limit: limit("max_user_watches"), reason }
        }
        _ if is_limit(&reason) => LibraryError::NoMoreWatchers { limit: limit("max_user_instances"), reason },
        _ => LibraryError::NotWatched(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_own_writes_are_no_changes() {
        let (signals, receiver) = Signals::new();
        signals.folders_changed.store(false, Ordering::Relaxed);
        signals.files_changed.store(false, Ordering::Relaxed);
        let own = vec![PathBuf::from("/pics/.pixseek")];
        let folders = HashSet::from(["/pics/gone".into()]);
        let filter = EventFilter { signals: Arc::clone(&signals), folders, own, _alive: bounded(0).0 };
        let noticed = |kind, path: &str| {
            filter.take(Ok(notify::Event::new(kind).add_path(path.into())));
            (receiver.try_recv().is_ok(), signals.folders_changed.swap(false, Ordering::Relaxed))
        };
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert_eq!(noticed(open, "/pics/a.png"), (false, false));
        assert_eq!(noticed(EventKind::Any, "/pics/.pixseek/catalog.db"), (false, false));
        assert_eq!(noticed(written, "/pics/a.png"), (true, false));
        assert_eq!(noticed(EventKind::Any, "/pics/gone"), (true, true));
        assert_eq!(noticed(EventKind::Any, "/pics/.gitignore"), (true, true));
        assert_eq!(noticed(EventKind::Any, "/pics/a/.nomedia"), (true, true));
        assert!(signals.files_changed.swap(false, Ordering::Relaxed));
        filter.take(Ok(notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)));
        assert!(receiver.try_recv().is_ok() && signals.folders_changed.load(Ordering::Relaxed));
        assert!(!signals.files_changed.load(Ordering::Relaxed), "nothing but that events were lost");
    }

    #[test]
    fn limits_are_named() {
        let text = |kind| explain(notify::Error::new(kind)).why_polling();
        let watches = text(notify::ErrorKind::MaxFilesWatch);
        assert!(watches.contains("sysctl fs.inotify.max_user_watches=1048576"), "{watches}");
        if cfg!(unix) {
            let emfile = std::io::Error::from_raw_os_error(TOO_MANY_OPEN);
            let instances = text(notify::ErrorKind::Io(emfile));
            assert!(instances.contains("sysctl fs.inotify.max_user_instances=1024"), "{instances}");
        }
        assert!(text(notify::ErrorKind::PathNotFound).contains("does not watch"));
    }
}
