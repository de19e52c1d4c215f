//! Search by graphs: candidates from each segment and from the rows that are in none, then ranked exactly.

use std::cmp::Ordering;

use pulp::Arch;
use rayon::prelude::*;

use super::graphs::Graphs;
use super::segment::Segment;
use super::walk::{Found, Walk};
use crate::search::matrix::Matrix;
use crate::search::rank::Scored;
use crate::search::rounded::RoundedQuery;
use crate::search::sieve::{Sieve, best_of};
use crate::simd::DotBytes;

/// How many of the best points all walks together keep in sight at least, and each of them.
const EF: usize = 128;
const EF_EACH: usize = 32;

/// A point that is kept in sight costs as much as comparing this many rows one after the other
/// (ARCHITECTURE.md has the measurement).
const ROWS_A_POINT: usize = 75;

/// Rows of the tail that are a task.
const ROWS_PER_TASK: usize = 1024;

/// How far to look in each of `segments` for `k` rows. The best are spread over them; where they are not,
/// [`found_in`] looks further.
fn first_ef(k: usize, segments: usize) -> usize {
    EF_EACH.max(EF.max(k + k / 2) / segments.max(1))
}

/// Whether asking the graphs for `k` rows takes less time than comparing all.
pub fn pays(graphs: &Graphs, k: usize) -> bool {
    let segments = graphs.segments().filter(|segment| segment.is_usable()).count();
    let looked_at = segments * first_ef(k, segments) * ROWS_A_POINT + rows_beside(graphs);
    segments > 0 && looked_at < graphs.len()
}

/// Number of rows that are compared one by one.
pub fn rows_beside(graphs: &Graphs) -> usize {
    let unusable = graphs.segments().filter(|segment| !segment.is_usable());
    graphs.tail().len() + unusable.map(|segment| segment.live).sum::<usize>()
}

/// As [`top_k`](crate::search::top_k), of the rows that are likely to be the best: their order and scores are
/// exact, but some may be missing. None when that can't be told: the query can't be rounded, or fewer than
/// `k` rows were found.
///
/// # Panics
/// When the query has another dimension than the rows.
pub fn top_k(
    graphs: &Graphs,
    matrix: &Matrix,
    query: &[f32],
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Option<Vec<Scored>> {
    assert_eq!(query.len(), matrix.dimension(), "the dimension of a query");
    let rounded = RoundedQuery::new(query, matrix)?;
    let (usable, others): (Vec<_>, Vec<_>) = graphs.segments().partition(|segment| segment.is_usable());
    let found = found_in(&usable, matrix, &rounded, k);
    let mut sieve = Sieve::new(k);
    let rows = usable.iter().zip(&found).flat_map(|(segment, found)| {
        found.iter().flat_map(|found| {
            let rows = graphs.rows_of(segment.rows[found.node as usize]);
            rows.map(|row| (row, rounded.between(found.product, matrix.roundings()[row])))
        })
    });
    sieve.pass(&rounded, rows, &keep);
    let beside = others.iter().flat_map(|segment| &segment.rows).flat_map(|first| graphs.rows_of(*first));
    let beside: Vec<u32> = graphs.tail().iter().copied().chain(beside.map(|row| row as u32)).collect();
    sieve.merge(one_by_one(&beside, matrix, &rounded, k, &keep));
    let candidates = sieve.into_candidates(&rounded);
    let best = best_of(matrix, query, rounded.slack, candidates, k, tie);
    (best.len() >= k).then_some(best)
}

/// The points that each segment has to offer. A segment that has more than its share of the best is asked again
/// for more, since it may have still more of them.
fn found_in(segments: &[&Segment], matrix: &Matrix, query: &RoundedQuery, k: usize) -> Vec<Vec<Found>> {
    let arch = Arch::new();
    let mut asked: Vec<(usize, Vec<Found>)> =
        segments.iter().map(|_| (first_ef(k, segments.len()), Vec::new())).collect();
    let mut again: Vec<bool> = vec![true; segments.len()];
    while again.contains(&true) {
        asked.par_iter_mut().zip(segments).zip(&again).filter(|(_, again)| **again).for_each(
            |(((ef, found), segment), _)| {
                let Segment { graph, rows, .. } = segment;
                *found = arch.dispatch(Walk { graph, rows, matrix, query, ef: *ef });
            },
        );
        let mut all: Vec<Found> = asked.iter().flat_map(|(_, found)| found).copied().collect();
        let last = match all.len().checked_sub(k) {
            Some(worse) if k > 0 => *all.select_nth_unstable(worse).1,
            _ => break,
        };
        for ((ef, found), again) in asked.iter_mut().zip(&mut again) {
            let among_best = found.iter().filter(|found| **found >= last).count();
            *again = 2 * among_best > *ef && *ef < k + k / 2;
            if *again {
                *ef = (2 * *ef).min(k + k / 2);
            }
        }
    }
    asked.into_iter().map(|(_, found)| found).collect()
}

/// Rows anywhere in the matrix.
fn one_by_one(
    rows: &[u32],
    matrix: &Matrix,
    query: &RoundedQuery,
    k: usize,
    keep: impl Fn(usize) -> bool + Sync,
) -> Sieve {
    let (arch, dimension) = (Arch::new(), matrix.dimension());
    let sift = |mut sieve: Sieve, rows: &[u32]| {
        let bounds = rows.iter().map(|row| {
            let (row, mut product) = (*row as usize, [0]);
            let bytes = &matrix.bytes()[row * dimension..][..dimension];
            arch.dispatch(DotBytes { rows: bytes, query: &query.values, products: &mut product });
            (row, query.between(product[0], matrix.roundings()[row]))
        });
        sieve.pass(query, bounds, &keep);
        sieve
    };
    let merge = |mut all: Sieve, part| {
        all.merge(part);
        all
    };
    rows.par_chunks(ROWS_PER_TASK).fold(|| Sieve::new(k), sift).reduce(|| Sieve::new(k), merge)
}
