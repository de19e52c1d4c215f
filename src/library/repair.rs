//! Mends an index: saves what can be read of a damaged catalogue, gives up vectors that are damaged, and makes the files that
//! are derived from it anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::checkup::left_over;
use super::collection::{CATALOG, Collection, VECTORS_LOCK};
use super::error::LibraryError;
use super::maintenance::policy::min_rows;
use super::maintenance::segments;
use super::searcher::Searcher;
use super::snapshot::files::Snapshots;
use crate::base::model_key::ModelKey;
use crate::base::{atomic, lock};
use crate::catalog::{Catalog, CatalogError, CatalogErrorKind, IndexPolicy, Salvaged, beside, salvage};
use crate::index::hnsw::{GRAPHS_LOCK, SegmentStore};

/// What the new catalogue is called until it takes its place.
const DRAFT: &str = "catalog.db.repaired";

/// What was done to an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// What was saved, if the catalogue was damaged.
    pub salvaged: Option<Salvaged>,
    /// Where the damaged catalogue is kept.
    pub kept: Option<PathBuf>,
    /// Searchable pictures of the part that was asked for, of the model that was indexed last.
    pub pictures: usize,
    /// Vectors that were damaged, and are gone.
    pub vectors_given_up: usize,
    /// Settings that made no sense, and are forgotten.
    pub settings_forgotten: Vec<String>,
    /// Files that were damaged or of no use, and are gone.
    pub removed: Vec<PathBuf>,
    /// Snapshots and graphs that were made anew.
    pub made: usize,
}

impl Collection {
    /// Mends the index of the whole collection. `building` is told of long steps, in words.
    ///
    /// # Errors
    /// When another process writes to the index, the catalogue is not pixseek's or a newer one's, or something can't be
    /// written. What was damaged is still there then.
    pub fn repair(&self, building: &dyn Fn(&str)) -> Result<Repaired, LibraryError> {
        let mut repaired = Repaired::default();
        let locks = self.locks()?;
        building("checking the catalogue");
        if self.is_catalog_damaged()? {
            building("saving what can be read of the catalogue");
            repaired.salvaged = Some(self.salvage(&mut repaired)?);
        }
        let mut catalog = self.catalog()?;
        repaired.settings_forgotten = catalog.odd_settings()?;
        catalog.forget_settings(&repaired.settings_forgotten)?;
        building("comparing the checksums of the vectors");
        repaired.vectors_given_up = catalog.check_vectors(usize::MAX, &AtomicBool::new(false))?.len();
        self.remove_damaged(&catalog, &mut repaired)?;
        // The makers of snapshots and graphs take them again.
        drop(locks);
        for (key, has_vectors) in catalog.keys()? {
            if has_vectors {
                self.make_derived(&mut catalog, &key, building, &mut repaired)?;
            }
        }
        let newest = catalog.keys()?.into_iter().next();
        let model = newest.map(|(key, _)| catalog.find_model(&key)).transpose()?.flatten();
        repaired.pictures = catalog.counts(model, &self.prefix_bytes())?.pictures;
        Ok(repaired)
    }

    /// The rights to write the derived files.
    fn locks(&self) -> Result<[fs::File; 2], LibraryError> {
        let take = |name: &str| -> Result<fs::File, LibraryError> {
            let path = self.dir().join(name);
            let taken = lock::try_lock(&path);
            let taken = taken.map_err(|reason| LibraryError::CantMake { path: path.clone(), reason })?;
            taken.ok_or_else(|| LibraryError::InUse(self.dir().to_owned()))
        };
        Ok([take(VECTORS_LOCK)?, take(GRAPHS_LOCK)?])
    }

