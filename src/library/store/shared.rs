//! What commands ask of a store elsewhere. A pixseek that was built without the feature `milvus` refuses all of it.

use super::Store;
use super::access::StoreAccess;
#[cfg(not(feature = "milvus"))]
use super::error::{StoreError, StoreErrorKind};
use super::place::Place;
use super::records::{Reader, SharedStatus};
#[cfg(feature = "milvus")]
use super::remote::{self, Remote};
use crate::base::model_key::ModelKey;
use crate::library::error::LibraryError;

/// Opens the part of a store that a folder has, with one model.
///
/// # Errors
/// When the server can't be reached, or has no vectors of the model.
pub fn open_shared(
    access: &StoreAccess,
    place: Place,
    key: &ModelKey,
    reader: Reader,
) -> Result<Box<dyn Store + Send>, LibraryError> {
    #[cfg(feature = "milvus")]
    {
        Ok(Box::new(Remote::open(access, place, key, reader)?))
    }
    #[cfg(not(feature = "milvus"))]
    {
        let _ = (place, key, reader);
        Err(not_built(access))
    }
}

/// The models that a store has vectors of.
///
/// # Errors
/// When the server can't be reached, or has no collection of that name.
pub fn shared_models(access: &StoreAccess) -> Result<Vec<ModelKey>, LibraryError> {
    #[cfg(feature = "milvus")]
    {
        remote::models_of(access)
    }
    #[cfg(not(feature = "milvus"))]
    {
        Err(not_built(access))
    }
}

/// What is known of a folder's part of a store.
///
/// # Errors
/// As [`open_shared`].
pub fn shared_status(
    access: &StoreAccess,
    place: Place,
    key: &ModelKey,
) -> Result<SharedStatus, LibraryError> {
    #[cfg(feature = "milvus")]
    {
        Remote::open(access, place, key, Reader::Once)?.status()
    }
    #[cfg(not(feature = "milvus"))]
    {
        let _ = (place, key);
        Err(not_built(access))
    }
}

#[cfg(not(feature = "milvus"))]
pub(super) fn not_built(access: &StoreAccess) -> LibraryError {
    Box::new(StoreError { store: access.url.clone(), kind: StoreErrorKind::NotBuilt }).into()
}
