//! Exact search: every row of a contiguous matrix is scored.
//!
//! The inner products are done by [`crate::simd`], on all threads of rayon's pool.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::simd;

/// Rows a task scores: about 1 MB of 512-dimensional vectors.
const ROWS_PER_TASK: usize = 512;

/// A row and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    pub row: usize,
    /// Inner product with the query.
    pub score: f32,
}

/// The `k` rows of `matrix` (row-major, rows of `query.len()`) with the greatest inner product with
/// `query`, best first. `tie(a, b)` orders rows of equal score; rows that `keep` refuses are left out.
pub fn top_k(
    matrix: &[f32],
    query: &[f32],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Vec<Scored> {
    if query.is_empty() || k == 0 {
        return Vec::new();
    }
    let arch = Arch::new();
    let better = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then_with(|| tie(a.row, b.row));
    let mut best = matrix
        .par_chunks(ROWS_PER_TASK * query.len())
        .enumerate()
        .map(|(task, rows)| {
            let mut best = BinaryHeap::with_capacity(k.min(ROWS_PER_TASK) + 1);
            for (i, vector) in rows.chunks_exact(query.len()).enumerate() {
                let row = task * ROWS_PER_TASK + i;
                let scored = Scored { row, score: arch.dispatch(Dot(vector, query)) };
                let candidate = Worst { scored, better: &better };
                if best.len() < k {
                    if keep(row) {
                        best.push(candidate);
                    }
                } else if best.peek().is_some_and(|worst| candidate < *worst) && keep(row) {
                    best.pop();
                    best.push(candidate);
                }
            }
            best.into_iter().map(|worst| worst.scored).collect::<Vec<_>>()
        })
        .reduce(Vec::new, |mut all, part| {
            all.extend(part);
            if all.len() > k {
                all.select_nth_unstable_by(k - 1, &better);
                all.truncate(k);
            }
            all
        });
    best.sort_unstable_by(better);
    best
}

/// Orders a heap so that its top is the worst of the rows kept.
struct Worst<'a, F> {
    scored: Scored,
    better: &'a F,
}

impl<F: Fn(&Scored, &Scored) -> Ordering> Ord for Worst<'_, F> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.better)(&self.scored, &other.scored)
    }
}

impl<F: Fn(&Scored, &Scored) -> Ordering> PartialOrd for Worst<'_, F> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<F: Fn(&Scored, &Scored) -> Ordering> PartialEq for Worst<'_, F> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<F: Fn(&Scored, &Scored) -> Ordering> Eq for Worst<'_, F> {}

/// Inner product of two slices of one length.
struct Dot<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        simd::dot(simd, self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, dimension: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        std::iter::repeat_with(next).take(rows * dimension).collect()
    }

    fn oracle(matrix: &[f32], query: &[f32], k: usize) -> Vec<usize> {
        let mut scores: Vec<(usize, f64)> = matrix
            .chunks_exact(query.len())
            .map(|row| row.iter().zip(query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
            .enumerate()
            .collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        scores.into_iter().take(k).map(|(row, _)| row).collect()
    }

    #[test]
    fn agrees_with_a_plain_scan() {
        for (rows, dimension, k) in [(3000, 96, 10), (1, 512, 5), (700, 33, 50), (513, 8, 513), (5, 3, 1)] {
            let matrix = matrix(rows, dimension);
            let query = &matrix[..dimension];
            let found: Vec<usize> =
                top_k(&matrix, query, k, |_| true, |a, b| a.cmp(&b)).iter().map(|s| s.row).collect();
            assert_eq!(found, oracle(&matrix, query, k), "{rows} x {dimension}, k = {k}");
        }
    }

    #[test]
    fn ties_are_ordered_as_asked_also_across_tasks() {
        let matrix = [1.0, 0.0].repeat(3 * ROWS_PER_TASK);
        let rows = |tie: fn(usize, usize) -> Ordering| -> Vec<usize> {
            top_k(&matrix, &[1.0, 0.0], 3, |_| true, tie).iter().map(|s| s.row).collect()
        };
        assert_eq!(rows(|a, b| a.cmp(&b)), [0, 1, 2]);
        assert_eq!(rows(|a, b| b.cmp(&a)), [1535, 1534, 1533]);
    }

    #[test]
    fn refused_rows_are_left_out_and_k_may_be_zero() {
        let matrix = [1.0, 2.0, 3.0, 4.0];
        let even = top_k(&matrix, &[1.0], 9, |row| row % 2 == 0, |a, b| a.cmp(&b));
        assert_eq!(even.iter().map(|s| s.row).collect::<Vec<_>>(), [2, 0]);
        assert!(top_k(&matrix, &[1.0], 0, |_| true, |a, b| a.cmp(&b)).is_empty());
        assert!(top_k(&[], &[1.0], 3, |_| true, |a, b| a.cmp(&b)).is_empty());
    }
}
