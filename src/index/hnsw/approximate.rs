//! Search by graphs: candidates from each segment and from the rows that are in none, then ranked exactly.

use std::cmp::Ordering;
use std::time::Instant;

use pulp::Arch;
use rayon::prelude::*;

use super::graphs::Graphs;
use super::hubs;
use super::segment::Segment;
use super::walk::{Found, Walk};
use crate::base::simd::DotBytes;
use crate::index::flat;
use crate::index::matrix::Matrix;
use crate::index::rank::Scored;
use crate::index::rounded::RoundedQuery;
use crate::index::sieve::{Sieve, best_of};

/// How many of the best points all walks together keep in sight at least, and each of them.
const EF: usize = 256;
const EF_EACH: usize = 16;
/// And for each row that is asked for, as far as there are so many; for those beyond, one and a half.
const EF_A_ROW: usize = 15;
const FIRST_ROWS: usize = 50;

/// A point that is kept in sight costs as much as comparing about this many rows one after the other
/// (ARCHITECTURE.md has the measurement); [`rows_a_point`] finds out how many here.
const ROWS_A_POINT: f64 = 120.0;

/// Rows of the tail that are a task.
const ROWS_PER_TASK: usize = 1024;

/// How far to look in each of `segments` for `k` rows. The best are spread over them; where they are not,
/// [`found_in`] looks further.
fn first_ef(k: usize, segments: usize) -> usize {
    let (first, others) = (k.min(FIRST_ROWS), k.saturating_sub(FIRST_ROWS));
    let ef = EF.max(first * EF_A_ROW + others + others / 2);
    EF_EACH.max(ef / segments.max(1))
}

/// Whether asking the graphs for `k` rows takes less time than comparing all, when a point that is kept in sight costs
/// as much as comparing `rows_a_point` rows.
pub fn pays(graphs: &Graphs, k: usize, rows_a_point: f64) -> bool {
    let points = points_in_sight(graphs, k);
    points > 0 && points as f64 * rows_a_point + (rows_compared(graphs) as f64) < graphs.len() as f64
}

/// The number of points that are kept in sight to find `k` rows.
fn points_in_sight(graphs: &Graphs, k: usize) -> usize {
    let segments = usable(graphs).count();
    segments * first_ef(k, segments)
}

fn usable(graphs: &Graphs) -> impl Iterator<Item = &Segment> {
    graphs.segments().filter(|segment| segment.is_usable())
}

fn unusable(graphs: &Graphs) -> impl Iterator<Item = &Segment> {
    graphs.segments().filter(|segment| !segment.is_usable())
}

/// Number of rows that are compared one after the other: hubs, and those that no walk leads to.
fn rows_compared(graphs: &Graphs) -> usize {
    let segments = usable(graphs).count();
    let hubs = usable(graphs).map(|segment| hubs::looked_at(segment.rows.len(), segments));
    hubs.sum::<usize>() + rows_beside(graphs)
}

/// Measures how many rows can be compared in the time that a point in sight costs: it depends on the processor, its
/// caches and the number of threads. Each search is done twice, and the quicker one counts.
pub fn rows_a_point(graphs: &Graphs, matrix: &Matrix, query: &[f32], k: usize) -> f64 {
    let quickest = |search: &dyn Fn() -> bool| -> Option<f64> {
        let times = (0..2).map(|_| {
            let started = Instant::now();
            search().then(|| started.elapsed().as_secs_f64())
        });
        times.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
    };
    let measured = || {
        let all = quickest(&|| !flat::top_k(matrix, query, k, |_| true, |a, b| a.cmp(&b)).is_empty())?;
        let by_graphs = quickest(&|| top_k(graphs, matrix, query, k, |_| true, |a, b| a.cmp(&b)).is_some())?;
        let row = all / matrix.len().max(1) as f64;
        let points = points_in_sight(graphs, k);
        (points > 0).then(|| (by_graphs / row - rows_compared(graphs) as f64) / points as f64)
    };
    // Something else may have had the processor for a while.
    measured().unwrap_or(ROWS_A_POINT).clamp(ROWS_A_POINT / 4.0, ROWS_A_POINT * 4.0)
}

/// Number of rows that are compared one by one.
pub fn rows_beside(graphs: &Graphs) -> usize {
    graphs.tail().len() + unusable(graphs).map(|segment| segment.live).sum::<usize>()
}

/// As [`top_k`](crate::index::top_k), of the rows that are likely to be the best: their order and scores are
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
    let usable: Vec<_> = usable(graphs).collect();
    let found = found_in(&usable, matrix, &rounded, k);
    let mut sieve = Sieve::new(k);
    let rows = usable.iter().zip(&found).flat_map(|(segment, found)| {
        found.iter().flat_map(|found| {
            let rows = graphs.rows_of(segment.rows[found.node as usize]);
            rows.map(|row| (row, rounded.between(found.product, matrix.roundings()[row])))
        })
    });
    sieve.pass(&rounded, rows, &keep);
    let beside = unusable(graphs).flat_map(|segment| &segment.rows).flat_map(|first| graphs.rows_of(*first));
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
                let Segment { graph, hubs, rows, .. } = segment;
                let looked_at = hubs::looked_at(rows.len(), segments.len());
                *found = arch.dispatch(Walk { graph, hubs, rows, matrix, query, looked_at, ef: *ef });
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
