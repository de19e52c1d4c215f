//! Disks that are not mounted: what is known of their pictures is kept.

use std::collections::HashMap;

use super::collection::Collection;
use super::error::LibraryError;
use super::report::IndexOptions;
use super::walk::{WalkResult, device};
use crate::catalog::{Catalog, CatalogEntry, is_under};

/// Keeps what is known of pictures whose disk is not mounted. A mount point without its disk is a folder on another device
/// than before: an error. What was on disks mounted further down counts as unreadable.
pub(super) fn guard(
    collection: &Collection,
    catalog: &Catalog,
    known: &HashMap<Vec<u8>, CatalogEntry>,
    walked: &mut WalkResult,
    options: &IndexOptions,
) -> Result<(), LibraryError> {
    let device = device(&collection.root);
    let remembered = catalog.device()?;
    if !options.prune && remembered.is_some() && remembered != device {
        let there = |path| known.get(path).is_some_and(|known| !known.removed);
        let count = known.values().filter(|known| !known.removed).count();
        if count > 0 && !walked.files.iter().any(|file| there(&file.path)) {
            return Err(LibraryError::NotMounted { folder: collection.root.clone(), pictures: count });
        }
    }
    let mut mounts = catalog.mounts()?;
    let prefix = collection.prefix_bytes();
    mounts.retain(|mount| !options.prune || !(*mount == prefix || is_under(mount, &prefix)));
    for mount in mounts.iter().filter(|mount| **mount == prefix || is_under(mount, &prefix)) {
        if !walked.mounts.contains(mount) {
            let reason =
                "the disk that was mounted here is not: its pictures are kept (--prune forgets them)";
            walked.unreadable.push((mount.clone(), reason.to_owned()));
        }
    }
    mounts.extend(walked.mounts.iter().cloned());
    mounts.sort_unstable();
    mounts.dedup();
    catalog.set_mounts(&mounts)?;
    Ok(device.map_or(Ok(()), |device| catalog.set_device(device))?)
}
