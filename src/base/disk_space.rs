//! Room on a disk.

use std::path::Path;

/// The bytes that this user can still write on the disk that `path` lies on; none where the system doesn't tell.
pub(crate) fn free(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(path).ok()?;
        // Some network folders tell of no blocks at all.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Whether this user may write to a file, or make files in a folder.
pub(crate) fn is_writable(path: &Path) -> bool {
    #[cfg(unix)]
    {
        rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
    }
    #[cfg(not(unix))]
    {
        // Of a folder, Windows' attribute says that it looks otherwise than others: `Pictures` has it.
        path.metadata().is_ok_and(|metadata| metadata.is_dir() || !metadata.permissions().readonly())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_ours_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_writable(folder.path()) && !is_writable(&folder.path().join("none")));
        assert!(free(folder.path()).is_none_or(|bytes| bytes > 0));
        assert_eq!(free(&folder.path().join("none")), None);
    }
}
