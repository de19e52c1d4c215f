//! What is to be built next.
//!
//! Segments are as those of a log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil, 1996): new rows gather in
//! the tail until they are worth a segment, small segments are built anew as one, and large ones stay, so that
//! what is added to a large collection costs what it is worth.

use std::collections::HashSet;

use super::graphs::Graphs;
use super::points::Points;
use super::segment::{Job, Segment};
use crate::index::matrix::Matrix;

/// Points of a segment at most: larger ones take longer for each point, and are searched by one thread.
pub const SEGMENT: usize = 1 << 16;

/// Collections of fewer pictures are compared one by one unless graphs are asked for: that takes well under a
/// millisecond.
pub const SMALLEST: usize = 50_000;

/// The tail that calls for a segment, however large the collection.
const TAIL: usize = SEGMENT / 4;

/// The next segment to build, if it is time for one. Without `always`, small collections get none.
/// `generation` is the change number of the catalogue that the matrix is at.
pub fn next(graphs: &Graphs, matrix: &Matrix, generation: i64, always: bool) -> Option<Job> {
    let (rows, tail) = (graphs.len(), graphs.tail().len());
    if graphs.is_empty() || (rows < SMALLEST && !always) {
        return None;
    }
    let stale = |segment: &Segment| segment.live > 0 && segment.is_stale();
    let is_due = tail >= TAIL || tail * 10 > rows || graphs.segments().any(stale);
    if !is_due {
        return None;
    }
    // Those that are nearly gone or small, and what is new.
    let merged = graphs.segments().filter(|segment| stale(segment) || segment.live * 2 < SEGMENT);
    let firsts = merged.flat_map(|segment| &segment.rows).flat_map(|first| graphs.rows_of(*first).take(1));
    let mut seen = HashSet::new();
    let mut new: Vec<usize> = graphs.tail().iter().map(|row| *row as usize).collect();
    new.retain(|row| seen.insert(graphs.fingerprint(*row as u32)));
    // In the order of the rows, so that pictures of one folder are likely to be in one segment.
    let mut chosen: Vec<usize> = new.into_iter().chain(firsts).collect();
    chosen.sort_unstable();
    let parts = chosen.len().div_ceil(SEGMENT).max(1);
    chosen.truncate(chosen.len().div_ceil(parts));
    let fingerprints: Vec<_> = chosen.iter().map(|row| graphs.fingerprint(*row as u32)).collect();
    let pictures = pictures(graphs, &fingerprints);
    Some(Job { points: Points::new(matrix, &chosen), fingerprints, generation, pictures })
}

/// How many rows have these contents.
fn pictures(graphs: &Graphs, fingerprints: &[u64]) -> usize {
    let wanted: HashSet<u64> = fingerprints.iter().copied().collect();
    (0..graphs.len() as u32).filter(|row| wanted.contains(&graphs.fingerprint(*row))).count()
}
