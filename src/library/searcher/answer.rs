//! The answer to a question: what results should show, narrowed by filters, in an order.

use std::collections::HashMap;

use jiff::civil::Date;

use super::sorting::{Taken, day_of};
use super::{Folded, Hit, Searcher};
use crate::catalog::Catalog;
use crate::index::{Method, RowSet};
use crate::library::error::LibraryError;
use crate::library::expression::{EmbeddedTerm, combine};
use crate::library::query_error::{QueryFailure, QueryPart, QueryProblem};
use crate::query::{Filter, Query, Sort};

/// The part of a query that needs no model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Narrowing {
    /// What is true of every result.
    pub filters: Vec<Filter>,
    /// The order of the results; `None` for the best first, or the newest where nothing is compared.
    pub sort: Option<Sort>,
}

impl Narrowing {
    /// The filters and the order of a query.
    pub fn of(query: &Query) -> Self {
        Self { filters: query.filters.clone(), sort: query.sort }
    }

    /// Whether results are in the order of their dates. If nothing is compared with them, as `is_listing` says, the newest come
    /// first.
    pub fn is_by_date(&self, is_listing: bool) -> bool {
        match self.sort {
            Some(Sort::Newest | Sort::Oldest) => true,
            Some(Sort::Score) | None => is_listing,
            Some(Sort::Name | Sort::Largest) => false,
        }
    }

    /// Whether nothing is narrowed or ordered.
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.sort.is_none()
    }
}

/// What results should show.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// Whatever there is.
    Anything,
    /// What is similar to a vector of unit length.
    Vector(&'a [f32]),
    /// What fits several terms.
    Terms(&'a [EmbeddedTerm]),
}

/// The results of a question, and how they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The results in their order.
    pub hits: Vec<Hit>,
    /// The look-alikes that are folded beneath them; empty unless [`Searcher::set_folds`] asked for it.
    pub folded: Folded,
    /// If that order is by date: the day of each result, by its id, on which the picture was taken, as written by the camera,
    /// or else its file modified.
    pub days: HashMap<i64, Date>,
    /// The ends of terms' texts that the model did not read, since the texts are longer than it reads.
    pub unread: Vec<String>,
    /// Number of pictures that the filters leave.
    pub left: usize,
    /// Number of pictures that each of the filters would leave alone, in the order of the filters.
    pub left_by_each: Vec<usize>,
    /// How they were searched.
    pub method: Method,
}

/// Pictures in an order, what is folded beneath them, and the days of both.
type Listed = (Vec<Hit>, Folded, HashMap<i64, Date>);

impl Searcher {
    /// The `k` best pictures of those that filters leave, in an order: with an order other than by score, the `k` best are
    /// put into it. Of [`Target::Anything`], the first `k` in the order, else the newest.
    ///
    /// # Errors
    /// [`LibraryError::Query`] when the terms cancel out; others when the catalogue can't be read.
    pub fn answer(
        &mut self,
        catalog: &Catalog,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        let (set, left_by_each) = self.select(catalog, &narrowing.filters)?;
        let left = set.as_ref().map_or(self.len(), RowSet::count);
        let vector = match target {
            Target::Anything => {
                let (hits, folded, days) = self.listing(catalog, set, narrowing, k)?;
                let (unread, method) = (Vec::new(), Method::Listing);
                return Ok(Answer { hits, folded, days, unread, left, left_by_each, method });
            }
            Target::Vector(vector) => vector.to_vec(),
            Target::Terms(terms) => {
                let cancel_out = QueryFailure { part: QueryPart::Whole, reason: QueryProblem::CancelOut };
                combine(terms, |vector| self.score_deviation(vector)).ok_or(cancel_out)?
            }
        };
        let (mut hits, mut folded, method) = self.nearest_folded(&vector, k, set.as_ref());
        if let Some(sort) = narrowing.sort {
            self.refresh_facts(catalog)?;
            self.sort(&mut hits, sort);
            folded.values_mut().for_each(|hits| self.sort(hits, sort));
        }
        let days = if narrowing.is_by_date(false) {
            let rows =
                hits.iter().chain(folded.values().flatten()).filter_map(|hit| self.row_of.get(&hit.id));
            self.days(rows.map(|row| (*row, self.taken(*row))))
        } else {
            HashMap::new()
        };
        Ok(Answer { hits, folded, days, unread: Vec::new(), left, left_by_each, method })
    }

    /// The first `k` pictures of a set (none: all) in an order, else the newest; what is folded beneath them; and the days of
    /// all of these, if the order is by date.
    fn listing(
        &mut self,
        catalog: &Catalog,
        set: Option<RowSet>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Listed, LibraryError> {
        let sort = narrowing.sort.filter(|sort| *sort != Sort::Score).unwrap_or(Sort::Newest);
        let mut wanted = self.with_folded(k);
        loop {
            let rows = match &set {
                None if sort == Sort::Newest => self.newest_taken(catalog, wanted)?,
                set => {
                    self.refresh_facts(catalog)?;
                    let all = || RowSet::all(self.len());
                    let rows = match set {
                        Some(set) => self.first_rows(set, sort, wanted),
                        None => self.first_rows(&all(), sort, wanted),
                    };
                    rows.into_iter().map(|row| (row, self.taken(row))).collect()
                }
            };
            let found = rows.iter().map(|(row, _)| self.hit(*row, None)).collect();
            let Some((hits, mut folded)) = self.fold(k, wanted, found, None, set.as_ref(), &[]) else {
                wanted = wanted.saturating_mul(2);
                continue;
            };
            if !folded.is_empty() {
                self.refresh_facts(catalog)?;
                folded.values_mut().for_each(|hits| self.sort(hits, sort));
            }
            let mut days = HashMap::new();
            if narrowing.is_by_date(true) {
                days = self.days(rows);
                let beneath = folded.values().flatten().filter_map(|hit| self.row_of.get(&hit.id));
                days.extend(self.days(beneath.map(|row| (*row, self.taken(*row)))));
            }
            return Ok((hits, folded, days));
        }
    }

    /// The days of rows, by the ids of their pictures.
    fn days(&self, rows: impl IntoIterator<Item = (usize, Option<Taken>)>) -> HashMap<i64, Date> {
        let dated = |(row, taken): (usize, Option<Taken>)| Some((self.infos[row].id, day_of(taken?)?));
        rows.into_iter().filter_map(dated).collect()
    }

    /// The `k` pictures of a set most similar to a vector, best first, ties by path bytes.
    pub(super) fn nearest(&self, vector: &[f32], k: usize, set: Option<&RowSet>) -> (Vec<Hit>, Method) {
        let tie = |a: usize, b: usize| self.infos[a].path.cmp(&self.infos[b].path);
        let (best, method) = match set {
            None => self.index.search(vector, k, |_| true, tie, self.mode),
            Some(set) => self.index.search_set(vector, k, set, tie, self.mode),
        };
        (best.into_iter().map(|scored| self.hit(scored.row, Some(scored.score))).collect(), method)
    }
}
