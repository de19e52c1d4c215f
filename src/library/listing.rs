//! The names of a folder's pictures, before anything of it is indexed.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::error::LibraryError;
use super::searcher::day_of;
use super::walk::{PictureFile, walk};
use crate::base::paths;
use crate::base::picture_facts::TakenAt;
use crate::catalog::WalkOptions;

/// The picture files of a folder, as a walk finds them. None of them was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Their paths relative to the collection's root, newest first by modification time, ties by path bytes; at most as
    /// many as were asked for. With each the day of that time, by the clock of this machine.
    pub newest: Vec<(PathBuf, Option<Date>)>,
    /// The number of all picture files.
    pub total: usize,
}

/// Lists the `top` newest picture files of `folder`, which lies in (or is) `root`; both are canonical.
///
/// # Errors
/// When the folder can't be read.
pub fn list(root: &Path, folder: &Path, options: &WalkOptions, top: usize) -> Result<Listing, LibraryError> {
    // The walk itself takes an unreadable folder for a detail. For the one that was asked for it is not.
    fs::read_dir(folder).map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
    let mut files = walk(root, folder, options, &AtomicUsize::new(0)).files;
    let total = files.len();
    // The walk has them in the order of their paths, and this sort keeps it among equals.
    files.sort_by_key(|file: &PictureFile| Reverse(file.mtime_ns));
    let zone = TimeZone::system();
    let day = |file: &PictureFile| {
        let changed = TakenAt::modified(file.mtime_ns, &zone);
        day_of((changed.seconds, changed.nanoseconds))
    };
    let newest = files.iter().take(top).map(|file| (paths::from_bytes(&file.path), day(file))).collect();
    Ok(Listing { newest, total })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_newest_pictures_come_first_and_all_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("sub")).unwrap();
        for (name, age) in [("b.jpg", 3), ("sub/new.png", 1), ("a.jpg", 3), ("old.gif", 9), ("note.txt", 0)] {
            let file = File::create(root.join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age)).unwrap();
        }
        let list = |folder: &Path, top| list(&root, folder, &WalkOptions::default(), top).unwrap();
        let names = |listing: &Listing| -> Vec<String> {
            listing.newest.iter().map(|(path, _)| path.to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&list(&root, 9)), ["sub/new.png", "a.jpg", "b.jpg", "old.gif"]);
        // 1970-01-12, 13:46 in UTC.
        let day = list(&root, 1).newest[0].1.unwrap();
        assert!((11..=13).contains(&day.day()) && (day.year(), day.month()) == (1970, 1), "{day}");
        let two = list(&root, 2);
        assert_eq!((names(&two), two.total), (vec!["sub/new.png".to_owned(), "a.jpg".to_owned()], 4));
        assert_eq!(names(&list(&root.join("sub"), 9)), ["sub/new.png"], "relative to the root");
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        assert!(list(&gone, &gone, &WalkOptions::default(), 9).is_err());
    }
}
