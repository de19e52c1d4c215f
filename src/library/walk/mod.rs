//! Finds the picture files of a folder, in parallel, by fd's rules, and counts what they leave out.
//!
//! `traverse` goes through the folders: `rules` says which files and folders are left out for which reason, `unwanted` and
//! `unsupported` know names, `folder_id` tells when two paths lead to one folder, `path_parts` cuts paths. `pruned` counts in the folders that were
//! left out, and `raw_pairs` drops the raw files beside their JPEGs.

mod folder_id;
mod found;
mod path_parts;
mod pruned;
mod raw_pairs;
mod rules;
mod traverse;
mod unsupported;
mod unwanted;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use crate::base::paths;
use crate::catalog::{WalkOptions, is_under};

pub(super) use folder_id::device;
pub(super) use found::{PictureFile, SidecarFile, WalkResult};
pub use rules::check_exclude;
pub(super) use traverse::BESIDE;

/// Walks `folder`, which lies in (or is) `root`. `count` counts the picture files while it does.
pub(super) fn walk(root: &Path, folder: &Path, options: &WalkOptions, count: &AtomicUsize) -> WalkResult {
    let found = traversal(root, folder, options, Some(count)).run();
    let relative = |path: &PathBuf| paths::to_bytes(path.strip_prefix(root).unwrap_or(path));
    let mut walked = WalkResult {
        files: found.files,
        sidecars: found.sidecars,
        unreadable: found.unreadable.iter().map(|(path, reason)| (relative(path), reason.clone())).collect(),
        broken_links: found.broken_links.iter().map(relative).collect(),
        mounts: found.mounts.iter().map(relative).collect(),
        omitted: found.omitted,
        ..WalkResult::default()
    };
    walked.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    walked.unreadable.sort_unstable();
    walked.mounts.sort_unstable();
    // Of a disk, the folder it is mounted on says it all.
    walked.mounts.dedup_by(|inner, outer| is_under(inner, outer));
    pruned::count(found.pruned, pruned::CountLimit::default(), &mut walked.omitted);
    if found.has_raw {
        walked.raw_beside_jpeg = raw_pairs::leave_out_raw(&mut walked.files);
        walked.omitted.raw_beside_jpeg = walked.raw_beside_jpeg.len();
    }
    walked
}

/// The folders that [`walk`] looks into, `folder` first; those that can't be read are left out.
pub(super) fn folders(root: &Path, folder: &Path, options: &WalkOptions) -> Vec<PathBuf> {
    let found = traversal(root, folder, options, None).run();
    let others = found.folders.into_iter().map(|(path, _)| path).filter(|path| path != folder);
    std::iter::once(folder.to_owned()).chain(others).collect()
}

fn traversal<'a>(
    root: &'a Path,
    folder: &'a Path,
    options: &'a WalkOptions,
    count: Option<&'a AtomicUsize>,
) -> traverse::Traversal<'a> {
    let rules = rules::Rules::new(root, folder, options);
    traverse::Traversal { root, folder, options, rules, device: device(root), count }
}

#[cfg(test)]
mod tests;
