//! Following the links of a graph towards a query: the search of HNSW's lowest layer (algorithm 2 of its authors), from
//! the nearest hubs on.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pulp::{Simd, WithSimd};

use super::graph::{Graph, LINKS, NONE};
use super::hubs::Hubs;
use crate::index::Matrix;
use crate::index::rounded::RoundedQuery;

/// How many rows ahead are fetched from memory: their addresses look random to the processor.
const AHEAD: usize = 6;

/// A search of one graph for the points with the greatest inner products.
pub struct Walk<'a> {
    pub graph: &'a Graph,
    pub hubs: &'a Hubs,
    /// The row of the matrix that each point is, or [`NONE`] where there is no such row any more: such points
    /// are not visited, and links to them lead nowhere.
    pub rows: &'a [u32],
    pub matrix: &'a Matrix,
    pub query: &'a RoundedQuery,
    /// How many of the hubs are looked at.
    pub looked_at: usize,
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

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Found> {
        let is_there = |node: &u32| self.rows[*node as usize] != NONE;
        let mut starts = self.hubs.nearest(simd, self.query, self.looked_at, self.ef.max(1));
        starts.retain(is_there);
        if starts.is_empty() {
            starts.extend((0..self.rows.len() as u32).find(is_there));
        }
        starts.iter().for_each(|node| self.fetch(*node));
        let starts: Vec<Found> = starts.into_iter().map(|node| self.look(simd, node)).collect();
        self.walk(simd, &starts)
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
    fn walk<S: Simd>(&self, simd: S, starts: &[Found]) -> Vec<Found> {
        let ef = self.ef.max(1);
        let mut seen = vec![0_u64; self.graph.points().div_ceil(64)];
        starts.iter().for_each(|start| seen[start.node as usize / 64] |= 1 << (start.node % 64));
        let mut ahead: BinaryHeap<Found> = starts.iter().copied().collect();
        let mut best: BinaryHeap<Reverse<Found>> = starts.iter().copied().map(Reverse).collect();
        let mut fresh = [0; LINKS];
        while let Some(next) = ahead.pop() {
            if best.len() >= ef && best.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            let mut count = 0;
            for link in self.graph.links(next.node) {
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
