//! Exact search: the bytes of all rows say which can be among the best, and those are scored exactly.
//!
//! No row is missed ([`super::sieve`] says why).

use std::cmp::Ordering;

use pulp::Arch;
use rayon::prelude::*;

use super::matrix::Matrix;
use super::rank::Scored;
use super::rounded::RoundedQuery;
use super::sieve::{Candidate, Sieve, best_of};
use crate::base::simd::DotBytes;

/// Rows of a task: 256 kB of 512-dimensional vectors, which stay in the cache for all queries of a batch.
const ROWS_PER_TASK: usize = 512;

/// Queries that are answered in one pass over the rows.
const QUERIES_PER_PASS: usize = 32;

/// The `k` rows with the greatest inner product with `query`, best first. `tie(a, b)` orders rows of equal
/// score; rows that `keep` refuses are left out. A query that isn't finite finds nothing.
///
/// Runs on the threads of rayon's pool.
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
    let passed = |(sieve, query): (Sieve, &Option<RoundedQuery>)| {
        query.as_ref().map_or_else(Vec::new, |query| sieve.into_candidates(query))
    };
    merged.into_iter().zip(queries).map(passed).collect()
}

#[cfg(test)]
mod tests;
