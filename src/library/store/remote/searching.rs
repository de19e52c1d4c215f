//! Answers to questions: the server finds candidates, which are narrowed, scored and put in order here.

use std::collections::{BTreeSet, HashMap};

use half::f16;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::expression::{Translated, all_of, translate};
use super::residual::Residual;
use super::row::{self, FoundRow, OUTPUT, OUTPUT_OF_LIST, OUTPUT_WITH_VECTOR, found_rows};
use super::schema::field;
use super::vectors::vector_store;
use super::{Remote, StoreErrorKind};
use crate::index::Method;
use crate::library::error::LibraryError;
use crate::library::expression::{EmbeddedTerm, combine};
use crate::library::query_error::{QueryFailure, QueryPart, QueryProblem};
use crate::library::searcher::{Answer, Folded, Narrowing, Ordered, Target, compare, day_of, deviation};
use crate::milvus::{Asked, IndexKind, MAX_ROWS, MilvusError};
use crate::query::{Filter, Sort, Test};

/// Candidates that are asked for beyond the results, so that pictures of equal scores are put in order here.
const SPARE: usize = 24;
/// The server computes cosines in single precision: scores that differ by less may be in any order there.
const UNCERTAIN: f32 = 1e-5;
/// How many times as many candidates are asked for when too few remain.
const GROWTH: usize = 4;
/// Number of vectors that the spread of scores is taken over.
const SAMPLE: usize = 2048;
/// The most pictures that a filter is looked at one by one, and the most keys that a question names.
const MOST_LOOKED_AT: usize = 1_000_000;
const MOST_NAMED: usize = 100_000;

/// A row with its score.
type Scored = (FoundRow, f32);

impl Remote {
    /// As [`crate::library::Searcher::answer`].
    pub(super) fn answer_within(
        &self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        if k > MAX_ROWS {
            return Err(self.error(StoreErrorKind::TooMany { most: MAX_ROWS }).into());
        }
        let filters = &narrowing.filters;
        if let Some(number) = filters.iter().position(|filter| matches!(filter.test, Test::Text(_))) {
            let reason = QueryProblem::NotAvailable("the filter text: of a store".to_owned());
            return Err(QueryFailure { part: QueryPart::Filter(number), reason }.into());
        }
        let words = |kind| self.error(StoreErrorKind::Words(kind));
        let today = TimeZone::system().to_datetime(Timestamp::now()).date();
        let Translated { expression, residual } =
            translate(filters, &self.place, today, &self.splitter).map_err(words)?;
        let expression = all_of(&[self.everything(), expression]);
        let residual =
            Residual::new(filters, &residual, &self.place, today, &self.splitter).map_err(words)?;
        let is_listing = matches!(target, Target::Anything);
        let found: Vec<(FoundRow, Option<f32>)> = match target {
            Target::Anything => {
                let sort = narrowing.sort.filter(|sort| *sort != Sort::Score).unwrap_or(Sort::Newest);
                self.listing(&expression, &residual, sort, k)?.into_iter().map(|row| (row, None)).collect()
            }
            Target::Vector(vector) => self.sorted(vector, &expression, &residual, narrowing.sort, k)?,
            Target::Terms(terms) => {
                let vector = self.combined(terms)?;
                self.sorted(&vector, &expression, &residual, narrowing.sort, k)?
            }
        };
        let days = match narrowing.is_by_date(is_listing) {
            true => found.iter().filter_map(|(row, _)| Some((row.key, day_of(taken(row))?))).collect(),
            false => Default::default(),
        };
        let (left, left_by_each) = self.left(&expression, &residual, filters, found.len(), k)?;
        let method = match (is_listing, self.index == IndexKind::Flat, filters.is_empty()) {
            (true, ..) => Method::Listing,
            (_, true, true) => Method::Exact,
            (_, true, false) => Method::ExactOfSet,
            (_, false, _) => Method::Graphs,
        };
        let hits = found.iter().filter_map(|(row, score)| self.hit(row, *score)).collect();
        Ok(Answer { hits, folded: Folded::new(), days, unread: Vec::new(), left, left_by_each, method })
    }

