//! Filters become the set of rows for which they hold.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::Searcher;
use super::fact_table::FactTable;
use super::set_cache::SetCache;
use crate::base::paths;
use crate::catalog::{Catalog, CatalogError, FilterFacts, WordColumn};
use crate::index::RowSet;
use crate::library::path_set::PathSet;
use crate::query::{Comparison, DateRange, Filter, Test};

/// The pixels of a megapixel.
const MEGAPIXEL: f64 = 1e6;

impl Searcher {
    /// Limits all searches from now on to the pictures of a list.
    pub fn set_among(&mut self, among: Option<Arc<PathSet>>) {
        self.selections = SetCache::limited_to(among);
    }

    /// The number of pictures that the list of [`Self::set_among`] names and that are searchable; `None` without a list.
    pub fn listed(&self) -> Option<usize> {
        let among = self.selections.among.as_ref()?;
        Some(self.infos.iter().filter(|info| among.contains(&info.path)).count())
    }

    /// Whether searches are limited to a list.
    pub(super) fn is_limited(&self) -> bool {
        self.selections.among.is_some()
    }

    /// Reads the facts of pictures that filters and orders need, as far as they changed. The browser does so ahead, so that
    /// the first filter need not wait.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn refresh_facts(&mut self, catalog: &Catalog) -> Result<(), CatalogError> {
        let facts = self.facts.get_or_insert_with(|| FactTable::new(self.infos.len()));
        facts.refresh(catalog, &self.row_of, &self.infos)
    }

    /// The rows for which all filters hold, and that are in the list of [`Self::set_among`]; `None` when nothing is left out.
    /// And the number of rows that each filter leaves alone.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(super) fn select(
        &mut self,
        catalog: &Catalog,
        filters: &[Filter],
    ) -> Result<(Option<RowSet>, Vec<usize>), CatalogError> {
        if filters.is_empty() && !self.is_limited() {
            return Ok((None, Vec::new()));
        }
        self.refresh_facts(catalog)?;
        let today = TimeZone::system().to_datetime(Timestamp::now()).date();
        let version = self.facts.as_ref().map(FactTable::version).unwrap_or_default();
        self.selections.keep_only_of((self.revision, version, today));
        let mut selected = RowSet::all(self.infos.len());
        if let Some(among) = self.selections.among.clone() {
            if self.selections.listed.is_none() {
                self.selections.listed = Some(self.rows_where(|row| among.contains(&self.infos[row].path)));
            }
            if let Some(listed) = &self.selections.listed {
                selected.narrow(listed, false);
            }
        }
        let mut each = Vec::with_capacity(filters.len());
        for filter in filters {
            let set = match self.selections.take(&filter.test) {
                Some(set) => set,
                None => self.passing(catalog, &filter.test, today)?,
            };
            selected.narrow(&set, filter.negated);
            each.push(if filter.negated { self.len() - set.count() } else { set.count() });
            // Texts are read without a change of the pictures.
            if !matches!(filter.test, Test::Text(_)) {
                self.selections.put(filter.test.clone(), set);
            }
        }
        Ok((Some(selected), each))
    }

    /// The rows that pass a test. Of a picture whose fact is unknown, no test is true.
    fn passing(&self, catalog: &Catalog, test: &Test, today: Date) -> Result<RowSet, CatalogError> {
        let path = |row: usize| &*self.infos[row].path;
        let words = |column, text: &str| -> Result<RowSet, CatalogError> {
            let pictures = catalog.with_words(column, text)?;
            let rows = pictures.iter().filter_map(|picture| self.row_of.get(picture).copied());
            Ok(RowSet::from_rows(self.infos.len(), rows))
        };
        Ok(match test {
            Test::In(folder) => self.rows_where(|row| folder.contains(path(row))),
            Test::Path(glob) => {
                let matcher = glob.matcher();
                self.rows_where(|row| matcher.matches(&paths::from_bytes(path(row))))
            }
            Test::Extension(extensions) => self.rows_where(|row| {
                let path = paths::from_bytes(path(row));
                let extension = Path::extension(&path).and_then(|extension| extension.to_str());
                extension.is_some_and(|extension| extensions.contains(extension))
            }),
            Test::After(_) | Test::Before(_) | Test::On(_) => match test.date_range(today) {
                Some(range) => self.facts_where(|facts| in_range(facts, range)),
                None => RowSet::all(self.infos.len()),
            },
            Test::Size(size) => self.facts_where(|facts| size.holds(facts.size)),
            Test::Width(width) => self.dimensions_where(|(wide, _)| width.holds(wide)),
            Test::Height(height) => self.dimensions_where(|(_, high)| height.holds(high)),
            Test::Megapixels(megapixels) => self.dimensions_where(|(wide, high)| {
                megapixels.holds(f64::from(wide) * f64::from(high) / MEGAPIXEL)
            }),
            Test::Shape(shape) => self.dimensions_where(|(wide, high)| shape.fits(wide, high)),
            Test::Iso(iso) => self.facts_where(|facts| facts.iso.is_some_and(|fact| iso.holds(fact))),
            Test::Rating(Comparison { operator, number }) => {
                // A rejected picture has fewer stars than none.
                let rating = Comparison { operator: *operator, number: i16::from(*number) };
                self.facts_where(|facts| facts.rating.is_some_and(|stars| rating.holds(stars.into())))
            }
            Test::Near(near) => self.facts_where(|facts| {
                facts.place.is_some_and(|(latitude, longitude)| near.contains(latitude, longitude))
            }),
            Test::Name(text) => words(WordColumn::Name, text)?,
            Test::Caption(text) => words(WordColumn::Caption, text)?,
            Test::Tag(text) => words(WordColumn::Tag, text)?,
            Test::Camera(text) => words(WordColumn::Camera, text)?,
            Test::Lens(text) => words(WordColumn::Lens, text)?,
            Test::Text(text) => words(WordColumn::Text, text)?,
        })
    }

    fn rows_where(&self, holds: impl Fn(usize) -> bool + Sync) -> RowSet {
        self.index.threads().install(|| RowSet::of(self.infos.len(), &holds))
    }

    fn facts_where(&self, holds: impl Fn(&FilterFacts) -> bool + Sync) -> RowSet {
        let Some(facts) = &self.facts else { return self.rows_where(|_| false) };
        self.rows_where(|row| holds(facts.row(row)))
    }

    fn dimensions_where(&self, holds: impl Fn((u32, u32)) -> bool + Sync) -> RowSet {
        self.facts_where(|facts| facts.dimensions.is_some_and(&holds))
    }
}

fn in_range(facts: &FilterFacts, DateRange { from, until }: DateRange) -> bool {
    // Periods begin with a second, so that parts of one change nothing.
    facts.taken.is_some_and(|(taken, _)| {
        from.is_none_or(|from| seconds(from) <= taken) && until.is_none_or(|until| taken < seconds(until))
    })
}

/// Seconds from 1970 to a local time, as if it were UTC.
pub(in crate::library) fn seconds(at: DateTime) -> i64 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    const DAY: i64 = 86_400;
    let days = (at.date() - EPOCH).get_days();
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    i64::from(days) * DAY + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
}

#[cfg(test)]
mod tests;
