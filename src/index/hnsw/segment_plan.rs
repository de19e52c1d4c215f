//! Which segment is to be built next, and building it.
//!
//! Segments are like those of a log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil: "The log-structured
//! merge-tree", 1996): new rows gather unindexed until they are worth a segment, small segments are merged into one, and
//! large ones stay, so that additions to a large index cost what they are worth.

use std::collections::HashSet;

use super::attached_segment::AttachedSegment;
use super::build::build_graph;
use super::build_points::BuildPoints;
use super::segment::Segment;
use super::segmented_index::SegmentedIndex;
use crate::index::error::GraphError;
use crate::index::fingerprint::Fingerprint;
use crate::index::vectors::VectorStore;

/// Points of a segment at most: larger ones take longer for each point, and are searched by one thread.
const MAX_POINTS: usize = 1 << 16;

/// Number of unindexed rows that calls for a segment, however many rows there are.
const MAX_UNINDEXED: usize = MAX_POINTS / 4;

/// A segment to be built. It has copies of everything it needs, so that the vector store may change meanwhile.
pub struct SegmentPlan {
    points: BuildPoints,
    /// One for each point.
    fingerprints: Vec<Fingerprint>,
    generation: i64,
    rows: usize,
}

impl SegmentPlan {
    /// Plans the next segment, if it is time for one and there are at least `min_rows` rows: when more than a tenth of
    /// the rows is unindexed, or very many are, or a segment has lost more than a tenth of its points. `generation` is the
    /// owner's number of the state that `vectors` is in.
    pub fn next(
        index: &SegmentedIndex,
        vectors: &VectorStore,
        generation: i64,
        min_rows: usize,
    ) -> Option<Self> {
        let (rows, unindexed) = (index.len(), index.unindexed().len());
        if rows < min_rows.max(1) {
            return None;
        }
        let is_due = unindexed >= MAX_UNINDEXED
            || unindexed * 10 > rows
            || index.segments().any(AttachedSegment::is_stale);
        if !is_due {
            return None;
        }
        let is_merged = |segment: &&AttachedSegment| segment.is_stale() || segment.live() * 2 < MAX_POINTS;
        let merged = index
            .segments()
            .filter(is_merged)
            .flat_map(|segment| (0..segment.nodes() as u32).filter_map(|node| segment.rows_of(node).next()));
        let mut seen = HashSet::new();
        let mut new: Vec<usize> = index.unindexed().iter().map(|row| *row as usize).collect();
        new.retain(|row| seen.insert(index.fingerprint(*row)));
        // In the order of the rows: rows that were added together are likely to be in one segment, and to be removed together.
        let mut chosen: Vec<usize> = new.into_iter().chain(merged).collect();
        chosen.sort_unstable();
        let parts = chosen.len().div_ceil(MAX_POINTS).max(1);
        chosen.truncate(chosen.len().div_ceil(parts));
        let fingerprints: Vec<_> = chosen.iter().map(|row| index.fingerprint(*row)).collect();
        let contents: HashSet<Fingerprint> = fingerprints.iter().copied().collect();
        let rows = (0..rows).filter(|row| contents.contains(&index.fingerprint(*row))).count();
        Some(Self { points: BuildPoints::new(vectors, &chosen), fingerprints, generation, rows })
    }

    /// Returns how many rows the segment will be about: at least as many as it has points.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Builds the segment on the threads of the current rayon pool. 65,536 points of 512 dimensions take about 20 s on
    /// two threads.
    ///
    /// # Errors
    /// When the library that links the points works in another way than expected.
    pub fn build(self) -> Result<Segment, GraphError> {
        let (graph, inputs) = build_graph(&self.points)?;
        let fingerprints = inputs.into_iter().map(|input| self.fingerprints[input as usize]).collect();
        Ok(Segment::new(graph, fingerprints, self.generation, self.rows))
    }
}
