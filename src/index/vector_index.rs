//! An index of vectors: rows in memory, their graphs, and the decision how to search them.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use half::f16;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::IndexError;
use super::exact;
use super::fingerprint::fingerprint;
use super::hnsw::{self, AttachedSegment, Segment, SegmentPlan, SegmentedIndex};
use super::row_set::RowSet;
use super::top_k::ScoredRow;
use super::vectors::VectorStore;
use crate::base::processors::tie_to_one;

/// Fewer rows are compared one by one unless graphs are asked for: that takes well under a millisecond.
pub(crate) const MIN_INDEXED_ROWS: usize = 50_000;

/// How many rows of a full scan cost as much as one row that is compared where it lies: rows one after the other come from
/// memory before they are asked for. Measured: the table is in `docs/design/queries.md`.
const ROWS_PER_CHOSEN_ROW: f64 = 2.0;

/// The share of all rows that graphs may be asked for, at most: beyond, they were slower than a scan wherever it was
/// measured (`docs/design/queries.md`).
const MAX_BEAM_SHARE: usize = 64;

/// How a search was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing was compared: the pictures are listed.
    Listing,
    /// Every row was compared.
    Exact,
    /// The rows that filters leave were compared.
    ExactOfSet,
    /// Graphs led to the rows.
    Graphs,
}

/// How searches are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchMode {
    /// By graphs where that takes less time, as was measured with the first query since they last changed, and there are
    /// at least 50,000 rows; exactly elsewhere.
    #[default]
    Auto,
    /// Exactly: every row is compared.
    Exact,
    /// By graphs, and exactly only where there are no graphs, or they don't lead to enough rows.
    Approximate,
}

/// The vectors of an index, numbered from 0 without gaps, and the graphs that lead to them.
///
/// Rows have no names here: the owner keeps what it knows of each row in the same order, and changes it in the same way.
/// Searches run on threads of the index's own, so that they need not wait for other work.
#[derive(Debug)]
pub(crate) struct VectorIndex {
    threads: ThreadPool,
    vectors: VectorStore,
    /// None as long as there is no segment: rows need no fingerprints then.
    segments: Option<SegmentedIndex>,
    /// What a search by graphs costs, once that was measured.
    rows_per_point: OnceLock<f64>,
}

