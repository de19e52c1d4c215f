//! Whether the files of an index are whole.

use super::collection::Collection;
use super::error::{LibraryError, with_causes};
use super::snapshot::files::Snapshots;
use crate::base::model_key::ModelKey;
use crate::catalog::Catalog;
use crate::index::hnsw::SegmentStore;

/// What was found of the derived files of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexHealth {
    /// The number of graphs that are whole.
    pub graphs: usize,
    /// The number of rows of the snapshot; none if there is no snapshot that the catalogue knows of.
    pub snapshot: Option<usize>,
    /// What is damaged, in words. Derived files are made anew by the next run that needs them.
    pub damaged: Vec<String>,
}

impl IndexHealth {
    /// Reads the graphs whole, with their checksums, and the header of the snapshot.
    ///
    /// # Errors
    /// When the catalogue or the folder of the index can't be read.
    pub fn check(collection: &Collection, catalog: &Catalog, key: &ModelKey) -> Result<Self, LibraryError> {
        let store = SegmentStore::new(collection.dir(), key.clone());
        let mut health = Self { graphs: 0, snapshot: None, damaged: Vec::new() };
        for path in store.paths()? {
            match store.load(&path) {
                Ok(_) => health.graphs += 1,
                Err(error) => health.damaged.push(with_causes(&error)),
            }
        }
        if let Some(vouched) = catalog.snapshot_checksum(key)? {
            match Snapshots::new(collection, key).rows(vouched) {
                Ok(rows) => health.snapshot = rows,
                Err(error) => health.damaged.push(with_causes(&error)),
            }
        }
        Ok(health)
    }
}
