//! Following the links of a graph towards a query: the search of HNSW (algorithms 2 and 5 of its authors).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pulp::{Simd, WithSimd};

use super::graph::{Graph, LINKS, NONE};
use crate::search::Matrix;
use crate::search::rounded::RoundedQuery;

/// How many rows ahead are fetched from memory: their addresses look random to the processor.
const AHEAD: usize = 6;

/// A search of one graph for the points with the greatest inner products.
pub struct Walk<'a> {
    pub graph: &'a Graph,
    /// The row of the matrix that each point is, or [`NONE`] where there is no such row any more: such points
    /// are not visited, and links to them lead nowhere.
    pub rows: &'a [u32],
    pub matrix: &'a Matrix,
    pub query: &'a RoundedQuery,
    /// How many of the best points so far are kept in sight, and returned.
    pub ef: usize,
}

/// A point that was found, and the inner product of its row's bytes with the query's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The score's order, see [`key`].
    order: u32,
    pub node: u32,
    pub product: i32,
}

/// Orders as the score does: of negative numbers the larger bits are the lesser.
#[inline(always)]
fn key(score: f32) -> u32 {
    let bits = score.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

impl WithSimd for Walk<'_> {
    /// In no order, and at most `ef`.
    type Output = Vec<Found>;

    /// The authors look for one point only in the upper layers. But vectors come in tight clusters: a lone walker
    /// ends up in one that is near by chance, and many that start in different ones cost little more.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Found> {
        let Some(start) = self.rows.iter().position(|row| *row != NONE) else { return Vec::new() };
        let start = self.look(simd, start as u32);
        // Points of the highest layer come first: a start that is not in a layer is in those below.
        let mut near = vec![start];
        let mut seen = vec![0_u64; self.graph.points().div_ceil(64)];
        for layer in (0..=self.graph.upper_layers()).rev() {
            if (near[0].node as usize) < self.graph.layer_len(layer) {
                let ef = if layer == 0 { self.ef.max(1) } else { (self.ef / 2).max(1) };
                near = self.walk(simd, layer, ef, &near, &mut seen);
            }
        }
        near
    }
}

impl Walk<'_> {
    #[inline(always)]
    fn look<S: Simd>(&self, _: S, node: u32) -> Found {
        let (row, dimension) = (self.rows[node as usize] as usize, self.matrix.dimension());
        let bytes = &self.matrix.bytes()[row * dimension..][..dimension];
        let pairs = bytes.iter().zip(&self.query.values);
        let product = pairs.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        Found { order: key(product as f32 * self.matrix.roundings()[row].scale), node, product }
    }

    #[inline(always)]
    fn walk<S: Simd>(
        &self,
        simd: S,
        layer: usize,
        ef: usize,
        starts: &[Found],
        seen: &mut [u64],
    ) -> Vec<Found> {
        seen.fill(0);
        starts.iter().for_each(|start| seen[start.node as usize / 64] |= 1 << (start.node % 64));
        let mut ahead: BinaryHeap<Found> = starts.iter().copied().collect();
        let mut best: BinaryHeap<Reverse<Found>> = starts.iter().copied().map(Reverse).collect();
        let mut fresh = [0; LINKS];
        while let Some(next) = ahead.pop() {
            if best.len() >= ef && best.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            let mut count = 0;
            for link in self.graph.links(layer, next.node) {
                let (word, bit) = (&mut seen[link as usize / 64], 1 << (link % 64));
                if *word & bit == 0 && self.rows[link as usize] != NONE {
                    fresh[count] = link;
                    count += 1;
                }
                *word |= bit;
            }
            let fresh = &fresh[..count];
            fresh.iter().take(AHEAD).for_each(|node| self.fetch(*node));
            for (i, node) in fresh.iter().enumerate() {
                if let Some(later) = fresh.get(i + AHEAD) {
                    self.fetch(*later);
                }
                let found = self.look(simd, *node);
                if best.len() < ef {
                    best.push(Reverse(found));
                } else if let Some(mut worst) = best.peek_mut().filter(|worst| worst.0 < found) {
                    *worst = Reverse(found);
                } else {
                    continue;
                }
                ahead.push(found);
            }
        }
        best.into_iter().map(|found| found.0).collect()
    }

    /// Has a row brought into the cache.
    #[inline(always)]
    fn fetch(&self, node: u32) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let (row, dimension) = (self.rows[node as usize] as usize, self.matrix.dimension());
            let bytes = &self.matrix.bytes()[row * dimension..][..dimension];
            for line in bytes.chunks(64) {
                // SAFETY: a hint that reads nothing, and the address is that of a byte of the slice.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr()) };
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = node;
    }
}