    fn is_catalog_damaged(&self) -> Result<bool, LibraryError> {
        let is_damage = |error: &CatalogError| matches!(error.kind, CatalogErrorKind::Damaged(_));
        match Catalog::open(&self.catalog_path(), false).and_then(|catalog| catalog.integrity()) {
            Ok(findings) => Ok(!findings.is_empty()),
            Err(error) if is_damage(&error) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a new catalogue with what can be read in the place of the damaged one, which is kept beside it.
    fn salvage(&self, repaired: &mut Repaired) -> Result<Salvaged, LibraryError> {
        let (damaged, draft) = (self.catalog_path(), self.dir().join(DRAFT));
        remove_with_log(&draft)?;
        let saved = salvage(&damaged, &draft).inspect_err(|_| {
            // What is wrong is said by the error.
            let _ = remove_with_log(&draft);
        })?;
        Catalog::open(&draft, false)?.set_root(&self.root)?;
        let kept = free_name(&damaged);
        let place = || -> io::Result<()> {
            // The log goes first: beside another file it would be taken for that one's.
            // Where the disk has no second names, the damaged file takes room twice.
            fs::hard_link(&damaged, &kept).or_else(|_| fs::copy(&damaged, &kept).map(drop))?;
            move_if_there(&beside(&damaged, "-wal"), &beside(&kept, "-wal"))?;
            remove_if_there(&beside(&damaged, "-shm"))?;
            remove_if_there(&beside(&damaged, "-journal"))?;
            // Windows flushes only files that are open for writing.
            fs::File::options().write(true).open(&draft)?.sync_all()?;
            fs::rename(&draft, &damaged)?;
            atomic::sync_folder(self.dir())
        };
        place().map_err(|reason| LibraryError::CantWrite { path: damaged.clone(), reason })?;
        remove_with_log(&draft)?;
        repaired.kept = Some(kept);
        Ok(saved)
    }

    /// Removes derived files that are damaged, and what is left over.
    fn remove_damaged(&self, catalog: &Catalog, repaired: &mut Repaired) -> Result<(), LibraryError> {
        let mut remove = left_over(self, catalog)?;
        for (key, _) in catalog.keys()? {
            let store = SegmentStore::new(self.dir(), key.clone());
            remove.extend(store.paths()?.into_iter().filter(|path| store.load(path).is_err()));
            let Some(vouched) = catalog.snapshot_checksum(&key)? else { continue };
            let snapshots = Snapshots::new(self, &key);
            if !matches!(snapshots.verify(vouched), Ok(Some(_))) {
                catalog.forget_snapshot_checksum(&key, vouched)?;
                remove.extend(Some(snapshots.path()).filter(|path| path.exists()));
            }
        }
        for path in remove {
            fs::remove_file(&path)
                .map_err(|reason| LibraryError::CantDelete { path: path.clone(), reason })?;
            repaired.removed.push(path);
        }
        Ok(())
    }

    /// Makes the snapshot and the graphs of a model that are due. The model itself is not needed.
    fn make_derived(
        &self,
        catalog: &mut Catalog,
        key: &ModelKey,
        building: &dyn Fn(&str),
        repaired: &mut Repaired,
    ) -> Result<(), LibraryError> {
        let snapshots = Snapshots::new(self, key);
        let policy = catalog.index_policy()?;
        let mut searcher = Searcher::load(&self.whole(), catalog, key)?;
        if snapshots.is_due(catalog)? && searcher.is_snapshot_due() {
            building("writing the snapshot of the vectors");
            repaired.made += usize::from(snapshots.save(&mut searcher, catalog)?);
        }
        let store = SegmentStore::new(self.dir(), key.clone());
        if policy == IndexPolicy::Never || searcher.len() < min_rows(policy) || searcher.is_empty() {
            return Ok(());
        }
        let made = std::cell::Cell::new(0);
        let progress = |indexed: usize, pictures: usize| {
            made.set(made.get() + 1);
            building(&format!("building graphs: {indexed} of {pictures} pictures"));
        };
        if segments::build(&mut searcher, &store, &segments::pool()?, min_rows(policy), progress)? {
            segments::remember_done(&store, catalog, &searcher)?;
        }
        repaired.made += made.get();
        Ok(())
    }
}

/// A name beside the catalogue that is not taken yet.
fn free_name(damaged: &Path) -> PathBuf {
    let name = |number: usize| match number {
        0 => damaged.with_file_name(format!("{CATALOG}.damaged")),
        number => damaged.with_file_name(format!("{CATALOG}.damaged-{number}")),
    };
    (0..).map(name).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| name(0))
}

/// Removes a draft of a catalogue, with what SQLite keeps beside it.
fn remove_with_log(draft: &Path) -> Result<(), LibraryError> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let path = beside(draft, end);
        remove_if_there(&path).map_err(|reason| LibraryError::CantDelete { path, reason })?;
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
