//! The engine's graphs: which searches they answer, and how they come and go.

use std::cmp::Ordering;
use std::path::PathBuf;

use super::Engine;
use crate::search::hnsw::{self, Graphs, Job, Segment};
use crate::search::rank::Scored;

/// Whether pictures are compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Where that takes less time than following graphs, or there are none.
    #[default]
    Auto,
    /// Always.
    Exact,
    /// Only where there are no graphs, or they don't lead to enough pictures.
    Approximate,
}

impl Engine {
    /// Decides how searches are answered from now on.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// What graphs have to say, if they are to be asked and find enough.
    pub(super) fn by_graphs(
        &self,
        query: &[f32],
        k: usize,
        keep: impl Fn(usize) -> bool + Sync,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
    ) -> Option<Vec<Scored>> {
        let graphs = self.graphs.as_ref()?;
        let asked = match self.mode {
            Mode::Exact => false,
            Mode::Approximate => true,
            Mode::Auto => self.len() >= hnsw::SMALLEST && hnsw::pays(graphs, k),
        };
        if asked { hnsw::top_k(graphs, &self.matrix, query, k, keep, tie) } else { None }
    }

    /// Takes a segment in: rows that it has contents of are searched by it.
    pub fn adopt(&mut self, segment: Segment) {
        let (threads, matrix) = (&self.threads, &self.matrix);
        let graphs = self.graphs.get_or_insert_with(|| threads.install(|| Graphs::of(matrix)));
        graphs.adopt(segment);
    }

    /// Where the segments are kept that are in use.
    pub fn segment_paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.graphs.iter().flat_map(Graphs::segments).filter_map(|segment| segment.path.clone())
    }

    /// Number of pictures that graphs lead to.
    pub fn linked(&self) -> usize {
        self.graphs.as_ref().map_or(0, |graphs| graphs.len() - graphs.tail().len())
    }

    /// Number of points in all graphs.
    pub fn points(&self) -> usize {
        self.graphs.iter().flat_map(Graphs::segments).map(|segment| segment.rows.len()).sum()
    }

    /// The change number of the catalogue that this is at.
    pub fn change(&self) -> i64 {
        self.change
    }

    /// The next segment that is to be built, with `always` for small collections too. None for a part of a
    /// collection: segments are of all of it.
    pub fn next_job(&self, always: bool) -> Option<Job> {
        if !self.prefix.is_empty() {
            return None;
        }
        match &self.graphs {
            Some(graphs) => hnsw::next(graphs, &self.matrix, self.change, always),
            None if self.len() < hnsw::SMALLEST && !always => None,
            None => {
                let graphs = self.threads.install(|| Graphs::of(&self.matrix));
                hnsw::next(&graphs, &self.matrix, self.change, always)
            }
        }
    }

    /// Drops the segments that have no picture any more, and says which files those were.
    pub fn retire_segments(&mut self) -> Vec<PathBuf> {
        let (whole, change) = (self.prefix.is_empty(), self.change);
        self.graphs.as_mut().filter(|_| whole).map_or_else(Vec::new, |graphs| graphs.retire(change))
    }
}
