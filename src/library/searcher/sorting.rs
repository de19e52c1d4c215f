//! The orders of results other than by score.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Hit, Searcher};
use crate::catalog::{Catalog, CatalogError};
use crate::index::RowSet;
use crate::query::Sort;

/// A time in seconds since 1970, as if local time were UTC, and the nanoseconds of that second.
pub(in crate::library) type Taken = (i64, u32);

impl Searcher {
    /// The `k` newest rows, with the times when they were taken. Before the facts are in memory, the catalogue is asked for
    /// those alone, so that a browser that starts need not wait for the rest.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(super) fn newest_taken(
        &mut self,
        catalog: &Catalog,
        k: usize,
    ) -> Result<Vec<(usize, Option<Taken>)>, CatalogError> {
        // Of a picture without facts, the file's time of change counts, which the catalogue's order does not have.
        if self.facts.is_some() || catalog.facts_count()? < self.len() {
            self.refresh_facts(catalog)?;
            let rows = self.first_rows(&RowSet::all(self.len()), Sort::Newest, k);
            return Ok(rows.into_iter().map(|row| (row, self.taken(row))).collect());
        }
        let mut newest: Vec<(usize, Taken)> = Vec::new();
        catalog.newest(|picture, taken| {
            let goes_on = newest.len() < k || newest.last().is_some_and(|(_, last)| *last == taken);
            if let Some(row) = self.row_of.get(&picture).filter(|_| goes_on && k > 0) {
                newest.push((*row, taken));
            }
            goes_on
        })?;
        newest.sort_unstable_by(|(a, taken), (b, other)| {
            other.cmp(taken).then_with(|| self.infos[*a].path.cmp(&self.infos[*b].path))
        });
        newest.truncate(k);
        Ok(newest.into_iter().map(|(row, taken)| (row, Some(taken))).collect())
    }

    /// The first `k` rows of a set in an order; ties by path bytes. [`Sort::Score`] stands for the newest first, since there
    /// are no scores. The facts must have been read.
    pub(super) fn first_rows(&self, set: &RowSet, sort: Sort, k: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = set.rows().collect();
        let order = |a: &usize, b: &usize| self.compare(sort, *a, *b);
        if k < rows.len() {
            rows.select_nth_unstable_by(k, order);
            rows.truncate(k);
        }
        rows.sort_unstable_by(order);
        rows
    }

    /// Puts results into an order; by score they are already.
    pub(super) fn sort(&self, hits: &mut [Hit], sort: Sort) {
        if sort != Sort::Score {
            hits.sort_by(|a, b| match (self.row_of.get(&a.id), self.row_of.get(&b.id)) {
                (Some(a), Some(b)) => self.compare(sort, *a, *b),
                (a, b) => b.cmp(&a),
            });
        }
    }

    /// When the picture of a row was taken, as written by the camera, or else its file modified; `None` if its facts were not
    /// read, as they are for an order by date.
    pub(super) fn taken(&self, row: usize) -> Option<Taken> {
        self.facts.as_ref()?.row(row).taken
    }

    fn compare(&self, sort: Sort, a: usize, b: usize) -> Ordering {
        let ordered = |row: usize| Ordered {
            path: &self.infos[row].path,
            taken: self.taken(row),
            dimensions: self.facts.as_ref().and_then(|facts| facts.row(row).dimensions),
        };
        compare(sort, &ordered(a), &ordered(b))
    }
}

/// What orders compare of a picture.
#[derive(Debug, Clone, Copy)]
pub(in crate::library) struct Ordered<'a> {
    /// The bytes of its path.
    pub(in crate::library) path: &'a [u8],
    /// When it was taken.
    pub(in crate::library) taken: Option<Taken>,
    /// Width and height in pixels.
    pub(in crate::library) dimensions: Option<(u32, u32)>,
}

/// Which of two pictures comes first in an order; ties by path bytes. [`Sort::Score`] stands for the newest first.
pub(in crate::library) fn compare(sort: Sort, a: &Ordered<'_>, b: &Ordered<'_>) -> Ordering {
    let pixels =
        |one: &Ordered<'_>| one.dimensions.map(|(width, height)| u64::from(width) * u64::from(height));
    let by = match sort {
        Sort::Score | Sort::Newest => b.taken.cmp(&a.taken),
        Sort::Oldest => a.taken.cmp(&b.taken),
        Sort::Largest => pixels(b).cmp(&pixels(a)),
        Sort::Name => name(a.path).cmp(name(b.path)),
    };
    by.then_with(|| a.path.cmp(b.path))
}

/// The day of a time.
pub(in crate::library) fn day_of((seconds, _): Taken) -> Option<Date> {
    // The time is kept as if it were UTC.
    Some(TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).ok()?).date())
}

/// The bytes of a file's name in lower case, as far as they are ASCII.
fn name(path: &[u8]) -> impl Iterator<Item = u8> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.iter().map(u8::to_ascii_lowercase)
}
