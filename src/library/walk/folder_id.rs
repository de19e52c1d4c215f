//! Which folder a path leads to, whatever the path.

use std::fs::Metadata;
use std::path::Path;

#[cfg(unix)]
use crate::base::file_id;

/// What is the same for all paths of a folder: its device and inode; where there are none, its canonical path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FolderId(#[cfg(unix)] (u64, u64), #[cfg(not(unix))] std::path::PathBuf);

impl FolderId {
    /// The identity of the folder at `path`, whose metadata (those of the folder itself, not of a link) are given.
    #[cfg(unix)]
    pub(super) fn new(_: &Path, metadata: &Metadata) -> Option<Self> {
        file_id::of_folder(metadata).map(Self)
    }

    /// The identity of the folder at `path`, unless it is gone.
    #[cfg(not(unix))]
    pub(super) fn new(path: &Path, _: &Metadata) -> Option<Self> {
        Some(Self(path.canonicalize().ok()?))
    }
}

/// Which device a file or folder lies on, where the system tells.
pub(super) fn device_of(metadata: &Metadata) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some(metadata.dev())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// Which device the folder at `path` lies on, where the system tells.
pub(in crate::library) fn device(path: &Path) -> Option<u64> {
    device_of(&std::fs::metadata(path).ok()?)
}
