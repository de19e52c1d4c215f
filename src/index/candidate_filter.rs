//! From many rows with bounds of their scores to the best few, without losing one.
//!
//! At least k rows reach the k-th greatest lower bound, so that a row whose upper bound is below it can't be one of the
//! best k ([`super::quantized_query`] has the bounds). All other rows are candidates, whose scores are computed exactly.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::quantized_query::{Bounds, QuantizedQuery};
use super::top_k::{ScoredRow, TopK, by_score};
use super::vectors::VectorStore;

/// Candidates that are scored before looking whether the rest can still matter.
const CANDIDATES_PER_STEP: usize = 512;

/// A row that may be one of the best.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Number of the row.
    pub row: usize,
    /// Upper bound of its score, but for the query's error margin.
    pub upper: f32,
}

/// Collects the rows that can be among the best `k`, as their bounds become known.
pub(super) struct CandidateFilter {
    candidates: Vec<Candidate>,
    /// The greatest `k` lower bounds so far.
    lower_bounds: TopK<'static, f32, fn(&f32, &f32) -> Ordering>,
}

impl CandidateFilter {
    /// Makes a filter for the best `k` rows; `k` is at least 1.
    pub(super) fn new(k: usize) -> Self {
        static GREATEST_FIRST: fn(&f32, &f32) -> Ordering = |a, b| b.total_cmp(a);
        Self { candidates: Vec::new(), lower_bounds: TopK::new(k, &GREATEST_FIRST) }
    }

    /// Returns the threshold below which no upper bound can belong to one of the best rows.
    fn threshold(&self, query: &QuantizedQuery) -> f32 {
        self.lower_bounds.last().map_or(f32::NEG_INFINITY, |lower| lower - 2.0 * query.error_margin)
    }

    /// Takes in rows with the bounds of their scores. Rows that `keep` refuses are left out.
    pub(super) fn filter(
        &mut self,
        query: &QuantizedQuery,
        bounds: impl Iterator<Item = (usize, Bounds)>,
        keep: impl Fn(usize) -> bool,
    ) {
        let mut threshold = self.threshold(query);
        for (row, Bounds { lower, upper }) in bounds {
            if upper >= threshold && keep(row) {
                self.candidates.push(Candidate { row, upper });
                self.lower_bounds.offer(lower);
                threshold = self.threshold(query);
            }
        }
    }

    /// Takes over the candidates of a filter of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.candidates.extend(other.candidates);
        other.lower_bounds.into_items().for_each(|bound| self.lower_bounds.offer(bound));
    }

    /// Returns the rows that may be among the best `k` of all rows taken in.
    pub(super) fn into_candidates(mut self, query: &QuantizedQuery) -> Vec<Candidate> {
        let threshold = self.threshold(query);
        self.candidates.retain(|candidate| candidate.upper >= threshold);
        self.candidates
    }
}

/// Scores candidates exactly, in the order of their upper bounds, until no other can be one of the best `k`; returns
/// those, best first. `tie` orders rows of equal score. `error_margin` is that of the quantized query, or 0 where upper
/// bounds are infinite.
pub(super) fn rescore(
    vectors: &VectorStore,
    query: &[f32],
    error_margin: f32,
    mut candidates: Vec<Candidate>,
    k: usize,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<ScoredRow> {
    candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper));
    let order = |a: &ScoredRow, b: &ScoredRow| by_score(&tie, a, b);
    let mut best = TopK::new(k, &order);
    for step in candidates.chunks(CANDIDATES_PER_STEP.max(k)) {
        if best.last().is_some_and(|last| step[0].upper + error_margin < last.score) {
            break;
        }
        let scored: Vec<ScoredRow> = step
            .par_iter()
            .with_min_len(64)
            .map_init(|| vectors.scorer(query), |score, c| ScoredRow { row: c.row, score: score(c.row) })
            .collect();
        scored.into_iter().for_each(|scored| best.offer(scored));
    }
    best.into_sorted()
}
