//! From many rows with bounds of their scores to the best few, without losing one.
//!
//! At least k rows reach the k-th greatest lower bound, so that a row whose upper bound is below it can't be one of the
//! best k ([`super::quantized_query`] has the bounds). All other rows are candidates, whose scores are computed exactly.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::quantized_query::{Bounds, QuantizedQuery};
use super::top_k::{ScoredRow, TopK, by_score};
use super::vectors::VectorStore;
use crate::base::prefetch::prefetch;

/// Candidates that are scored before looking whether the rest can still matter.
const CANDIDATES_PER_STEP: usize = 512;

/// Candidates that one task scores.
const CANDIDATES_PER_TASK: usize = 64;
/// How many candidates ahead of their use rows are fetched from memory.
const PREFETCH_ROWS: usize = 2;

/// A row that may be one of the best.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Number of the row.
    pub row: usize,
    /// Upper bound of its score, but for the query's error margin.
    pub upper: f32,
}

/// The greatest `k` of many numbers. They are kept as integers of the same order, which compare in a moment: with a
/// thousand results, most of the time of a filter goes into this.
struct GreatestBounds {
    k: usize,
    /// Its top is the least of them.
    heap: BinaryHeap<Reverse<i32>>,
}

impl GreatestBounds {
    /// Maps a number to an integer that orders as the number does ([`f32::total_cmp`]), and back.
    fn key(bits: i32) -> i32 {
        bits ^ (((bits >> 31).cast_unsigned() >> 1).cast_signed())
    }

    /// The `k`th greatest number, once there are so many.
    fn kth(&self) -> Option<f32> {
        let least = self.heap.peek().filter(|_| self.heap.len() >= self.k)?;
        Some(f32::from_bits(Self::key(least.0).cast_unsigned()))
    }

    fn offer(&mut self, number: f32) {
        self.offer_key(Self::key(number.to_bits().cast_signed()));
    }

    fn offer_key(&mut self, key: i32) {
        if self.heap.len() < self.k {
            self.heap.push(Reverse(key));
        } else if let Some(mut least) = self.heap.peek_mut().filter(|least| least.0 < key) {
            *least = Reverse(key);
        }
    }
}

/// Collects the rows that can be among the best `k`, as their bounds become known.
pub(super) struct CandidateFilter {
    candidates: Vec<Candidate>,
    /// The greatest `k` lower bounds so far.
    lower_bounds: GreatestBounds,
}

impl CandidateFilter {
    /// Makes a filter for the best `k` rows; `k` is at least 1.
    pub(super) fn new(k: usize) -> Self {
        Self { candidates: Vec::new(), lower_bounds: GreatestBounds { k, heap: BinaryHeap::new() } }
    }

    /// Returns the threshold below which no upper bound can belong to one of the best rows.
    fn threshold(&self, query: &QuantizedQuery) -> f32 {
        self.lower_bounds.kth().map_or(f32::NEG_INFINITY, |lower| lower - 2.0 * query.error_margin)
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
        other.lower_bounds.heap.into_iter().for_each(|Reverse(key)| self.lower_bounds.offer_key(key));
    }

    /// Returns the rows that may be among the best `k` of all rows taken in.
    pub(super) fn into_candidates(mut self, query: &QuantizedQuery) -> Vec<Candidate> {
        let threshold = self.threshold(query);
        self.candidates.retain(|candidate| candidate.upper >= threshold);
        self.candidates
    }
}

/// Scores candidates one after the other. Their rows lie anywhere, so that each is fetched a little before.
fn score_each(
    vectors: &VectorStore,
    score: &mut impl FnMut(usize) -> f32,
    candidates: &[Candidate],
) -> Vec<ScoredRow> {
    let scored = candidates.iter().enumerate().map(|(number, candidate)| {
        if let Some(later) = candidates.get(number + PREFETCH_ROWS) {
            prefetch(vectors.row(later.row));
        }
        ScoredRow { row: candidate.row, score: score(candidate.row) }
    });
    scored.collect()
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
        let scored: Vec<Vec<ScoredRow>> = step
            .par_chunks(CANDIDATES_PER_TASK)
            .map_init(|| vectors.scorer(query), |score, candidates| score_each(vectors, score, candidates))
            .collect();
        scored.into_iter().flatten().for_each(|scored| best.offer(scored));
    }
    best.into_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_bounds_are_kept_in_order() {
        let numbers = [0.5_f32, -3.0, -0.0, 0.0, f32::NEG_INFINITY, 1e-40, -1e-40, 7.25, -3.5, f32::INFINITY];
        let mut sorted = numbers;
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        for k in 1..=numbers.len() {
            let mut bounds = GreatestBounds { k, heap: BinaryHeap::new() };
            for (given, number) in numbers.iter().enumerate() {
                assert_eq!(bounds.kth().is_some(), given >= k);
                bounds.offer(*number);
            }
            assert_eq!(bounds.kth().map(f32::to_bits), Some(sorted[k - 1].to_bits()), "{k}");
        }
    }
}