    /// The number of pictures that the filters leave, and that each leaves alone. Where the server can't tell, it is at most
    /// as many.
    fn left(
        &self,
        expression: &str,
        residual: &Residual<'_>,
        filters: &[Filter],
        found: usize,
        k: usize,
    ) -> Result<(usize, Vec<usize>), LibraryError> {
        if !self.counts {
            return Ok((found, Vec::new()));
        }
        let left = match residual.is_empty() || found >= k {
            true if filters.is_empty() => self.pictures,
            true => self.count(expression)?,
            false => found,
        };
        let today = TimeZone::system().to_datetime(Timestamp::now()).date();
        let alone = |filter: &Filter| {
            let alone = std::slice::from_ref(filter);
            let translated = translate(alone, &self.place, today, &self.splitter)
                .map_err(|kind| self.error(StoreErrorKind::Words(kind)))?;
            self.count(&all_of(&[self.everything(), translated.expression]))
        };
        Ok((left, filters.iter().map(alone).collect::<Result<_, LibraryError>>()?))
    }

    /// The `k` rows nearest to a vector, in an order.
    fn sorted(
        &self,
        vector: &[f32],
        expression: &str,
        residual: &Residual<'_>,
        sort: Option<Sort>,
        k: usize,
    ) -> Result<Vec<(FoundRow, Option<f32>)>, LibraryError> {
        let mut found = self.nearest(vector, expression, residual, k)?;
        if let Some(sort) = sort.filter(|sort| *sort != Sort::Score) {
            found.sort_by(|(a, _), (b, _)| compare(sort, &ordered(a), &ordered(b)));
        }
        Ok(found.into_iter().map(|(row, score)| (row, Some(score))).collect())
    }

    /// The `k` rows nearest to a vector among those for which an expression and the residual filters hold; best first, ties by
    /// path bytes.
    fn nearest(
        &self,
        vector: &[f32],
        expression: &str,
        residual: &Residual<'_>,
        k: usize,
    ) -> Result<Vec<Scored>, LibraryError> {
        if k == 0 {
            return Ok(Vec::new());
        }
        let mut wanted = if residual.is_empty() { k + SPARE } else { GROWTH * k + SPARE };
        loop {
            let limit = wanted.min(MAX_ROWS);
            let (mut rows, lowest) = self.candidates(vector, expression, limit, !residual.is_empty())?;
            let is_all = rows.len() < limit;
            residual.retain(&mut rows).map_err(|kind| self.error(StoreErrorKind::Words(kind)))?;
            let mut scored = self.scored(rows, vector)?;
            let is_settled = scored.get(k - 1).is_some_and(|(_, score)| *score > lowest + UNCERTAIN);
            if is_all || is_settled || limit == MAX_ROWS && (residual.is_empty() || scored.len() >= k) {
                scored.truncate(k);
                return Ok(scored);
            }
            if limit == MAX_ROWS {
                let keys = self.keys_that_hold(expression, residual)?;
                return self.nearest_of(vector, &keys, k);
            }
            wanted *= GROWTH;
        }
    }

