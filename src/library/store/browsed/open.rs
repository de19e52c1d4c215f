//! Opens the store that a browser asks.

use super::local::LocalBrowsed;
#[cfg(feature = "milvus")]
use super::shared::SharedBrowsed;
use super::{BrowsedStore, SharedPlace};
use crate::base::model_key::ModelKey;
use crate::clip::Checkpoint;
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::open::model_key;
#[cfg(not(feature = "milvus"))]
use crate::library::store::shared::not_built;

/// Opens the store that a browser asks: the one at `shared`, which need not be reachable yet, else the index of this machine.
///
/// # Errors
/// When the catalogue can't be read, or the system has no thread left.
pub fn open_browsed(
    collection: &Collection,
    checkpoint: &Checkpoint,
    shared: Option<&SharedPlace>,
) -> Result<Box<dyn BrowsedStore>, LibraryError> {
    let key: ModelKey = model_key(checkpoint);
    match shared {
        None => Ok(Box::new(LocalBrowsed::open(collection, checkpoint, key)?)),
        #[cfg(feature = "milvus")]
        Some(shared) => Ok(Box::new(SharedBrowsed::new(shared.clone(), key)?)),
        #[cfg(not(feature = "milvus"))]
        Some(shared) => Err(not_built(&shared.access)),
    }
}
