//! A folder's collection and its catalogue, opened.

use std::path::Path;

use anyhow::Result;

use crate::catalog::Catalog;
use crate::library::Collection;

/// A folder's collection and its catalogue.
pub(super) struct Opened {
    pub(super) collection: Collection,
    pub(super) catalog: Catalog,
}

impl Opened {
    /// Opens the collection that a folder belongs to. `None` if there is none yet.
    ///
    /// # Errors
    /// As [`Collection::find`] and [`Collection::catalog`].
    pub(super) fn find(folder: &Path) -> Result<Option<Self>> {
        let Some(collection) = Collection::find(folder)? else { return Ok(None) };
        let catalog = collection.catalog()?;
        Ok(Some(Self { collection, catalog }))
    }
}
