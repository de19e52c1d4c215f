//! Where vectors and facts are searched: on this machine, or on a server that many machines share.
//!
//! [`Store`] is what searching needs of either. `local` is the catalogue and the vectors in memory; `remote` is a
//! collection on Milvus. Nothing outside this folder knows which of the two answers.

mod access;
mod browsed;
mod error;
mod local;
mod place;
mod records;
#[cfg(feature = "milvus")]
mod remote;
mod shared;
mod shared_update;
mod url;

use std::fs::Metadata;
use std::sync::Arc;

pub use access::StoreAccess;
pub use browsed::{BrowsedStore, FactsOfStore, SharedPlace, Step, open_browsed};
pub use error::{StoreError, StoreErrorKind, StoreTrouble};
pub(super) use place::picture_key;
pub use place::{Place, Shard};
pub use records::{Published, Publishing, Reader, RunState, SharedStatus, StoredFacts, StoredThumbnail};
pub use shared::{open_shared, shared_models, shared_status};
pub use url::{StoreUrl, StoreUrlError};

pub(super) use local::Local;

use super::error::LibraryError;
use super::path_set::PathSet;
use super::searcher::{Answer, Folded, Hit, Narrowing, Target};

/// A picture's vector, of unit length.
pub type Vector = Vec<f32>;

/// What searching needs of the place where vectors and facts are.
pub trait Store {
    /// Number of searchable pictures, as far as it was told last.
    fn pictures(&self) -> usize;

    /// Whether answers are what comparing every picture would give, unless something else is asked for.
    fn is_exact(&self) -> bool;

    /// The `k` best pictures of those that filters leave, in an order; see
    /// [`Searcher::answer`](super::Searcher::answer).
    ///
    /// # Errors
    /// [`LibraryError::Query`] when a part of the query can't be answered; others when the store can't be read.
    fn answer(&mut self, target: Target<'_>, narrowing: &Narrowing, k: usize)
    -> Result<Answer, LibraryError>;

    /// The `k` pictures most similar to the mean of those with these ids, which are left out; best first, with what is folded
    /// beneath them.
    ///
    /// # Errors
    /// When the store can't be read.
    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError>;

    /// The vector of a picture, if it is searchable.
    ///
    /// # Errors
    /// When the store can't be read.
    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError>;

    /// The vector of the picture with this path, relative to the collection's root, if its file is still what it was.
    ///
    /// # Errors
    /// When the store can't be read.
    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError>;

    /// The values of the filter `name` that pictures have and that begin with `typed`.
    ///
    /// # Errors
    /// When the store can't be read.
    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError>;

    /// Takes in what has changed. Returns whether answers may be others now.
    ///
    /// # Errors
    /// When the store can't be read.
    fn refresh(&mut self) -> Result<bool, LibraryError>;

    /// Limits all answers to the pictures of a list. Returns how many of them are searchable; all without a list.
    ///
    /// # Errors
    /// When the store can't be read.
    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError>;
}

impl<T: Store + ?Sized> Store for &mut T {
    fn pictures(&self) -> usize {
        (**self).pictures()
    }

    fn is_exact(&self) -> bool {
        (**self).is_exact()
    }

    fn answer(
        &mut self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        (**self).answer(target, narrowing, k)
    }

    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError> {
        (**self).similar(ids, k)
    }

    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError> {
        (**self).vector(id)
    }

    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError> {
        (**self).vector_of(path, metadata)
    }

    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError> {
        (**self).values(name, typed)
    }

    fn refresh(&mut self) -> Result<bool, LibraryError> {
        (**self).refresh()
    }

    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError> {
        (**self).limit_to(among)
    }
}
