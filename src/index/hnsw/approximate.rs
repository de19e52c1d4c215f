//! Approximate search: candidates from the graphs of all segments and from the unindexed rows, scored exactly.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::attached_segment::AttachedSegment;
use super::beam_search::{BeamSearch, ScoredPoint};
use super::entry_points;
use super::segmented_index::SegmentedIndex;
use crate::base::cpu::Arch;
use crate::index::candidate_filter::{CandidateFilter, rescore};
use crate::index::exact::compare;
use crate::index::quantized_query::QuantizedQuery;
use crate::index::top_k::ScoredRow;
use crate::index::vectors::VectorStore;

/// The beam widths of all segments together, at least.
const MIN_BEAM_WIDTH: usize = 256;
/// The beam width of each segment, at least.
const MIN_BEAM_WIDTH_EACH: usize = 16;
/// The beam width for each row that is asked for, up to [`FIRST_ROWS`]; beyond, it is one and a half.
const BEAM_WIDTH_PER_ROW: usize = 15;
const FIRST_ROWS: usize = 50;

/// Returns the beam width in each of `segments` for `k` rows. It suffices when the best rows are spread over the
/// segments; where they are not, [`points_of_each`] widens it.
fn first_beam_width(k: usize, segments: usize) -> usize {
    let (first, others) = (k.min(FIRST_ROWS), k.saturating_sub(FIRST_ROWS));
    let width = MIN_BEAM_WIDTH.max(first * BEAM_WIDTH_PER_ROW + others + others / 2);
    MIN_BEAM_WIDTH_EACH.max(width / segments.max(1))
}

/// Returns the sum of the beam widths of all segments in a search for `k` rows: 0 when there is no usable segment.
pub(crate) fn total_beam_width(index: &SegmentedIndex, k: usize) -> usize {
    let segments = usable(index).count();
    segments * first_beam_width(k, segments)
}

/// Returns the number of rows that every search compares one by one: entry points, unindexed rows, and those of segments
/// that have lost too many points.
pub(crate) fn rows_compared(index: &SegmentedIndex) -> usize {
    let segments = usable(index).count();
    let probes = usable(index).map(|segment| entry_points::probes(segment.nodes(), segments));
    let unusable = unusable(index).map(AttachedSegment::live);
    probes.sum::<usize>() + index.unindexed().len() + unusable.sum::<usize>()
}

fn usable(index: &SegmentedIndex) -> impl Iterator<Item = &AttachedSegment> {
    index.segments().filter(|segment| segment.is_usable())
}

fn unusable(index: &SegmentedIndex) -> impl Iterator<Item = &AttachedSegment> {
    index.segments().filter(|segment| !segment.is_usable())
}

/// Returns the `k` rows that are likely to have the greatest inner products with `query`, best first. Their scores and
/// their order are exact, but some of the best may be missing.
///
/// Rows that `keep` refuses are left out; `tie(a, b)` orders rows of equal score. The graphs are asked for `beam_rows` rows, at
/// least `k`: where `keep` refuses many, that many are looked at to find `k`. What they find before the others is better
/// than what they don't, so that `k` rows are the best also of those that `keep` accepts. Returns none when an exact search
/// has to answer: the query can't be quantized, or fewer than `k` rows were found. Runs on the threads of the current rayon pool.
///
/// # Panics
/// When the query has another dimension than the rows.
pub(crate) fn search(
    index: &SegmentedIndex,
    vectors: &VectorStore,
    query: &[f32],
    (k, beam_rows): (usize, usize),
    keep: impl Fn(usize) -> bool + Sync,
    tie: impl Fn(usize, usize) -> Ordering + Sync,
) -> Option<Vec<ScoredRow>> {
    assert_eq!(query.len(), vectors.dimension(), "the dimension of a query");
    let quantized = QuantizedQuery::new(query, vectors)?;
    let usable: Vec<_> = usable(index).collect();
    let points = points_of_each(&usable, vectors, &quantized, beam_rows);
    let mut filter = CandidateFilter::new(k);
    let rows = usable.iter().zip(&points).flat_map(|(segment, points)| {
        points.iter().flat_map(|point| {
            let rows = segment.rows_of(point.node);
            rows.map(|row| (row, quantized.bounds(point.product, vectors.quantizations()[row])))
        })
    });
    filter.filter(&quantized, rows, &keep);
    let others = unusable(index).flat_map(AttachedSegment::all_rows).map(|row| row as u32);
    let others: Vec<u32> = index.unindexed().iter().copied().chain(others).collect();
    filter.merge(compare(&others, vectors, &quantized, k, &keep));
    let candidates = filter.into_candidates(&quantized);
    let best = rescore(vectors, query, quantized.error_margin, candidates, k, tie);
    (best.len() >= k).then_some(best)
}

/// Searches each segment. One that has more than its share of the best points is searched again with twice the beam
/// width, since it may have still more of them.
fn points_of_each(
    segments: &[&AttachedSegment],
    vectors: &VectorStore,
    query: &QuantizedQuery,
    k: usize,
) -> Vec<Vec<ScoredPoint>> {
    let arch = Arch::in_use();
    let mut searches: Vec<(usize, Vec<ScoredPoint>)> =
        segments.iter().map(|_| (first_beam_width(k, segments.len()), Vec::new())).collect();
    let mut again: Vec<bool> = vec![true; segments.len()];
    while again.contains(&true) {
        searches.par_iter_mut().zip(segments).zip(&again).filter(|(_, again)| **again).for_each(
            |(((beam_width, points), segment), _)| {
                *points = arch.dispatch(BeamSearch {
                    graph: segment.graph(),
                    entry_points: segment.entry_points(),
                    rows: segment.first_rows(),
                    vectors,
                    query,
                    probes: entry_points::probes(segment.nodes(), segments.len()),
                    beam_width: *beam_width,
                });
            },
        );
        let mut all: Vec<ScoredPoint> = searches.iter().flat_map(|(_, points)| points).copied().collect();
        let last = match all.len().checked_sub(k) {
            Some(worse) if k > 0 => *all.select_nth_unstable(worse).1,
            _ => break,
        };
        for ((beam_width, points), again) in searches.iter_mut().zip(&mut again) {
            let among_best = points.iter().filter(|point| **point >= last).count();
            *again = 2 * among_best > *beam_width && *beam_width < k + k / 2;
            if *again {
                *beam_width = (2 * *beam_width).min(k + k / 2);
            }
        }
    }
    searches.into_iter().map(|(_, points)| points).collect()
}
