//! What a search by graphs costs on this machine, compared with an exact one.

use std::time::Instant;

use super::approximate::{self, rows_compared, total_beam_width};
use super::segmented_index::SegmentedIndex;
use crate::index::exact;
use crate::index::vectors::VectorStore;

/// How many rows can be compared one after the other in the time that one point of the beam costs, where it is not
/// measured.
const ROWS_PER_POINT: f64 = 120.0;

/// How far from that a measurement may be.
const MAX_FACTOR: f64 = 4.0;

/// Tells whether a search by graphs for `k` rows takes less time than comparing `rows` one after the other, when each point
/// of the beam costs as much as `rows_per_point` of them.
pub(crate) fn is_cheaper(index: &SegmentedIndex, k: usize, rows_per_point: f64, rows: f64) -> bool {
    let points = total_beam_width(index, k);
    points > 0 && points as f64 * rows_per_point + (rows_compared(index) as f64) < rows
}

/// Measures how many rows can be compared in the time that a point of the beam costs: it depends on the processor, its
/// caches and the number of threads. Each kind of search is done twice, and the quicker one counts. Runs on the threads of
/// the current rayon pool.
pub(crate) fn measure_rows_per_point(
    index: &SegmentedIndex,
    vectors: &VectorStore,
    query: &[f32],
    k: usize,
) -> f64 {
    let quickest = |search: &dyn Fn() -> bool| -> Option<f64> {
        let times = (0..2).map(|_| {
            let started = Instant::now();
            search().then(|| started.elapsed().as_secs_f64())
        });
        times.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
    };
    let by_row = |a: usize, b: usize| a.cmp(&b);
    let measured = || {
        let exact = quickest(&|| !exact::search(vectors, query, k, |_| true, by_row).is_empty())?;
        let approximate =
            quickest(&|| approximate::search(index, vectors, query, (k, k), |_| true, by_row).is_some())?;
        let row = exact / vectors.len().max(1) as f64;
        let points = total_beam_width(index, k);
        (points > 0).then(|| (approximate / row - rows_compared(index) as f64) / points as f64)
    };
    // Something else may have had the processor for a while.
    measured().unwrap_or(ROWS_PER_POINT).clamp(ROWS_PER_POINT / MAX_FACTOR, ROWS_PER_POINT * MAX_FACTOR)
}
