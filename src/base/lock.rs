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

#[cfg(test)]
mod tests {
    use super::*;

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
