//! Folders that were indexed under another name: renamed, moved, or copied while the original is gone.
//!
//! The index of a folder lies under a hash of its canonical path. A renamed folder is known by the device and number of its
//! root. One that came to another disk is known by its pictures: names and sizes.

use std::fs;
use std::path::{Path, PathBuf};

use super::collection::{CATALOG, Collection, canonical, central, copy_catalog};
use super::error::LibraryError;
use crate::base::{dirs, file_id, paths};
use crate::catalog::{Catalog, CatalogEntry};

/// Pictures that are looked for in a folder that may have been indexed under another name.
const SAMPLE: usize = 200;

/// A collection in the data folder whose root is gone.
struct Orphan {
    root: PathBuf,
    dir: PathBuf,
    catalog: Catalog,
}

impl Collection {
    /// The collection of a folder, or of one above it, that was renamed or moved on its disk: its index is taken over.
    ///
    /// # Errors
    /// When an index that is to be taken over can't be.
    pub(super) fn take_over_renamed(folder: &Path) -> Result<Option<Self>, LibraryError> {
        let orphans = orphans()?;
        if orphans.is_empty() {
            return Ok(None);
        }
        for root in folder.ancestors() {
            let id = fs::metadata(root).ok().as_ref().and_then(file_id::of_folder);
            for orphan in &orphans {
                // Numbers are given again to new folders, so that the pictures have to be there, too.
                let is_same = id.is_some() && orphan.catalog.root_id().is_ok_and(|known| known == id);
                if !is_same || !has_pictures_of(root, orphan) {
                    continue;
                }
                let old = Self { root: orphan.root.clone(), prefix: PathBuf::new(), dir: orphan.dir.clone() };
                let moved = match old.move_to(root) {
                    Ok(moved) => moved,
                    // Without a place to write to, it stays where it is.
                    Err(error) => {
                        tracing::info!(%error, "a renamed folder's index can't be taken over");
                        continue;
                    }
                };
                tracing::warn!(
                    "folder '{}' was '{}' before: its index is used",
                    paths::display(root),
                    paths::display(&orphan.root)
                );
                let prefix = folder.strip_prefix(root).map(Path::to_owned).unwrap_or_default();
                return Ok(Some(Self { prefix, ..moved }));
            }
        }
        Ok(None)
    }

    /// Copies the index of a folder that is gone and had the pictures of `root` into `dir`, if there is one: so that
    /// nothing need be encoded again, and nothing is lost should the other folder come back.
    ///
    /// # Errors
    /// When there is no data folder.
    pub(super) fn copy_from_gone(root: &Path, dir: &Path) -> Result<(), LibraryError> {
        let Some(orphan) = orphans()?.into_iter().find(|orphan| has_pictures_of(root, orphan)) else {
            return Ok(());
        };
        let Orphan { root: old, dir: from, catalog } = orphan;
        drop(catalog);
        if let Err(error) = copy_catalog(&from, dir) {
            tracing::info!(%error, "the index of a folder that is gone can't be copied");
            return Ok(());
        }
        tracing::warn!(
            "folder '{}' has the pictures of '{}', which is gone: a copy of its index is used (`pixseek collections forget` \
             deletes the old one)",
            paths::display(root),
            paths::display(&old)
        );
        Ok(())
    }

    /// Makes this the index of the folder `root`, canonical, which has none yet.
    ///
    /// # Errors
    /// When the index can't be moved.
    pub fn move_to(&self, root: &Path) -> Result<Self, LibraryError> {
        let dir = central(&dirs::data_dir()?, root);
        if dir != self.dir {
            // What a process that was killed left there is nobody's.
            let _ = fs::remove_dir(&dir);
            fs::rename(&self.dir, &dir)
                .map_err(|reason| LibraryError::CantWrite { path: dir.clone(), reason })?;
        }
        let moved = Self { root: root.to_owned(), prefix: PathBuf::new(), dir };
        let catalog = moved.catalog()?;
        catalog.set_root(root)?;
        if let Some(id) = fs::metadata(root).ok().as_ref().and_then(file_id::of_folder) {
            catalog.set_root_id(id)?;
        }
        Ok(moved)
    }

    /// Makes the index of the folder `old`, which may be gone, that of the folder `new`.
    ///
    /// # Errors
    /// When `old` has no index of its own in the data folder, `new` is missing or has an index, or nothing can be written.
    pub fn move_root(old: &Path, new: &Path) -> Result<Self, LibraryError> {
        let new = canonical(new)?;
        let old = paths::canonicalize(old).or_else(|_| std::path::absolute(old)).unwrap_or(old.to_owned());
        let Some(collection) = Self::of_root(&old)? else { return Err(LibraryError::NoIndex(old)) };
        if collection.is_beside() {
            return Err(LibraryError::MovesByItself(old));
        }
        for root in new.ancestors() {
            if let Some(other) = Self::of_root(root)?.filter(|other| other.dir != collection.dir) {
                return Err(LibraryError::HasIndex { folder: new, of: other.root });
            }
        }
        collection.move_to(&new)
    }
}

/// The collections in the data folder whose root is gone. Those that can't be read are left out.
fn orphans() -> Result<Vec<Orphan>, LibraryError> {
    let data_dir = dirs::data_dir()?;
    let Ok(entries) = fs::read_dir(dirs::collections(&data_dir)) else { return Ok(Vec::new()) };
    let mut orphans = Vec::new();
    for dir in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let path = dir.join(CATALOG);
        if !path.is_file() || path.is_symlink() || dir.is_symlink() {
            continue;
        }
        let Ok(catalog) = Catalog::open(&path, false) else { continue };
        let Ok(Some(root)) = catalog.root() else { continue };
        let root = PathBuf::from(root);
        // A name that is not UTF-8 was not noted in full: of it nobody knows whether it is gone.
        let is_exact = central(&data_dir, &root) == dir;
        if is_exact
            && fs::symlink_metadata(&root).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        {
            orphans.push(Orphan { root, dir, catalog });
        }
    }
    orphans.sort_by(|a, b| a.root.cmp(&b.root));
    Ok(orphans)
}

/// Whether of a sample of the pictures that are known of a folder nine in ten are in `root`, by name and size.
fn has_pictures_of(root: &Path, orphan: &Orphan) -> bool {
    let Ok(known) = orphan.catalog.known(&[]) else { return false };
    let mut known: Vec<(Vec<u8>, CatalogEntry)> =
        known.into_iter().filter(|(_, entry)| !entry.removed).collect();
    known.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let step = known.len().div_ceil(SAMPLE).max(1);
    let (mut all, mut there) = (0, 0);
    for (path, entry) in known.iter().step_by(step) {
        let metadata = fs::metadata(root.join(paths::from_bytes(path)));
        all += 1;
        there +=
            usize::from(metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == entry.size));
    }
    all > 0 && there * 10 >= all * 9
}