impl VectorIndex {
    /// Makes an index without rows for vectors of `dimension` components, with `threads` threads.
    ///
    /// # Errors
    /// [`IndexError::Threads`]
    pub(crate) fn new(dimension: usize, threads: usize) -> Result<Self, IndexError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("search-{i}"))
            .start_handler(move |number| tie_to_one(number, threads))
            .build()?;
        let vectors = VectorStore::new(dimension);
        Ok(Self { threads, vectors, segments: None, rows_per_point: OnceLock::new() })
    }

    /// Replaces all rows by those of `vectors`, and drops all segments.
    pub(crate) fn restore(&mut self, vectors: VectorStore) {
        (self.vectors, self.segments) = (vectors, None);
        self.rows_per_point.take();
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Returns the rows.
    pub(crate) fn vectors(&self) -> &VectorStore {
        &self.vectors
    }

    /// Returns the rows, without the graphs.
    pub(crate) fn into_vectors(self) -> VectorStore {
        self.vectors
    }

    /// Returns the threads that searches run on.
    pub(crate) fn threads(&self) -> &ThreadPool {
        &self.threads
    }

    /// Returns a row as a unit vector; zeros for a row of zeros.
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn vector(&self, row: usize) -> Vec<f32> {
        self.vectors.vector(row)
    }

    /// Stages a row of finite components. It gets the next number, but is invisible until [`Self::commit`], or until a row
    /// is replaced or removed.
    ///
    /// # Panics
    /// When the row has another dimension.
    pub(crate) fn stage(&mut self, row: &[f16]) {
        self.vectors.stage(row);
    }

    /// Makes the staged rows searchable.
    pub(crate) fn commit(&mut self) {
        if self.vectors.staged() == 0 {
            return;
        }
        let (first, vectors) = (self.vectors.len(), &mut self.vectors);
        self.threads.install(|| vectors.commit());
        if let Some(segments) = &mut self.segments {
            (first..self.vectors.len()).for_each(|row| segments.push(fingerprint(self.vectors.row(row))));
        }
    }

    /// Replaces the components of a row, after committing what is staged.
    ///
    /// # Panics
    /// When `components` have another dimension, or there is no such row.
    pub(crate) fn replace(&mut self, row: usize, components: &[f16]) {
        self.commit();
        self.vectors.replace(row, components);
        if let Some(segments) = &mut self.segments {
            segments.replace(row, fingerprint(components));
        }
    }

    /// Removes a row, after committing what is staged. The last row takes its number.
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn swap_remove(&mut self, row: usize) {
        self.commit();
        self.vectors.swap_remove(row);
        if let Some(segments) = &mut self.segments {
            segments.swap_remove(row);
        }
    }

    /// Returns the `k` rows with the greatest inner products with `query`, best first; by graphs, some of them may be
    /// missing. Scores and order are exact in every mode.
    ///
    /// Rows that `keep` refuses are left out; `tie(a, b)` orders rows of equal score.
    ///
    /// # Panics
    /// When `query` has another dimension.
    pub(crate) fn search(
        &self,
        query: &[f32],
        k: usize,
        keep: impl Fn(usize) -> bool + Sync,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
        mode: SearchMode,
    ) -> (Vec<ScoredRow>, Method) {
        let (keep, tie) = (&keep, &tie);
        self.threads.install(|| {
            let by_graphs = self.search_by_graphs(query, (k, k), keep, tie, mode, self.len() as f64);
            match by_graphs {
                Some(best) => (best, Method::Graphs),
                None => (exact::search(&self.vectors, query, k, keep, tie), Method::Exact),
            }
        })
    }

    /// As [`Self::search`], among the rows of a set: exactly, or by graphs, whichever takes less time. There are `k` results
    /// whenever the set has as many rows.
    ///
    /// # Panics
    /// When `query` has another dimension.
    pub(crate) fn search_set(
        &self,
        query: &[f32],
        k: usize,
        set: &RowSet,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
        mode: SearchMode,
    ) -> (Vec<ScoredRow>, Method) {
        let (count, tie) = (set.count(), &tie);
        let chosen = count as f64 * ROWS_PER_CHOSEN_ROW;
        let beam_rows = self.beam_rows(k, count);
        self.threads.install(|| {
            let keep = |row| set.contains(row);
            let exact_cost = chosen.min(self.len() as f64);
            if count >= k
                && beam_rows <= (self.len() / MAX_BEAM_SHARE).max(k)
                && let Some(best) = self.search_by_graphs(query, (k, beam_rows), keep, tie, mode, exact_cost)
            {
                return (best, Method::Graphs);
            }
            if chosen < self.len() as f64 {
                let rows: Vec<u32> = set.rows().map(|row| row as u32).collect();
                (exact::search_rows(&self.vectors, query, k, &rows, tie), Method::ExactOfSet)
            } else {
                (exact::search(&self.vectors, query, k, keep, tie), Method::ExactOfSet)
            }
        })
    }

    /// As [`Self::search_set`] by graphs, however long that takes. Returns none where they lead to fewer than `k` rows.
    ///
    /// # Panics
    /// When `query` has another dimension.
    pub(crate) fn search_set_by_graphs(
        &self,
        query: &[f32],
        k: usize,
        set: &RowSet,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
    ) -> Option<Vec<ScoredRow>> {
        let (rows, keep) = ((k, self.beam_rows(k, set.count())), |row| set.contains(row));
        self.threads.install(|| {
            self.search_by_graphs(query, rows, keep, &tie, SearchMode::Approximate, f64::INFINITY)
        })
    }

    /// Returns the number of rows that graphs have to be asked for, so that `k` of them are in a set of `count` rows.
    fn beam_rows(&self, k: usize, count: usize) -> usize {
        k.saturating_mul(self.len()).div_ceil(count.max(1))
    }

    /// Answers by graphs if `mode` asks for them and they lead to enough rows. They are asked for the second number of rows
    /// to find the first; `exact_cost` is the number of rows whose comparison an exact search would take.
    fn search_by_graphs(
        &self,
        query: &[f32],
        (k, beam_rows): (usize, usize),
        keep: impl Fn(usize) -> bool + Sync,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
        mode: SearchMode,
        exact_cost: f64,
    ) -> Option<Vec<ScoredRow>> {
        let segments = self.segments.as_ref()?;
        let by_graphs = match mode {
            SearchMode::Exact => false,
            SearchMode::Approximate => true,
            SearchMode::Auto if self.len() < MIN_INDEXED_ROWS => false,
            SearchMode::Auto => {
                let measure = || hnsw::measure_rows_per_point(segments, &self.vectors, query, k);
                let rows_per_point = *self.rows_per_point.get_or_init(measure);
                hnsw::is_cheaper(segments, beam_rows, rows_per_point, exact_cost)
            }
        };
        let search = || hnsw::approximate::search(segments, &self.vectors, query, (k, beam_rows), keep, tie);
        if by_graphs { search() } else { None }
    }

    /// Adds a segment: the rows whose contents it has are found by its graph from now on. `path` is where the segment is
    /// kept, if it is.
    pub(crate) fn add_segment(&mut self, segment: Segment, path: Option<PathBuf>) {
        let (threads, vectors) = (&self.threads, &self.vectors);
        let new = || threads.install(|| SegmentedIndex::new(vectors));
        self.segments.get_or_insert_with(new).add_segment(segment, path, vectors);
        self.rows_per_point.take();
    }

    /// Drops the segments that lead to no row any more and are not newer than `generation`. Returns where those are kept.
    pub(crate) fn drop_empty(&mut self, generation: i64) -> Vec<PathBuf> {
        self.segments.as_mut().map_or_else(Vec::new, |segments| segments.drop_empty(generation))
    }

    /// Returns the segments in use.
    fn segments(&self) -> impl Iterator<Item = &AttachedSegment> {
        self.segments.iter().flat_map(SegmentedIndex::segments)
    }

    /// Returns where the segments in use are kept.
    pub(crate) fn segment_paths(&self) -> impl Iterator<Item = &Path> {
        self.segments().filter_map(AttachedSegment::path)
    }

    /// Returns the number of rows that graphs lead to.
    pub(crate) fn indexed_rows(&self) -> usize {
        self.segments.as_ref().map_or(0, |segments| segments.len() - segments.unindexed().len())
    }

    /// Returns the number of points in all graphs, those without a row included.
    pub(crate) fn points(&self) -> usize {
        self.segments().map(AttachedSegment::nodes).sum()
    }

    /// Tells whether there is a segment that leads to no row any more.
    #[cfg(test)]
    pub(crate) fn has_empty_segments(&self) -> bool {
        self.segments().any(|segment| segment.live() == 0)
    }

    /// Plans the next segment, if it is time for one and there are at least `min_rows` rows ([`MIN_INDEXED_ROWS`] where
    /// graphs are to save time, 0 to have them in any case). `generation` is the owner's number of the state that the
    /// rows are in; later states must have greater numbers.
    pub(crate) fn next_segment_plan(&self, generation: i64, min_rows: usize) -> Option<SegmentPlan> {
        match &self.segments {
            Some(segments) => SegmentPlan::next(segments, &self.vectors, generation, min_rows),
            None if self.len() < min_rows => None,
            None => {
                let segments = self.threads.install(|| SegmentedIndex::new(&self.vectors));
                SegmentPlan::next(&segments, &self.vectors, generation, min_rows)
            }
        }
    }

    /// Returns the bytes of memory that the rows and graphs take.
    pub(crate) fn memory(&self) -> usize {
        self.vectors.memory() + self.segments.as_ref().map_or(0, SegmentedIndex::memory)
    }
}

#[cfg(test)]
mod tests;
