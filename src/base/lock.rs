//! Rights that one process at a time has, each for a lock file.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::regular;

/// The right that the lock file at `path` stands for, until the returned file is dropped; none while another process
/// has it. The file is made if it is missing.
///
/// # Errors
/// When the lock file can't be made, or is a link, a pipe or anything else but a regular file.
pub(crate) fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = regular::create(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some network folders have no locks: doing the same twice only costs time.
        Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// The right that the lock file at `path` stands for, as [`try_lock`], but waits until no other process has it. `waiting` is
/// called before that.
///
/// # Errors
/// As [`try_lock`].
pub(crate) fn lock(path: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    if let Some(file) = try_lock(path)? {
        return Ok(file);
    }
    waiting();
    let file = regular::create(path)?;
    // Without locks, as in `try_lock`.
    drop(file.lock());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_gets_it_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let held = std::cell::RefCell::new(Some(lock(&path, || panic!("nobody has it")).unwrap()));
        let next = lock(&path, || drop(held.take())).unwrap();
        assert!(held.borrow().is_none() && try_lock(&path).unwrap().is_none());
        drop(next);
    }

    #[test]
    fn one_at_a_time_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some() && try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
        assert!(try_lock(&folder.path().join("none/a.lock")).is_err());
    }
}
