//! Where searches of a graph begin: at some of its nodes, whose codes lie side by side, so that comparing all of them
//! takes the time of following a few links.
//!
//! HNSW itself descends through sparser and sparser layers with one candidate. Embeddings come in tight clusters with
//! little between them: that candidate ends up in one that is near by chance. Among nodes that are spread over all
//! points there is one of most clusters, and the nearest of all of them is as good a beginning as the nearest cells of
//! an inverted file are.

use pulp::{Simd, WithSimd};

use super::graph::NONE;
use crate::base::simd::DotBytes;
use crate::index::quantized_query::QuantizedQuery;
use crate::index::vectors::VectorStore;

/// One of so many nodes is an entry point.
const NODES_PER_ENTRY: usize = 6;
/// Entry points of a graph at least, if it has as many nodes.
const MIN_ENTRIES: usize = 64;

/// Entry points of all graphs together that one search compares.
const PROBES: usize = 1 << 14;
/// One of so many nodes is compared at least.
const NODES_PER_PROBE: usize = 12;

/// Returns how many entry points of a graph with `nodes` nodes a search compares, when it is one of `graphs`.
pub(super) fn probes(nodes: usize, graphs: usize) -> usize {
    let share = (PROBES / graphs.max(1)).max(nodes / NODES_PER_PROBE);
    share.min(entry_count(nodes))
}

/// Returns the number of entry points of a graph with `nodes` nodes.
fn entry_count(nodes: usize) -> usize {
    nodes.div_ceil(NODES_PER_ENTRY).max(MIN_ENTRIES)
}

/// Copies of the rows of a graph's entry points, as the vector store had them when the graph was added. Should the store
/// quantize its rows relative to another centroid by now, that shifts all scores by the same amount.
#[derive(Debug, Default)]
pub struct EntryPoints {
    nodes: Vec<u32>,
    /// The codes, `dimension` for each entry point.
    codes: Vec<i8>,
    scales: Vec<f32>,
}

impl EntryPoints {
    /// Copies the first nodes of a graph. `rows` has a row of `vectors` for each node, or [`NONE`].
    pub fn copy(vectors: &VectorStore, rows: &[u32]) -> Self {
        let mut entries = Self::default();
        let first = rows.iter().enumerate().take(entry_count(rows.len()));
        for (node, row) in first.filter(|(_, row)| **row != NONE) {
            let row = *row as usize;
            entries.nodes.push(node as u32);
            entries.codes.extend(&vectors.codes()[row * vectors.dimension()..][..vectors.dimension()]);
            entries.scales.push(vectors.quantizations()[row].scale);
        }
        entries
    }

    /// Returns the bytes of memory that the entry points take.
    pub fn memory(&self) -> usize {
        size_of_val(self.codes.as_slice()) + self.nodes.len() * size_of::<(u32, f32)>()
    }

    /// Compares the first `probes` entry points with the query, and returns the `count` nearest nodes, unordered.
    #[inline(always)]
    pub fn nearest<S: Simd>(&self, simd: S, query: &QuantizedQuery, probes: usize, count: usize) -> Vec<u32> {
        let mut products = vec![0; probes.min(self.nodes.len())];
        let rows = &self.codes[..products.len() * query.values.len()];
        DotBytes { rows, query: &query.values, products: &mut products }.with_simd(simd);
        let scores = products.iter().zip(&self.scales).map(|(product, scale)| *product as f32 * scale);
        let mut scored: Vec<(f32, u32)> = scores.zip(self.nodes.iter().copied()).collect();
        if count < scored.len() {
            scored.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0));
            scored.truncate(count);
        }
        scored.into_iter().map(|(_, node)| node).collect()
    }
}
