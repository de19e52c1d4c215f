//! The orders of results other than by score.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Hit, Searcher};
use crate::index::RowSet;
use crate::query::Sort;

impl Searcher {
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

    /// The day on which a picture was taken, as written by the camera, or else its file modified; `None` if it is not
    /// searchable or its facts were not read, as they are for an order by date.
    pub fn day(&self, id: i64) -> Option<Date> {
        let (seconds, _) = self.facts.as_ref()?.row(*self.row_of.get(&id)?).taken?;
        // The time is kept as if it were UTC.
        Some(TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).ok()?).date())
    }

    fn compare(&self, sort: Sort, a: usize, b: usize) -> Ordering {
        let (one, other) = (&self.infos[a], &self.infos[b]);
        let taken = |row| self.facts.as_ref().and_then(|facts| facts.row(row).taken);
        let pixels = |row| {
            let dimensions = self.facts.as_ref().and_then(|facts| facts.row(row).dimensions);
            dimensions.map(|(width, height)| u64::from(width) * u64::from(height))
        };
        let by = match sort {
            Sort::Score | Sort::Newest => taken(b).cmp(&taken(a)),
            Sort::Oldest => taken(a).cmp(&taken(b)),
            Sort::Largest => pixels(b).cmp(&pixels(a)),
            Sort::Name => name(&one.path).cmp(name(&other.path)),
        };
        by.then_with(|| one.path.cmp(&other.path))
    }
}

/// The bytes of a file's name in lower case, as far as they are ASCII.
fn name(path: &[u8]) -> impl Iterator<Item = u8> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.iter().map(u8::to_ascii_lowercase)
}
