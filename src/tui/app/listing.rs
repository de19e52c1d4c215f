//! A list of pictures that can take the place of the results.

use super::results::Results;
use crate::library::Hit;

/// Hits, and where the user is among them.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(super) hits: Vec<Hit>,
    pub(super) selected: usize,
    pub(super) offset: usize,
    pub(super) moved: bool,
}

impl Listing {
    /// Exchanges the listing with the results.
    pub(super) fn swap(&mut self, results: &mut Results) {
        std::mem::swap(&mut self.hits, &mut results.hits);
        std::mem::swap(&mut self.selected, &mut results.selected);
        std::mem::swap(&mut self.offset, &mut results.offset);
        std::mem::swap(&mut self.moved, &mut results.moved);
    }

    /// Takes pictures out that are there no more.
    pub(crate) fn remove(&mut self, gone: &[i64]) {
        self.hits.retain(|hit| !gone.contains(&hit.id));
        self.selected = self.selected.min(self.hits.len().saturating_sub(1));
    }
}
