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

    /// Opens the collection that a folder belongs to, which is made if there is none. With `beside`, its index lies in the
    /// folder itself.
    ///
    /// # Errors
    /// As [`Collection::open_or_create`].
    pub(super) fn create(folder: &Path, beside: bool) -> Result<Self> {
        let (collection, catalog) = Collection::open_or_create(folder, beside)?;
        Ok(Self { collection, catalog })
    }
}
