//! The files of snapshots: where they are, when one is due, and reading them.

use std::fs::File;
use std::path::PathBuf;

use rayon::ThreadPool;

use super::attachment;
use crate::base::model_key::ModelKey;
use crate::base::paths::{self, is_relative};
use crate::base::{blockfile, lock};
use crate::catalog::{Catalog, is_under};
use crate::index::VectorStore;
use crate::index::snapshot_file::{Checksum, SnapshotReader};
use crate::library::collection::{Collection, VECTORS_LOCK};
use crate::library::error::{LibraryError, with_causes};
use crate::library::indexed_picture::IndexedPicture;

/// Collections of fewer pictures are read from the catalogue in a few milliseconds.
pub(crate) const MIN_PICTURES: usize = 2000;

/// Whether so many changes since the last snapshot call for another: reading as many from the catalogue takes about
/// as long as reading all of the snapshot.
pub(crate) fn is_due(changes: usize, pictures: usize) -> bool {
    pictures >= MIN_PICTURES && changes * 10 >= pictures
}

/// Where the snapshots of one collection and one model are.
#[derive(Debug, Clone)]
pub(crate) struct Snapshots {
    dir: PathBuf,
    key: ModelKey,
}

/// What a snapshot held.
pub(in crate::library) struct Restored {
    pub vectors: VectorStore,
    /// Of each row.
    pub pictures: Vec<IndexedPicture>,
    /// The catalogue's change number that it is at.
    pub change: i64,
}

impl Snapshots {
    /// Of a collection and a model.
    pub(crate) fn new(collection: &Collection, key: &ModelKey) -> Self {
        Self { dir: collection.dir().to_owned(), key: key.clone() }
    }

    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(format!("vectors-{}.bin", self.key.short_hash()))
    }

    /// Reads the pictures under `prefix` on `threads`; none if there is no snapshot that the catalogue vouches for. A
    /// snapshot that can't be used is not vouched for any longer.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(in crate::library) fn restore(
        &self,
        catalog: &Catalog,
        prefix: &[u8],
        threads: &ThreadPool,
    ) -> Result<Option<Restored>, LibraryError> {
        let Some(vouched) = catalog.snapshot_checksum(&self.key)? else { return Ok(None) };
        match threads.install(|| self.read(vouched, prefix)) {
            Ok(restored) => Ok(restored),
            Err(error) => {
                tracing::info!("the vectors are read from the catalogue: {}", with_causes(&error));
                if let Err(error) = catalog.forget_snapshot_checksum(&self.key, vouched) {
                    tracing::info!("{}", with_causes(&error));
                }
                Ok(None)
            }
        }
    }

    fn read(&self, vouched: Checksum, prefix: &[u8]) -> Result<Option<Restored>, LibraryError> {
        let Some(mut reader) = self.reader(vouched)? else { return Ok(None) };
        let change = reader.generation();
        let mut pictures = attachment::decode(&reader.attachment()?, reader.rows())
            .map_err(|error| LibraryError::Unfit(error).within(format!("'{}'", self.path().display())))?;
        let is_kept =
            |picture: &IndexedPicture| is_relative(&picture.path) && is_under(&picture.path, prefix);
        let keep: Vec<bool> = pictures.iter().map(is_kept).collect();
        let vectors = reader.vectors(&keep)?;
        let mut keep = keep.into_iter();
        pictures.retain(|_| keep.next().unwrap_or_default());
        Ok(Some(Restored { vectors, pictures, change }))
    }

    /// The number of rows of the snapshot that the catalogue vouches for; none if there is no file.
    ///
    /// # Errors
    /// When the file is not the one that is vouched for, or its header is damaged.
    pub(crate) fn rows(&self, vouched: Checksum) -> Result<Option<usize>, LibraryError> {
        Ok(self.reader(vouched)?.map(|reader| reader.rows()))
    }

    /// The rows as [`Self::rows`] tells them, once the whole file was compared with its checksums.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub(in crate::library) fn verify(&self, vouched: Checksum) -> Result<Option<usize>, String> {
        let rows = self.rows(vouched).map_err(|error| with_causes(&error))?;
        if rows.is_some() {
            let named = |error| format!("'{}': {}", paths::display(&self.path()), with_causes(&error));
            blockfile::verify(&self.path()).map_err(named)?;
        }
        Ok(rows)
    }

    /// None if there is no file.
    fn reader(&self, vouched: Checksum) -> Result<Option<SnapshotReader>, LibraryError> {
        Ok(SnapshotReader::open(&self.path(), self.key.dimension, vouched)?)
    }

    /// Whether a new snapshot may be due, without looking at the vectors.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(crate) fn is_due(&self, catalog: &Catalog) -> Result<bool, LibraryError> {
        let Some(model) = catalog.find_model(&self.key)? else { return Ok(false) };
        let vouched = catalog.snapshot_checksum(&self.key)?;
        let reader = vouched.and_then(|vouched| self.reader(vouched).ok().flatten());
        match reader {
            Some(reader) => Ok(is_due(catalog.changed_since(model, reader.generation())?, reader.rows())),
            None => Ok(catalog.changed_since(model, 0)? >= MIN_PICTURES),
        }
    }

    /// The right to write; none while another process has it.
    pub(super) fn lock(&self) -> Result<Option<File>, LibraryError> {
        let path = self.dir.join(VECTORS_LOCK);
        lock::try_lock(&path).map_err(|reason| LibraryError::CantMake { path, reason })
    }

    /// Has the catalogue vouch for the file.
    pub(super) fn vouch(&self, catalog: &Catalog, checksum: &Checksum) -> Result<(), LibraryError> {
        Ok(catalog.set_snapshot_checksum(&self.key, *checksum)?)
    }
}

#[cfg(test)]
mod tests;
