//! Counts the pictures in folders that are left out, by name only and within limits.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::rules::Reason;
use super::unwanted::{is_apple_double, is_unwanted};
use crate::catalog::Omitted;
use crate::picture;

/// Names of folders in which version control keeps its data: they have many files, and none is a picture by its name.
const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".svn", ".bzr", ".jj"];

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct CountLimit {
    /// Number of files and folders.
    pub entries: usize,
    /// Time, which counts on disks that have to seek.
    pub time: Duration,
}

impl Default for CountLimit {
    /// A few hundredths of a second, if the system has the folders in memory.
    fn default() -> Self {
        Self { entries: 50_000, time: Duration::from_millis(200) }
    }
}

/// A file that is left out counts, if it is a picture by its name.
pub(super) fn count_file(path: &Path, reason: Reason, omitted: &mut Omitted) {
    if !is_apple_double(path) && picture::has_picture_extension(path) {
        *counter(reason, omitted) += 1;
    }
}

/// Counts the pictures in `folders`, each of which is left out for the reason given. What the limit does not allow to be
/// looked at makes the counts lower bounds.
pub(super) fn count(mut folders: Vec<(Reason, PathBuf)>, limit: CountLimit, omitted: &mut Omitted) {
    let start = Instant::now();
    // Popped from the end: the first by path is the first that is looked at.
    folders.sort_unstable_by(|a, b| b.1.cmp(&a.1));
    let mut entries = 0;
    while let Some((reason, folder)) = folders.pop() {
        if is_version_control(&folder) || is_unwanted(&folder) {
            continue;
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            entries += 1;
            let is_spent = entries > limit.entries || (entries % 64 == 0 && start.elapsed() > limit.time);
            if is_spent {
                omitted.at_least = true;
                return;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push((reason, entry.path())),
                Ok(kind) if kind.is_file() => count_file(&entry.path(), reason, omitted),
                _ => {}
            }
        }
    }
}

fn is_version_control(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| VERSION_CONTROL.iter().any(|known| name == *known))
}

fn counter(reason: Reason, omitted: &mut Omitted) -> &mut usize {
    match reason {
        Reason::Excluded => &mut omitted.excluded,
        Reason::Ignored => &mut omitted.ignored,
        Reason::Hidden => &mut omitted.hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_in_folders_that_are_left_out_are_counted_within_limits() {
        let dir = tempfile::tempdir().unwrap();
        for file in
            ["a/1.png", "a/b/2.JPG", "a/b/3.txt", "a/._1.png", "a/.git/4.png", "a/@eaDir/5.png", "c/6.png"]
        {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let folders =
            || vec![(Reason::Hidden, dir.path().join("a")), (Reason::Ignored, dir.path().join("c"))];
        let mut omitted = Omitted::default();
        count(folders(), CountLimit::default(), &mut omitted);
        assert_eq!(omitted, Omitted { hidden: 2, ignored: 1, ..Omitted::default() });
        let mut omitted = Omitted::default();
        count(folders(), CountLimit { entries: 6, ..CountLimit::default() }, &mut omitted);
        assert!(omitted.at_least && omitted.ignored == 0, "{omitted:?}");
        let mut omitted = Omitted::default();
        count(folders(), CountLimit { entries: 10, ..CountLimit::default() }, &mut omitted);
        assert!(!omitted.at_least);
    }
}
