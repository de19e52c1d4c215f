//! What is known of a folder.

use super::collection::Collection;
use super::error::LibraryError;
use super::maintenance::policy::are_segments_used;
use super::open::Library;
use crate::base::model_key::ModelKey;
use crate::catalog::{Catalog, Counts, IndexPolicy};
use crate::index::hnsw::SegmentStore;

/// How the searches of a collection are answered, unless they ask for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// Every picture is compared.
    Flat,
    /// By graphs.
    Hnsw,
}

/// What is known of the part of a collection that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Searchable and unreadable pictures.
    pub counts: Counts,
    /// How searches are answered.
    pub index: IndexKind,
    /// Size of the catalogue in bytes.
    pub bytes: u64,
}

impl Status {
    /// Reads what is known of the vectors of a model. The model itself is not needed.
    ///
    /// # Errors
    /// When the catalogue or the folder of the index can't be read.
    pub fn read(collection: &Collection, catalog: &Catalog, key: &ModelKey) -> Result<Self, LibraryError> {
        let model = catalog.find_model(key)?;
        let counts = catalog.counts(model, &collection.prefix_bytes())?;
        let index =
            if has_segments(collection, catalog, key, model)? { IndexKind::Hnsw } else { IndexKind::Flat };
        Ok(Self { counts, index, bytes: catalog.bytes() })
    }
}

impl Library {
    /// Tells what is known of the part of the folder that was asked for.
    ///
    /// # Errors
    /// As [`Status::read`].
    pub fn status(&self) -> Result<Status, LibraryError> {
        Status::read(&self.collection, &self.catalog, &self.key)
    }
}

/// Whether graphs answer the searches of a browser in this collection: they are whole, and lead to nearly all pictures.
fn has_segments(
    collection: &Collection,
    catalog: &Catalog,
    key: &ModelKey,
    model: Option<i64>,
) -> Result<bool, LibraryError> {
    let policy = catalog.index_policy()?;
    let store = SegmentStore::new(collection.dir(), key.clone());
    let paths = store.paths()?;
    if policy == IndexPolicy::Never || paths.is_empty() {
        return Ok(false);
    }
    let pictures = catalog.counts(model, &[])?.pictures;
    let indexed = paths.iter().filter_map(|path| store.load(path).ok()).map(|segment| segment.rows()).sum();
    Ok(are_segments_used(policy, pictures, indexed))
}
