//! Exact search: the codes of all rows tell which rows can be among the best, and those are scored exactly.
//!
//! The result is that of scoring every row in f64; [`super::candidate_filter`] says why no row is missed.

use std::cmp::Ordering;
use std::slice;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::candidate_filter::{Candidate, CandidateFilter, rescore};
use super::quantized_query::QuantizedQuery;
use super::top_k::ScoredRow;
use super::vectors::VectorStore;
use crate::base::cpu::Arch;
use crate::base::prefetch::prefetch;
use crate::base::simd::DotBytes;

/// Rows of one task: 256 kB of codes of 512 dimensions, which stay in the cache for all queries of a batch.
const ROWS_PER_TASK: usize = 512;

/// Rows that lie anywhere and that one task compares.
const CHOSEN_ROWS_PER_TASK: usize = 1024;

/// How many chosen rows ahead of their use codes are fetched from memory.
const PREFETCH_ROWS: usize = 8;

/// Queries that are answered in one pass over the rows.
const QUERIES_PER_PASS: usize = 32;

/// Returns the `k` rows with the greatest inner products with `query`, best first.
///
/// Rows that `keep` refuses are left out; `tie(a, b)` orders rows of equal score. A query that is not finite finds
/// nothing. Runs on the threads of the current rayon pool.
///
/// # Panics
/// When the query has another dimension than the rows.
pub(crate) fn search(
    vectors: &VectorStore,
    query: &[f32],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<ScoredRow> {
    search_batch(vectors, &[query], k, keep, tie).pop().unwrap_or_default()
}

/// Returns the `k` of `rows` with the greatest inner products with `query`, best first, as [`search`] does: for a set of few
/// rows, which are compared one by one wherever they lie.
///
/// # Panics
/// When the query has another dimension than the rows, or there is no such row.
pub(crate) fn search_rows(
    vectors: &VectorStore,
    query: &[f32],
    k: usize,
    rows: &[u32],
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<ScoredRow> {
    assert_eq!(query.len(), vectors.dimension(), "the dimension of a query");
    if k == 0 || query.iter().any(|x| !x.is_finite()) {
        return Vec::new();
    }
    match QuantizedQuery::new(query, vectors) {
        Some(quantized) => {
            let candidates = compare(rows, vectors, &quantized, k, |_| true).into_candidates(&quantized);
            rescore(vectors, query, quantized.error_margin, candidates, k, tie)
        }
        None => {
            let all = rows.iter().map(|row| Candidate { row: *row as usize, upper: f32::INFINITY });
            rescore(vectors, query, 0.0, all.collect(), k, tie)
        }
    }
}

/// Compares rows anywhere in the vector store with a query, and collects those that can be among the best `k`. Runs on the
/// threads of the current rayon pool.
pub(super) fn compare(
    rows: &[u32],
    vectors: &VectorStore,
    query: &QuantizedQuery,
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
) -> CandidateFilter {
    let arch = Arch::in_use();
    let compare = |mut filter: CandidateFilter, rows: &[u32]| {
        let mut products = vec![0; rows.len()];
        arch.dispatch(DotChosen { vectors, rows, query: &query.values, products: &mut products });
        let bounds = rows.iter().zip(&products).map(|(row, product)| {
            let row = *row as usize;
            (row, query.bounds(*product, vectors.quantizations()[row]))
        });
        filter.filter(query, bounds, &keep);
        filter
    };
    let merge = |mut all: CandidateFilter, part| {
        all.merge(part);
        all
    };
    let filter = || CandidateFilter::new(k);
    rows.par_chunks(CHOSEN_ROWS_PER_TASK).fold(filter, compare).reduce(filter, merge)
}

/// Inner products of the codes of rows that lie anywhere with those of a query.
struct DotChosen<'a> {
    vectors: &'a VectorStore,
    rows: &'a [u32],
    query: &'a [i16],
    products: &'a mut [i32],
}

impl WithSimd for DotChosen<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let dimension = self.vectors.dimension();
        let codes = |row: u32| &self.vectors.codes()[row as usize * dimension..][..dimension];
        for (number, (row, product)) in self.rows.iter().zip(self.products).enumerate() {
            if let Some(later) = self.rows.get(number + PREFETCH_ROWS) {
                prefetch(codes(*later));
            }
            let products = slice::from_mut(product);
            DotBytes { rows: codes(*row), query: self.query, products }.with_simd(simd);
        }
    }
}

/// Answers several queries as [`search`] does, one result for each: the rows are read once for all of them.
///
/// # Panics
/// When a query has another dimension than the rows.
pub(crate) fn search_batch(
    vectors: &VectorStore,
    queries: &[&[f32]],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<Vec<ScoredRow>> {
    assert!(queries.iter().all(|query| query.len() == vectors.dimension()), "the dimension of a query");
    if k == 0 {
        return vec![Vec::new(); queries.len()];
    }
    let mut answers = Vec::with_capacity(queries.len());
    for queries in queries.chunks(QUERIES_PER_PASS) {
        let quantized: Vec<_> = queries.iter().map(|query| QuantizedQuery::new(query, vectors)).collect();
        let candidates = candidates_of_each(vectors, &quantized, k, &keep);
        for ((query, quantized), candidates) in queries.iter().zip(&quantized).zip(candidates) {
            let (candidates, error_margin) = match quantized {
                Some(quantized) => (candidates, quantized.error_margin),
                None if query.iter().all(|x| x.is_finite()) => (all_rows(vectors, &keep), 0.0),
                None => (Vec::new(), 0.0),
            };
            answers.push(rescore(vectors, query, error_margin, candidates, k, &tie));
        }
    }
    answers
}

/// Makes every row that `keep` accepts a candidate.
fn all_rows(vectors: &VectorStore, keep: impl Fn(usize) -> bool) -> Vec<Candidate> {
    let rows = (0..vectors.len()).filter(|row| keep(*row));
    rows.map(|row| Candidate { row, upper: f32::INFINITY }).collect()
}

/// Returns the rows that may be among the best `k` of each query; none where a query could not be quantized.
fn candidates_of_each(
    vectors: &VectorStore,
    queries: &[Option<QuantizedQuery>],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
) -> Vec<Vec<Candidate>> {
    let arch = Arch::in_use();
    let filters = || queries.iter().map(|_| CandidateFilter::new(k)).collect::<Vec<_>>();
    let merged = vectors
        .codes()
        .par_chunks(ROWS_PER_TASK * vectors.dimension().max(1))
        .enumerate()
        .fold(
            || (filters(), [0; ROWS_PER_TASK]),
            |(mut filters, mut products), (task, codes)| {
                let first = task * ROWS_PER_TASK;
                for (query, filter) in queries.iter().zip(&mut filters) {
                    let Some(query) = query else { continue };
                    arch.dispatch(DotBytes { rows: codes, query: &query.values, products: &mut products });
                    let rows = products.iter().zip(&vectors.quantizations()[first..]).enumerate();
                    let bounds = rows.map(|(i, (product, quantization))| {
                        (first + i, query.bounds(*product, *quantization))
                    });
                    filter.filter(query, bounds, &keep);
                }
                (filters, products)
            },
        )
        .map(|(filters, _)| filters)
        .reduce(filters, |mut all, part| {
            all.iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
            all
        });
    let candidates = |(filter, query): (CandidateFilter, &Option<QuantizedQuery>)| {
        query.as_ref().map_or_else(Vec::new, |query| filter.into_candidates(query))
    };
    merged.into_iter().zip(queries).map(candidates).collect()
}

#[cfg(test)]
mod tests;
