//! Vectors of rows, for scoring on this machine.

use super::row::FoundRow;
use crate::index::VectorStore;

/// The vectors of rows, as searches hold them.
pub(super) fn vector_store<'a>(dimension: usize, rows: impl Iterator<Item = &'a FoundRow>) -> VectorStore {
    let mut store = VectorStore::new(dimension);
    rows.for_each(|row| store.stage(&row.vector));
    store.commit();
    store
}
