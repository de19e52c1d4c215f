//! Exact search: the bytes of all rows say which can be among the best, and those are scored exactly.
//!
//! No row is missed: the k-th greatest of the scores' lower bounds is reached by k rows, so that a row whose
//! upper bound is below it can't be one of the first k ([`super::rounded`] has the bounds).

use std::cmp::Ordering;

use pulp::Arch;
use rayon::prelude::*;

use super::matrix::Matrix;
use super::rank::{Best, Scored, by_score};
use super::rounded::{Bounds, RoundedQuery};
use crate::simd::DotBytes;

/// Rows of a task: 256 kB of 512-dimensional vectors, which stay in the cache for all queries of a batch.
const ROWS_PER_TASK: usize = 512;

/// Queries that are answered in one pass over the rows.
const QUERIES_PER_PASS: usize = 32;

/// Candidates that are scored before looking whether the rest can still matter.
const CANDIDATES_PER_STEP: usize = 512;

/// A row that may be one of the best.
struct Candidate {
    row: usize,
    /// Its score is at most this, but for the query's slack.
    most: f32,
}

/// The `k` rows with the greatest inner product with `query`, best first. `tie(a, b)` orders rows of equal
/// score; rows that `keep` refuses are left out. A query that isn't finite finds nothing.
///
/// Runs on the threads of rayon's pool. The rows must have been [settled](Matrix::settle).
///
/// # Panics
/// When the query has another dimension than the rows.
pub fn top_k(
    matrix: &Matrix,
    query: &[f32],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<Scored> {
    top_k_each(matrix, &[query], k, keep, tie).pop().unwrap_or_default()
}

/// As [`top_k`], for several queries at once: the rows are read once for all of them.
pub fn top_k_each(
    matrix: &Matrix,
    queries: &[&[f32]],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<Vec<Scored>> {
    assert!(queries.iter().all(|query| query.len() == matrix.dimension()), "the dimension of a query");
    if k == 0 {
        return vec![Vec::new(); queries.len()];
    }
    let mut answers = Vec::with_capacity(queries.len());
    for queries in queries.chunks(QUERIES_PER_PASS) {
        let rounded: Vec<_> = queries.iter().map(|query| RoundedQuery::new(query, matrix)).collect();
        let passed = first_pass(matrix, &rounded, k, &keep);
        for ((query, rounded), passed) in queries.iter().zip(&rounded).zip(passed) {
            let (candidates, slack) = match rounded {
                Some(rounded) => (passed, rounded.slack),
                None if query.iter().all(|x| x.is_finite()) => (everything(matrix, &keep), 0.0),
                None => (Vec::new(), 0.0),
            };
            answers.push(best_of(matrix, query, slack, candidates, k, &tie));
        }
    }
    answers
}

fn everything(matrix: &Matrix, keep: impl Fn(usize) -> bool) -> Vec<Candidate> {
    let rows = (0..matrix.len()).filter(|row| keep(*row));
    rows.map(|row| Candidate { row, most: f32::INFINITY }).collect()
}

/// What is known of a query after some of the rows.
struct Sieve {
    candidates: Vec<Candidate>,
    /// The greatest lower bounds.
    bounds: Best<'static, f32, fn(&f32, &f32) -> Ordering>,
}

impl Sieve {
    fn new(k: usize) -> Self {
        static GREATEST_FIRST: fn(&f32, &f32) -> Ordering = |a, b| b.total_cmp(a);
        Self { candidates: Vec::new(), bounds: Best::new(k, &GREATEST_FIRST) }
    }

    /// No row whose upper bound is below this can be one of the best.
    fn least(&self, query: &RoundedQuery) -> f32 {
        self.bounds.last().map_or(f32::NEG_INFINITY, |least| least - 2.0 * query.slack)
    }

    /// Looks at rows, whose `bounds` these are.
    fn pass(
        &mut self,
        query: &RoundedQuery,
        bounds: impl Iterator<Item = (usize, Bounds)>,
        keep: impl Fn(usize) -> bool,
    ) {
        let mut needed = self.least(query);
        for (row, Bounds { least, most }) in bounds {
            if most >= needed && keep(row) {
                self.candidates.push(Candidate { row, most });
                self.bounds.offer(least);
                needed = self.least(query);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.candidates.extend(other.candidates);
        other.bounds.into_items().for_each(|bound| self.bounds.offer(bound));
    }
}

/// The rows that may be among the `k` best of each query; none for a query that is not there.
fn first_pass(
    matrix: &Matrix,
    queries: &[Option<RoundedQuery>],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
) -> Vec<Vec<Candidate>> {
    let arch = Arch::new();
    let sieves = || queries.iter().map(|_| Sieve::new(k)).collect::<Vec<_>>();
    let merged = matrix
        .bytes()
        .par_chunks(ROWS_PER_TASK * matrix.dimension().max(1))
        .enumerate()
        .fold(
            || (sieves(), [0; ROWS_PER_TASK]),
            |(mut sieves, mut products), (task, bytes)| {
                let first = task * ROWS_PER_TASK;
                for (query, sieve) in queries.iter().zip(&mut sieves) {
                    let Some(query) = query else { continue };
                    arch.dispatch(DotBytes { rows: bytes, query: &query.values, products: &mut products });
                    let rows = products.iter().zip(&matrix.roundings()[first..]).enumerate();
                    let bounds =
                        rows.map(|(i, (product, rounding))| (first + i, query.between(*product, *rounding)));
                    sieve.pass(query, bounds, &keep);
                }
                (sieves, products)
            },
        )
        .map(|(sieves, _)| sieves)
        .reduce(sieves, |mut all, part| {
            all.iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
            all
        });
    let passed = |(mut sieve, query): (Sieve, &Option<RoundedQuery>)| {
        let needed = query.as_ref().map_or(f32::NEG_INFINITY, |query| sieve.least(query));
        sieve.candidates.retain(|candidate| candidate.most >= needed);
        sieve.candidates
    };
    merged.into_iter().zip(queries).map(passed).collect()
}

/// Scores the candidates, those that promise most first, until no other can be one of the `k` best.
fn best_of(
    matrix: &Matrix,
    query: &[f32],
    slack: f32,
    mut candidates: Vec<Candidate>,
    k: usize,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<Scored> {
    candidates.sort_unstable_by(|a, b| b.most.total_cmp(&a.most));
    let order = |a: &Scored, b: &Scored| by_score(&tie, a, b);
    let mut best = Best::new(k, &order);
    for step in candidates.chunks(CANDIDATES_PER_STEP.max(k)) {
        if best.last().is_some_and(|last| step[0].most + slack < last.score) {
            break;
        }
        let scored: Vec<Scored> = step
            .par_iter()
            .with_min_len(64)
            .map_init(|| matrix.scorer(query), |score, c| Scored { row: c.row, score: score(c.row) })
            .collect();
        scored.into_iter().for_each(|scored| best.offer(scored));
    }
    best.into_sorted()
}

#[cfg(test)]
#[path = "flat_tests.rs"]
mod tests;
