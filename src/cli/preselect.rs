//! `--select-1` and `--exit-0`: what is decided before the browser opens.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use super::context::Context;
use super::index;
use crate::library::{Library, PathSet, Reader, SharedPlace, open_shared};
use crate::query::{self, Options};
use crate::tui::Searchable;

/// When the browser need not open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Preselect {
    /// When the query has a single result, which is chosen.
    pub(super) one: bool,
    /// When it has none.
    pub(super) none: bool,
}

impl Preselect {
    /// Brings the index up to date, unless it is browsed as it is, and asks the query. Returns the paths that are chosen
    /// without browsing: one, or none; `None` if the browser is to open, also for a query that is not finished.
    ///
    /// # Errors
    /// When the folder can't be indexed, or the index not be searched.
    pub(super) fn decide(
        self,
        context: &Context,
        searchable: &Searchable,
        query: &str,
        among: Option<&Arc<PathSet>>,
    ) -> Result<Option<Vec<PathBuf>>> {
        if !self.one && !self.none {
            return Ok(None);
        }
        let Ok(parsed) = query::read(query, Options::default()) else { return Ok(None) };
        let Ok(parsed) = context.config.searches.expand(parsed) else { return Ok(None) };
        let Searchable { collection, checkpoint, shared, index, .. } = searchable;
        let mut library = Library::new(collection.clone(), collection.catalog()?, checkpoint.clone());
        if let Some(options) = index {
            index::update(context, &mut library, options)?;
        }
        if let Some(SharedPlace { access, place }) = shared {
            let key = library.key().clone();
            library.use_store(open_shared(access, place.clone(), &key, Reader::Once)?);
        }
        library.store()?.limit_to(among.cloned())?;
        // Two tell one from many.
        let mut hits = library.ask(&parsed.query, 2)?.hits;
        let boundary = collection.boundary(library.catalog())?;
        let mut printable = boundary.printable();
        hits.retain(|hit| printable.allows(&hit.path));
        let is_decided = match hits.len() {
            0 => self.none,
            1 => self.one,
            _ => false,
        };
        Ok(is_decided.then(|| hits.iter().map(|hit| collection.root.join(&hit.path)).collect()))
    }
}
