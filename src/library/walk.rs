//! Finds the picture files of a folder, in parallel, by fd's rules.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::{WalkBuilder, WalkState};
use parking_lot::Mutex;

use crate::base::file_id::FileId;
use crate::base::paths::{self, mtime_ns};
use crate::catalog::{WalkOptions, is_under};
use crate::picture;

/// Name of the folder that keeps a collection beside its pictures.
pub(super) const BESIDE: &str = ".pixseek";

/// A picture file that a walk came across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureFile {
    /// Bytes of the path, relative to the collection's root.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// What tells it from another file of that size and time.
    pub file_id: FileId,
}

/// What a walk came across.
#[derive(Debug, Default)]
pub(super) struct WalkResult {
    /// The picture files, in the order of their paths.
    pub files: Vec<PictureFile>,
    /// Relative paths of folders (or files) that could not be looked at, with the reason. Nothing that is known below them
    /// may be taken for deleted.
    pub unreadable: Vec<(Vec<u8>, String)>,
    /// Relative paths of folders below the root on which another device is mounted.
    pub mounts: Vec<Vec<u8>>,
}

/// Walks `folder`, which lies in (or is) `root`. `found` counts the picture files while it does.
pub(super) fn walk(root: &Path, folder: &Path, options: &WalkOptions, found: &AtomicUsize) -> WalkResult {
    let walked = Mutex::new(WalkResult::default());
    let root_device = device(root);
    builder(folder, options).build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) if entry.depth() == 0 => {}
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    let file = if is_file { inspect(root, &entry) } else { Ok(None) };
                    let is_mount = entry.file_type().is_some_and(|kind| kind.is_dir())
                        && device(entry.path()).is_some_and(|device| Some(device) != root_device);
                    let mut walked = walked.lock();
                    if is_mount {
                        walked.mounts.push(relative(root, entry.path()));
                    }
                    match file {
                        Ok(Some(file)) => {
                            found.fetch_add(1, Ordering::Relaxed);
                            walked.files.push(file);
                        }
                        Ok(None) => {}
                        Err(reason) => walked.unreadable.push((relative(root, entry.path()), reason)),
                    }
                }
                Err(error) => {
                    if let Some((path, reason)) = unreadable(&error) {
                        walked.lock().unreadable.push((relative(root, &path), reason));
                    }
                }
            }
            WalkState::Continue
        })
    });
    let mut walked = walked.into_inner();
    walked.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    walked.unreadable.sort_unstable();
    walked.mounts.sort_unstable();
    // Of a disk, the folder it is mounted on says it all.
    walked.mounts.dedup_by(|inner, outer| is_under(inner, outer));
    walked
}

fn builder(folder: &Path, options: &WalkOptions) -> WalkBuilder {
    let mut builder = WalkBuilder::new(folder);
    builder
        .hidden(!options.hidden)
        .parents(!options.no_ignore)
        .ignore(!options.no_ignore)
        .git_ignore(!options.no_ignore)
        .git_global(!options.no_ignore)
        .git_exclude(!options.no_ignore)
        .follow_links(options.follow)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != BESIDE);
    builder
}

/// The folders that [`walk`] looks into, `folder` first; those that can't be read are left out.
pub(super) fn folders(folder: &Path, options: &WalkOptions) -> Vec<PathBuf> {
    let is_folder = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
    let mut builder = builder(folder, options);
    let others = builder
        .filter_entry(move |entry| is_folder(entry) && entry.file_name() != BESIDE)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.depth() > 0)
        .map(ignore::DirEntry::into_path);
    std::iter::once(folder.to_owned()).chain(others).collect()
}

/// Which device a folder lies on, where the system tells.
pub(super) fn device(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some(std::fs::metadata(folder).ok()?.dev())
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// The file of an entry, if it is a picture by its name or else by its first bytes.
fn inspect(root: &Path, entry: &ignore::DirEntry) -> Result<Option<PictureFile>, String> {
    let path = entry.path();
    if !picture::has_picture_extension(path) {
        // A file without a picture's name that can't be read is none of our business.
        let mut head = [0; picture::SIGNATURE_LENGTH];
        let read = File::open(path).and_then(|mut file| file.read(&mut head));
        if !read.is_ok_and(|length| picture::is_picture_signature(&head[..length])) {
            return Ok(None);
        }
    }
    let metadata = entry.metadata().map_err(|error| error.to_string())?;
    Ok(Some(PictureFile {
        path: relative(root, path),
        size: metadata.len(),
        mtime_ns: mtime_ns(&metadata),
        file_id: FileId::of(&metadata),
    }))
}

fn relative(root: &Path, path: &Path) -> Vec<u8> {
    paths::to_bytes(path.strip_prefix(root).unwrap_or(path))
}

/// The path that an error is about, and its reason. A symlink loop is no loss, since its pictures are seen on the way in.
fn unreadable(error: &ignore::Error) -> Option<(PathBuf, String)> {
    match error {
        ignore::Error::WithPath { path, err } => match unreadable(err) {
            Some((inner, reason)) if inner.as_os_str().is_empty() => Some((path.clone(), reason)),
            other => other,
        },
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => unreadable(err),
        ignore::Error::Loop { .. } => None,
        ignore::Error::Io(io) => Some((PathBuf::new(), io.to_string())),
        other => Some((PathBuf::new(), other.to_string())),
    }
}

#[cfg(test)]
mod tests;
