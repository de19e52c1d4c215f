//! From many rows with bounds of their scores to the best few: none is lost.
//!
//! The k-th greatest of the scores' lower bounds is reached by k rows, so that a row whose upper bound is below
//! it can't be one of the first k ([`super::rounded`] has the bounds). The others are scored exactly.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::matrix::Matrix;
use super::rank::{Best, Scored, by_score};
use super::rounded::{Bounds, RoundedQuery};

/// Candidates that are scored before looking whether the rest can still matter.
const CANDIDATES_PER_STEP: usize = 512;

/// A row that may be one of the best.
pub struct Candidate {
    pub row: usize,
    /// Its score is at most this, but for the query's slack.
    pub most: f32,
}

/// What is known of a query after some of the rows.
pub struct Sieve {
    candidates: Vec<Candidate>,
    /// The greatest lower bounds.
    bounds: Best<'static, f32, fn(&f32, &f32) -> Ordering>,
}

impl Sieve {
    /// For the `k` best, at least one.
    pub fn new(k: usize) -> Self {
        static GREATEST_FIRST: fn(&f32, &f32) -> Ordering = |a, b| b.total_cmp(a);
        Self { candidates: Vec::new(), bounds: Best::new(k, &GREATEST_FIRST) }
    }

    /// No row whose upper bound is below this can be one of the best.
    fn least(&self, query: &RoundedQuery) -> f32 {
        self.bounds.last().map_or(f32::NEG_INFINITY, |least| least - 2.0 * query.slack)
    }

    /// Looks at rows, whose `bounds` these are; those that `keep` refuses are left out.
    pub fn pass(
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

    /// Takes over what is known from other rows.
    pub fn merge(&mut self, other: Self) {
        self.candidates.extend(other.candidates);
        other.bounds.into_items().for_each(|bound| self.bounds.offer(bound));
    }

    /// The rows that may be among the best of all that were looked at.
    pub fn into_candidates(mut self, query: &RoundedQuery) -> Vec<Candidate> {
        let needed = self.least(query);
        self.candidates.retain(|candidate| candidate.most >= needed);
        self.candidates
    }
}

/// Scores the candidates, those that promise most first, until no other can be one of the `k` best.
pub fn best_of(
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
