//! Where walks through a graph begin: some of its points, whose bytes lie side by side, so that all of them can be
//! looked at in the time of a few links.
//!
//! HNSW itself descends through sparser and sparser layers with one walker. Embeddings come in tight clusters with
//! little between them: that walker ends up in one which is near by chance (ARCHITECTURE.md has the measurements). Among
//! points drawn at random there is one of most clusters, and the nearest of all of them is as good a beginning as an
//! inverted file's nearest cells are.

use pulp::{Simd, WithSimd};

use super::graph::NONE;
use crate::base::simd::DotBytes;
use crate::index::matrix::Matrix;
use crate::index::rounded::RoundedQuery;

/// One of so many points is a hub.
const POINTS_A_HUB: usize = 6;
/// Or as many, where that is more.
const FEWEST: usize = 64;

/// How many hubs of all graphs together are looked at.
const LOOKED_AT: usize = 1 << 14;
/// But at least one of so many points.
const POINTS_A_LOOK: usize = 12;

/// How many hubs of a graph are looked at when it is one of `graphs`.
pub fn looked_at(points: usize, graphs: usize) -> usize {
    let share = (LOOKED_AT / graphs.max(1)).max(points / POINTS_A_LOOK);
    share.min(count(points))
}

fn count(points: usize) -> usize {
    points.div_ceil(POINTS_A_HUB).max(FEWEST)
}

/// Copies of rows, as the matrix had them when the graph was taken in. Should it round them around another mean by now,
/// that moves all scores by the same.
#[derive(Debug, Default)]
pub struct Hubs {
    nodes: Vec<u32>,
    bytes: Vec<i8>,
    scales: Vec<f32>,
}

impl Hubs {
    /// The first of a graph's points, whose `rows` of the matrix these are.
    pub fn copy(matrix: &Matrix, rows: &[u32]) -> Self {
        let mut hubs = Self::default();
        for (node, row) in rows.iter().enumerate().take(count(rows.len())).filter(|(_, row)| **row != NONE) {
            let row = *row as usize;
            hubs.nodes.push(node as u32);
            hubs.bytes.extend(&matrix.bytes()[row * matrix.dimension()..][..matrix.dimension()]);
            hubs.scales.push(matrix.roundings()[row].scale);
        }
        hubs
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        size_of_val(self.bytes.as_slice()) + self.nodes.len() * size_of::<(u32, f32)>()
    }

    /// Of the first `looked_at` hubs, the `count` that are nearest to the query, in no order.
    #[inline(always)]
    pub fn nearest<S: Simd>(
        &self,
        simd: S,
        query: &RoundedQuery,
        looked_at: usize,
        count: usize,
    ) -> Vec<u32> {
        let mut products = vec![0; looked_at.min(self.nodes.len())];
        let rows = &self.bytes[..products.len() * query.values.len()];
        DotBytes { rows, query: &query.values, products: &mut products }.with_simd(simd);
        let scores = products.iter().zip(&self.scales).map(|(product, scale)| *product as f32 * scale);
        let mut found: Vec<(f32, u32)> = scores.zip(self.nodes.iter().copied()).collect();
        if count < found.len() {
            found.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0));
            found.truncate(count);
        }
        found.into_iter().map(|(_, node)| node).collect()
    }
}
