//! What filters compare, in memory: a row for each picture, in the order of the vectors, so that a filter over a large
//! collection takes about a millisecond. It is read when the first filter or order asks for it.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::base::picture_facts::TakenAt;
use crate::catalog::{Catalog, CatalogError, FactsVersion, FilterFacts};
use crate::library::indexed_picture::IndexedPicture;

/// The facts of all rows.
#[derive(Debug, Default)]
pub(super) struct FactTable {
    rows: Vec<FilterFacts>,
    version: FactsVersion,
}

impl FactTable {
    /// A table in which nothing is known of `rows` rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { rows: vec![FilterFacts::default(); rows], version: FactsVersion::default() }
    }

    /// How far the catalogue was read.
    pub(super) fn version(&self) -> FactsVersion {
        self.version
    }

    /// The facts of a row.
    pub(super) fn row(&self, row: usize) -> &FilterFacts {
        &self.rows[row]
    }

    /// Has pictures that changed since a change of the catalogue read again: their rows may be new.
    pub(super) fn rewind(&mut self, change: i64) {
        self.version = self.version.rewound(change);
    }

    /// Follows the addition of a row, of which nothing is known before the next [`Self::refresh`].
    pub(super) fn push(&mut self) {
        self.rows.push(FilterFacts::default());
    }

    /// Follows the removal of a row, whose number the last row takes.
    pub(super) fn swap_remove(&mut self, row: usize) {
        self.rows.swap_remove(row);
    }

    /// Reads what changed in the catalogue. Of a picture whose time was never read, the file's time of change counts.
    ///
    /// # Errors
    /// When the catalogue can't be read; what changed is read again the next time.
    pub(super) fn refresh(
        &mut self,
        catalog: &Catalog,
        row_of: &HashMap<i64, usize>,
        infos: &[IndexedPicture],
    ) -> Result<(), CatalogError> {
        let (zone, rows) = (TimeZone::system(), &mut self.rows);
        self.version = catalog.filter_facts(self.version, |picture, mut facts| {
            let Some(&row) = row_of.get(&picture) else { return };
            let file = || {
                let taken = TakenAt::modified(infos[row].mtime_ns, &zone);
                (taken.seconds, taken.nanoseconds)
            };
            facts.taken.get_or_insert_with(file);
            rows[row] = facts;
        })?;
        Ok(())
    }
}