    /// The `k` rows nearest to a vector among those with these keys.
    fn nearest_of(&self, vector: &[f32], keys: &[i64], k: usize) -> Result<Vec<Scored>, LibraryError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let limit = (k + SPARE).min(MAX_ROWS);
        let (rows, _) = self.candidates(vector, &format!("{} in {keys:?}", field::ID), limit, false)?;
        let mut scored = self.scored(rows, vector)?;
        scored.truncate(k);
        Ok(scored)
    }

    /// The keys of all rows for which an expression and the residual filters hold, looked at one by one.
    fn keys_that_hold(&self, expression: &str, residual: &Residual<'_>) -> Result<Vec<i64>, LibraryError> {
        let left = self.count(expression)?;
        if left > MOST_LOOKED_AT {
            return Err(self.error(StoreErrorKind::TooBroad { left, most: MOST_LOOKED_AT }).into());
        }
        let mut keys = Vec::new();
        self.scan_rows(expression, true, |mut rows| {
            residual.retain(&mut rows).map_err(|kind| self.error(StoreErrorKind::Words(kind)))?;
            keys.extend(rows.iter().map(|row| row.key));
            Ok(())
        })?;
        if keys.len() > MOST_NAMED {
            return Err(self.error(StoreErrorKind::TooBroad { left: keys.len(), most: MOST_NAMED }).into());
        }
        Ok(keys)
    }

    /// The rows that the server takes for the nearest, and the lowest of their cosines. With `facts`, residual filters can be
    /// looked at.
    fn candidates(
        &self,
        vector: &[f32],
        expression: &str,
        limit: usize,
        facts: bool,
    ) -> Result<(Vec<FoundRow>, f32), LibraryError> {
        let (output, dimension) = match (self.counts, facts) {
            (true, _) => (OUTPUT_WITH_VECTOR, Some(self.key.dimension)),
            (false, true) => (OUTPUT, None),
            (false, false) => (OUTPUT_OF_LIST, None),
        };
        let (scope, consistency) = (self.scope(), self.consistency);
        let asked = Asked { scope, expression, output, limit, consistency };
        let mut found = self
            .client
            .search(asked, field::VECTOR, vector, self.index)
            .map_err(|error| self.error(error))?;
        let mut rows =
            found_rows(&mut found.fields, found.keys.len(), dimension).map_err(|error| self.error(error))?;
        rows.iter_mut().zip(&found.scores).for_each(|(row, score)| row.score = *score);
        Ok((rows, found.scores.last().copied().unwrap_or(-1.0)))
    }

    /// Rows with their scores, best first, ties by path bytes. Scores are exact where the rows have their vectors. Where they
    /// have not, those of the server serve, but for rows whose scores are so near to one another that it can't tell their order.
    fn scored(&self, mut rows: Vec<FoundRow>, vector: &[f32]) -> Result<Vec<Scored>, LibraryError> {
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        if rows.iter().any(|row| row.vector.is_empty()) {
            let is_near = |pair: &[FoundRow]| pair[0].score - pair[1].score < UNCERTAIN;
            let near: Vec<usize> = (1..rows.len()).filter(|at| is_near(&rows[at - 1..=*at])).collect();
            let keys: BTreeSet<i64> = near.iter().flat_map(|at| [rows[at - 1].key, rows[*at].key]).collect();
            let vectors = self.vectors_of(&keys)?;
            for row in &mut rows {
                if let Some(vector) = vectors.get(&row.key) {
                    row.vector.clone_from(vector);
                }
            }
        }
        let known: Vec<&FoundRow> = rows.iter().filter(|row| !row.vector.is_empty()).collect();
        let store = vector_store(self.key.dimension, known.into_iter());
        let mut score = store.scorer(vector);
        let mut at = 0;
        let mut scored = Vec::with_capacity(rows.len());
        for row in rows {
            let exact = if row.vector.is_empty() {
                row.score
            } else {
                at += 1;
                score(at - 1)
            };
            scored.push((row, exact));
        }
        scored.sort_by(|(a, score), (b, other)| other.total_cmp(score).then_with(|| a.path.cmp(&b.path)));
        Ok(scored)
    }

    /// The vectors of rows, by key.
    fn vectors_of(&self, keys: &BTreeSet<i64>) -> Result<HashMap<i64, Vec<f16>>, LibraryError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let expression = format!("{} in {:?}", field::ID, keys.iter().collect::<Vec<_>>());
        let (scope, consistency) = (self.scope(), self.consistency);
        let (output, limit) = (&[field::ID, field::VECTOR], keys.len());
        let asked = Asked { scope, expression: &expression, output, limit, consistency };
        let read = || {
            let mut columns = self.client.query(asked)?;
            let rows = row::count(&columns);
            let found = columns.longs(field::ID, rows)?;
            Ok((found, columns.vectors(field::VECTOR, rows, self.key.dimension)?))
        };
        let (found, numbers) = read().map_err(|error: MilvusError| self.error(error))?;
        let vectors = numbers.chunks(self.key.dimension.max(1));
        let vectors = vectors.map(|vector| vector.iter().map(|number| f16::from_f32(*number)).collect());
        Ok(found.into_iter().zip(vectors).collect())
    }

    /// The vector of a query with these terms.
    fn combined(&self, terms: &[EmbeddedTerm]) -> Result<Vec<f32>, LibraryError> {
        let has = |is_picture| terms.iter().any(|term| term.is_picture == is_picture);
        if has(true) && has(false) && self.sample.get().is_none() {
            // Keys are hashes: those that come first are as good as drawn.
            let rows = self.rows(&self.everything(), SAMPLE, true)?;
            let _ = self.sample.set(vector_store(self.key.dimension, rows.iter()));
        }
        let spread = |vector: &[f32]| self.sample.get().and_then(|sample| deviation(sample, vector, 1));
        let cancel_out = QueryFailure { part: QueryPart::Whole, reason: QueryProblem::CancelOut };
        Ok(combine(terms, spread).ok_or(cancel_out)?)
    }
}

/// When a row was taken.
fn taken(row: &FoundRow) -> (i64, u32) {
    (row.taken.seconds, row.taken.nanoseconds)
}

/// What orders compare of a row.
pub(super) fn ordered(row: &FoundRow) -> Ordered<'_> {
    Ordered { path: &row.path, taken: Some(taken(row)), dimensions: row.dimensions }
}
