//! The store on this machine: the catalogue, and the vectors in memory.

use std::fs::Metadata;
use std::sync::Arc;

use super::{Store, Vector};
use crate::catalog::Catalog;
use crate::library::error::LibraryError;
use crate::library::path_set::PathSet;
use crate::library::searcher::{Answer, Folded, Hit, Narrowing, Searcher, Target};

/// The catalogue and the vectors of its pictures.
pub(in crate::library) struct Local<'a> {
    /// The vectors.
    pub(in crate::library) searcher: &'a mut Searcher,
    /// The catalogue.
    pub(in crate::library) catalog: &'a mut Catalog,
}

impl Store for Local<'_> {
    fn pictures(&self) -> usize {
        self.searcher.len()
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(
        &mut self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        self.searcher.answer(self.catalog, target, narrowing, k)
    }

    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError> {
        Ok(self.searcher.similar(self.catalog, ids, k)?)
    }

    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError> {
        Ok(self.searcher.embedding(id))
    }

    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError> {
        let id = self.catalog.unchanged(path, metadata)?;
        Ok(id.and_then(|id| self.searcher.embedding(id)))
    }

    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError> {
        Ok(self.searcher.values(self.catalog, name, typed)?)
    }

    fn refresh(&mut self) -> Result<bool, LibraryError> {
        self.searcher.refresh(self.catalog)
    }

    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError> {
        self.searcher.set_among(among);
        Ok(self.searcher.listed().unwrap_or(self.searcher.len()))
    }
}
