//! Making the collections of a store.

use super::schema::{self, field};
use crate::library::store::access::StoreAccess;
use crate::library::store::error::{StoreError, StoreErrorKind};
use crate::milvus::{Client, Consistency, IndexKind, MilvusError, Schema};

/// Makes a collection with these fields, and an index of its vectors of the kind that `kind` names, unless they are there.
///
/// # Errors
/// When the server can't be reached, or there is a collection of that name with other fields.
pub(super) fn ensure(
    client: &Client,
    access: &StoreAccess,
    name: &str,
    wanted: &Schema,
    properties: &[(&str, &str)],
    kind: impl FnOnce() -> IndexKind,
) -> Result<(), Box<StoreError>> {
    let failed = |error: MilvusError| access.error(error);
    if client.schema(name).map_err(failed)?.is_none() {
        let made = client.create(name, wanted, Consistency::Bounded, properties);
        // Another machine may have been quicker.
        if client.schema(name).map_err(failed)?.is_none() {
            made.map_err(failed)?;
        }
    }
    let found = client.schema(name).map_err(failed)?.unwrap_or_default();
    schema::fits(&found, wanted)
        .map_err(|reason| access.error(StoreErrorKind::Unfit { name: name.to_owned(), reason }))?;
    if client.index(name, field::VECTOR).map_err(failed)?.is_none() {
        client.create_index(name, field::VECTOR, kind()).map_err(failed)?;
    }
    Ok(())
}
