//! Brings pictures back from the trash of the system to their places.

use std::path::Path;

use super::words::report;
use crate::base::paths;
use crate::library::{Boundary, Collection};
use crate::tui::app::event::Event;
use crate::tui::app::trashed::TrashedPicture;
use crate::tui::display::counted;

/// Why a picture did not come back.
#[derive(Debug)]
struct Failure {
    reason: String,
    /// Whether it may work later.
    may_work: bool,
}

impl Failure {
    fn for_now(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_work: true }
    }

    fn for_good(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_work: false }
    }
}

/// Starts a thread that brings the pictures back, of which those with an id in `marked` were marked, and then sends
/// [`Event::Restored`]. Without a collection, there is no index yet that has them.
pub(crate) fn spawn(
    collection: Option<Collection>,
    boundary: Boundary,
    pictures: Vec<TrashedPicture>,
    marked: Vec<i64>,
    send: impl Fn(Event) + Send + 'static,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("restore".into()).spawn(move || {
        let (restored, kept, failure) = bring_back(&boundary, pictures);
        let done = match restored.len() {
            0 => "nothing came back".to_owned(),
            count => format!("{} back from the trash", counted(count, "picture")),
        };
        let known = restored.iter().map(|picture| (picture.id, picture.path.as_path())).collect::<Vec<_>>();
        let entered = collection.map_or(Ok(()), |collection| collection.mark_restored(&known));
        let words = report(done, ("the index does not have them yet", entered), failure);
        send(Event::Restored { restored, kept, marked, words });
    })?;
    Ok(())
}

/// Brings pictures back. Returns those that came, those that can be tried again, and why the first of the others did not.
fn bring_back(
    boundary: &Boundary,
    pictures: Vec<TrashedPicture>,
) -> (Vec<TrashedPicture>, Vec<TrashedPicture>, Option<String>) {
    let mut trash = match system::Trash::read() {
        Ok(trash) => trash,
        Err(Failure { reason, may_work }) => {
            let kept = if may_work { pictures } else { Vec::new() };
            return (Vec::new(), kept, Some(reason));
        }
    };
    let (mut restored, mut kept, mut told) = (Vec::new(), Vec::new(), None);
    for picture in pictures {
        match may_return(boundary, &picture).and_then(|()| trash.restore(&picture)) {
            Ok(()) => restored.push(picture),
            Err(Failure { reason, may_work }) => {
                tracing::warn!("'{}' can't be brought back: {reason}", paths::display(&picture.path));
                // The line for messages is short: the name alone.
                let name = picture.path.file_name().map_or(picture.path.as_path(), Path::new);
                told.get_or_insert_with(|| format!("{}: {reason}", paths::display(name)));
                if may_work {
                    kept.push(picture);
                }
            }
        }
    }
    (restored, kept, told)
}

/// Checks that the place of a picture is free, and still lies in the folder: a link may stand where a folder was.
fn may_return(boundary: &Boundary, picture: &TrashedPicture) -> Result<(), Failure> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    if is_there(&picture.path) || is_there(&picture.place) {
        return Err(Failure::for_now("another file has taken its place"));
    }
    if !boundary.printable().allows_absolute(&picture.path) {
        return Err(Failure::for_now("a link leads out of the folder now"));
    }
    Ok(())
}

/// The trash of systems by whose conventions programs can bring files back.
#[cfg(any(windows, all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
mod system {
    use std::fs;
    use std::path::PathBuf;

    use trash::{Error, TrashItem, os_limited};

    #[cfg(unix)]
    use super::paths;
    use super::{Failure, TrashedPicture};

    /// What is in the trash.
    pub(super) struct Trash(Vec<TrashItem>);

    impl Trash {
        /// Reads what is in the trash.
        pub(super) fn read() -> Result<Self, Failure> {
            let items = os_limited::list().map_err(|error| Failure::for_now(in_words(&error)))?;
            Ok(Self(items))
        }

        /// Brings a picture back to its place, together with folders that are gone. Nothing is ever overwritten.
        pub(super) fn restore(&mut self, picture: &TrashedPicture) -> Result<(), Failure> {
            let at =
                self.find(picture).ok_or_else(|| Failure::for_good("the trash does not have it any more"))?;
            let item = self.0.swap_remove(at);
            os_limited::restore_all([item]).map_err(|error| {
                remove_placeholder(&error, picture);
                Failure::for_now(in_words(&error))
            })
        }

        /// The index of a picture's entry: of several from the same place the one of the same file, else the newest.
        fn find(&self, picture: &TrashedPicture) -> Option<usize> {
            let from_there = || {
                let items = self.0.iter().enumerate();
                items.filter(|(_, item)| item.original_path() == picture.place)
            };
            let is_file =
                |item: &TrashItem| picture.file.is_some() && file_id(&contents(item)) == picture.file;
            let same = from_there().find(|(_, item)| is_file(item));
            same.or_else(|| from_there().max_by_key(|(_, item)| item.time_deleted)).map(|(at, _)| at)
        }
    }

    /// The file of an entry, which lies beside the folder of the files that describe it.
    fn contents(item: &TrashItem) -> PathBuf {
        let info = std::path::Path::new(&item.id);
        let trash = info.parent().and_then(|folder| folder.parent()).unwrap_or(info);
        trash.join("files").join(info.file_stem().unwrap_or_default())
    }

    /// Takes away the empty file by which the place was reserved, if the file could not be moved there.
    fn remove_placeholder(error: &Error, picture: &TrashedPicture) {
        let is_empty = || fs::symlink_metadata(&picture.place).is_ok_and(|at| at.is_file() && at.len() == 0);
        if !matches!(error, Error::RestoreCollision { .. }) && is_empty() {
            // The user is told of the other error.
            let _ = fs::remove_file(&picture.place);
        }
    }

    fn in_words(error: &Error) -> String {
        match error {
            Error::RestoreCollision { .. } => "another file has taken its place".to_owned(),
            #[cfg(unix)]
            Error::FileSystem { path, source } => format!("{}: {source}", paths::display(path)),
            error => error.to_string(),
        }
    }

    #[cfg(unix)]
    pub(in super::super) fn file_id(path: &std::path::Path) -> Option<(u64, u64)> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::symlink_metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    pub(in super::super) fn file_id(_: &std::path::Path) -> Option<(u64, u64)> {
        None
    }
}

/// The trash of systems in which only the user can bring files back.
#[cfg(not(any(
    windows,
    all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))
)))]
mod system {
    use super::{Failure, TrashedPicture};

    pub(super) struct Trash;

    impl Trash {
        pub(super) fn read() -> Result<Self, Failure> {
            Err(Failure::for_good(ONLY_BY_HAND))
        }

        pub(super) fn restore(&mut self, _: &TrashedPicture) -> Result<(), Failure> {
            Err(Failure::for_good(ONLY_BY_HAND))
        }
    }

    const ONLY_BY_HAND: &str =
        "this system lets no program take files out of its trash: open it, and choose Put Back";

    pub(in super::super) fn file_id(_: &std::path::Path) -> Option<(u64, u64)> {
        None
    }
}

pub(super) use system::file_id;
