//! Following the links of a graph towards a query: the beam search of HNSW's lowest layer (SEARCH-LAYER, algorithm 2 of
//! Malkov and Yashunin), beginning at the nearest entry points.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pulp::{Simd, WithSimd};

use super::entry_points::EntryPoints;
use super::graph::{Graph, LINKS, NONE};
use crate::base::prefetch::prefetch;
use crate::index::quantized_query::QuantizedQuery;
use crate::index::vectors::VectorStore;

/// How many rows ahead of their use codes are fetched from memory: their addresses look random to the processor.
const PREFETCH_ROWS: usize = 6;

/// A search of one graph for the nodes with the greatest inner products.
pub(super) struct BeamSearch<'a> {
    /// The links.
    pub graph: &'a Graph,
    /// Where to begin.
    pub entry_points: &'a EntryPoints,
    /// The row of `vectors` that each node stands for, or [`NONE`] where there is no such row any more: such nodes are
    /// not visited, and links to them lead nowhere.
    pub rows: &'a [u32],
    /// The rows.
    pub vectors: &'a VectorStore,
    /// The query.
    pub query: &'a QuantizedQuery,
    /// How many entry points are compared.
    pub probes: usize,
    /// How many of the best nodes so far are kept, and returned (the authors' ef).
    pub beam_width: usize,
}

/// A node that was reached, and the inner product of its row's codes with the query's. Orders by score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScoredPoint {
    /// The score as [`order_key`] has it.
    order: u32,
    /// The node.
    pub node: u32,
    /// The inner product of codes.
    pub product: i32,
}

/// Maps a number to bits that order as the number does.
#[inline(always)]
fn order_key(score: f32) -> u32 {
    let bits = score.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

impl WithSimd for BeamSearch<'_> {
    /// The nodes found, unordered, `beam_width` at most.
    type Output = Vec<ScoredPoint>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<ScoredPoint> {
        let has_row = |node: &u32| self.rows[*node as usize] != NONE;
        let mut starts = self.entry_points.nearest(simd, self.query, self.probes, self.beam_width.max(1));
        starts.retain(has_row);
        if starts.is_empty() {
            starts.extend((0..self.rows.len() as u32).find(has_row));
        }
        starts.iter().for_each(|node| self.prefetch(*node));
        let starts: Vec<ScoredPoint> = starts.into_iter().map(|node| self.score(simd, node)).collect();
        self.search(simd, &starts)
    }
}

impl BeamSearch<'_> {
    #[inline(always)]
    fn score<S: Simd>(&self, _: S, node: u32) -> ScoredPoint {
        let (row, dimension) = (self.rows[node as usize] as usize, self.vectors.dimension());
        let codes = &self.vectors.codes()[row * dimension..][..dimension];
        let pairs = codes.iter().zip(&self.query.values);
        let product = pairs.map(|(c, d)| i32::from(*c) * i32::from(*d)).sum();
        let order = order_key(product as f32 * self.vectors.quantizations()[row].scale);
        ScoredPoint { order, node, product }
    }

    #[inline(always)]
    fn search<S: Simd>(&self, simd: S, starts: &[ScoredPoint]) -> Vec<ScoredPoint> {
        let beam_width = self.beam_width.max(1);
        let mut visited = vec![0_u64; self.graph.nodes().div_ceil(64)];
        starts.iter().for_each(|start| visited[start.node as usize / 64] |= 1 << (start.node % 64));
        let mut candidates: BinaryHeap<ScoredPoint> = starts.iter().copied().collect();
        let mut best: BinaryHeap<Reverse<ScoredPoint>> = starts.iter().copied().map(Reverse).collect();
        let mut fresh = [0; LINKS];
        while let Some(next) = candidates.pop() {
            if best.len() >= beam_width && best.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            let mut count = 0;
            for link in self.graph.links(next.node) {
                let (word, bit) = (&mut visited[link as usize / 64], 1 << (link % 64));
                if *word & bit == 0 && self.rows[link as usize] != NONE {
                    fresh[count] = link;
                    count += 1;
                }
                *word |= bit;
            }
            let fresh = &fresh[..count];
            fresh.iter().take(PREFETCH_ROWS).for_each(|node| self.prefetch(*node));
            for (i, node) in fresh.iter().enumerate() {
                if let Some(later) = fresh.get(i + PREFETCH_ROWS) {
                    self.prefetch(*later);
                }
                let scored = self.score(simd, *node);
                if best.len() < beam_width {
                    best.push(Reverse(scored));
                } else if let Some(mut worst) = best.peek_mut().filter(|worst| worst.0 < scored) {
                    *worst = Reverse(scored);
                } else {
                    continue;
                }
                candidates.push(scored);
            }
        }
        best.into_iter().map(|scored| scored.0).collect()
    }

    /// Has the codes of a node's row brought into the cache.
    #[inline(always)]
    fn prefetch(&self, node: u32) {
        let (row, dimension) = (self.rows[node as usize] as usize, self.vectors.dimension());
        prefetch(&self.vectors.codes()[row * dimension..][..dimension]);
    }
}
