//! The system's events: which of them matter, and what it means that there are none to be had.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Shared;
use crate::base::paths;
use crate::catalog::WalkOptions;
use crate::library::Collection;
use crate::library::walk::{BESIDE, folders};

/// Whether the system watches what is below a folder too; elsewhere each folder is watched by itself, so that those
/// which are left out cost nothing.
const RECURSIVE: bool = cfg!(any(target_os = "macos", windows));
/// `EMFILE`: no more watchers, rather than folders.
const TOO_MANY_OPEN: i32 = 24;

/// How long the system may take to stop watching.
const PATIENCE: Duration = Duration::from_secs(10);

/// The system watches folders until this is dropped.
pub(super) struct Listening {
    watcher: Option<RecommendedWatcher>,
    /// Disconnected once nothing is watched any more.
    ended: Receiver<()>,
}

impl Listening {
    /// Has the system watch the folders below `root` that are there now. None: `root` itself can't be watched, so that
    /// there is nothing to listen to until it is back. Others whose watching fails are gone or can't be read: the look
    /// at them tells, and the folder above when that changes. What happens in `own` does not count.
    ///
    /// # Errors
    /// When the system watches no more: some folders are not watched.
    pub fn start(
        shared: &Arc<Shared>,
        root: &Path,
        walk: &WalkOptions,
        own: Vec<PathBuf>,
    ) -> notify::Result<Option<Self>> {
        let mode = if RECURSIVE { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let folders = if RECURSIVE { vec![root.to_owned()] } else { folders(root, walk) };
        let (alive, ended) = bounded(0);
        let watched = folders.iter().cloned().collect();
        let ear = Ear { shared: Arc::clone(shared), folders: watched, own, _alive: alive };
        let watcher = notify::recommended_watcher(move |event| ear.hear(event))?;
        let mut listening = Self { watcher: None, ended };
        let watcher = listening.watcher.insert(watcher);
        for folder in &folders {
            match watcher.watch(folder, mode) {
                Err(error) if is_limit(&error) => return Err(error),
                Err(_) if folder == root => return Ok(None),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Some(listening))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.watcher = None;
        if !RECURSIVE {
            // A thread of notify's closes it. Until then its folders count against the system's limit, and those that
            // are watched next may go beyond.
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

/// Takes the system's events.
struct Ear {
    shared: Arc<Shared>,
    /// Those that are watched.
    folders: HashSet<PathBuf>,
    /// Where pixseek itself writes.
    own: Vec<PathBuf>,
    /// Goes when nothing is watched any more.
    _alive: Sender<()>,
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
                if !event.need_rescan() {
                    self.shared.changes.store(true, Ordering::Relaxed);
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
pub(super) fn own_files(collection: &Collection) -> Result<Vec<PathBuf>> {
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
        notify::ErrorKind::Io(error) => error.raw_os_error() == Some(TOO_MANY_OPEN) && cfg!(unix),
        _ => false,
    }
}

/// Says why there are no events, and which limit to raise.
pub(super) fn explain(error: notify::Error) -> anyhow::Error {
    let raise = |name: &str, to: &str| {
        let file = format!("/proc/sys/fs/inotify/{name}");
        let now = std::fs::read_to_string(file).map_or(String::new(), |now| format!(", now {}", now.trim()));
        format!("raise fs.inotify.{name}{now}: `sudo sysctl fs.inotify.{name}={to}`")
    };
    let reason = match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            format!("the system watches no more folders ({})", raise("max_user_watches", "1048576"))
        }
        _ if is_limit(&error) => {
            let raise = raise("max_user_instances", "1024");
            format!(
                "the system has no more watchers ({raise}; or raise the limit of open files with `ulimit -n`)"
            )
        }
        _ => "the system does not watch the folder".to_owned(),
    };
    anyhow::Error::new(error).context(reason)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn reading_and_own_writes_are_no_changes() {
        let (bell, receiver) = bounded(1);
        let [cancel, folders, changes] = [const { AtomicBool::new(false) }; 3];
        let shared = Arc::new(Shared { cancel, folders, changes, bell });
        let own = vec![PathBuf::from("/pics/.pixseek")];
        let folders = HashSet::from(["/pics/gone".into()]);
        let ear = Ear { shared: Arc::clone(&shared), folders, own, _alive: bounded(0).0 };
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
        assert!(shared.changes.swap(false, Ordering::Relaxed));
        ear.hear(Ok(notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)));
        assert!(receiver.try_recv().is_ok() && shared.folders.load(Ordering::Relaxed));
        assert!(!shared.changes.load(Ordering::Relaxed), "nothing but that events were lost");
    }

    #[test]
    fn limits_name_the_way_out() {
        let text = |kind| format!("{:#}", explain(notify::Error::new(kind)));
        let watches = text(notify::ErrorKind::MaxFilesWatch);
        assert!(watches.contains("fs.inotify.max_user_watches="), "{watches}");
        if cfg!(unix) {
            let emfile = std::io::Error::from_raw_os_error(TOO_MANY_OPEN);
            let instances = text(notify::ErrorKind::Io(emfile));
            assert!(instances.contains("fs.inotify.max_user_instances="), "{instances}");
        }
        assert!(text(notify::ErrorKind::PathNotFound).contains("does not watch"));
    }
}
