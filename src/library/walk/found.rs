//! What a walk came across.

use crate::base::file_id::FileId;
use crate::catalog::Omitted;

/// A picture file that a walk came across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct PictureFile {
    /// Bytes of the path, relative to the collection's root.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// What tells it from another file of that size and time.
    pub file_id: FileId,
}

/// An XMP file that a walk came across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct SidecarFile {
    /// Bytes of the path, relative to the collection's root. It ends with `.xmp`, in any case.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: i64,
}

/// What a walk came across.
#[derive(Debug, Default)]
pub(in crate::library) struct WalkResult {
    /// The picture files, in the order of their paths.
    pub files: Vec<PictureFile>,
    /// XMP files, in no order.
    pub sidecars: Vec<SidecarFile>,
    /// Relative paths of folders (or files) that could not be looked at, with the reason. Nothing that is known below them
    /// may be taken for deleted.
    pub unreadable: Vec<(Vec<u8>, String)>,
    /// Relative paths of followed links that lead nowhere, perhaps because a disk is not mounted. Nothing that is known
    /// below them may be taken for deleted.
    pub broken_links: Vec<Vec<u8>>,
    /// Relative paths of camera raw files that were left out because the same picture lies beside them.
    pub raw_beside_jpeg: Vec<Vec<u8>>,
    /// Relative paths of folders below the root on which another device is mounted.
    pub mounts: Vec<Vec<u8>>,
    /// What was left out.
    pub omitted: Omitted,
}
