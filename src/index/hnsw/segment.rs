//! A graph of some of the pictures, and what identifies them.

use std::path::PathBuf;

use anyhow::Result;
use half::f16;
use half::slice::HalfFloatSliceExt;

use super::graph::{Graph, NONE};
use super::hubs::Hubs;
use super::points::Points;

/// Identifies the numbers of a row; two that differ have the same by a chance of 2^-64.
pub type Fingerprint = u64;

/// Of a row as it is stored: products of 64-bit words, both halves folded into one (as wyhash does).
pub fn fingerprint(row: &[f16]) -> Fingerprint {
    const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let word = |halves: &[u16]| halves.iter().rev().fold(0, |word, half| word << 16 | u64::from(*half));
    let mut state = fold(row.len() as u64 ^ KEYS[0], KEYS[1]);
    for step in row.reinterpret_cast().chunks(8) {
        let (low, high) = step.split_at(step.len().min(4));
        state = fold(state ^ word(low) ^ KEYS[0], word(high) ^ KEYS[1]) ^ state.rotate_left(29);
    }
    fold(state ^ KEYS[1], KEYS[0])
}

/// A graph whose points are contents: identical pictures are one point.
#[derive(Debug)]
pub struct Segment {
    pub graph: Graph,
    /// None before it is taken in.
    pub hubs: Hubs,
    /// Of each point.
    pub fingerprints: Vec<Fingerprint>,
    /// The first row of each point, or `NONE` when no picture has such contents now.
    pub rows: Vec<u32>,
    /// Number of points that have a row.
    pub live: usize,
    /// The catalogue's change number when the rows were read.
    pub generation: i64,
    /// How many pictures had these contents then.
    pub pictures: usize,
    /// Where it is kept.
    pub path: Option<PathBuf>,
}

impl Segment {
    /// A segment that has no rows yet.
    pub fn new(graph: Graph, fingerprints: Vec<Fingerprint>, generation: i64, pictures: usize) -> Self {
        let rows = vec![NONE; fingerprints.len()];
        Self { graph, hubs: Hubs::default(), fingerprints, rows, live: 0, generation, pictures, path: None }
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.graph.memory()
            + self.hubs.memory()
            + self.rows.len() * (size_of::<u32>() + size_of::<Fingerprint>())
    }

    /// Whether so few of the points are gone that links still lead everywhere.
    pub fn is_usable(&self) -> bool {
        self.live * 10 >= self.rows.len() * 8
    }

    /// Whether so many of the points are gone that it should be built anew.
    pub fn is_stale(&self) -> bool {
        self.live * 10 < self.rows.len() * 9
    }
}

/// A segment to be built, which needs nothing of the matrix any more.
pub struct Job {
    pub points: Points,
    /// Of each point.
    pub fingerprints: Vec<Fingerprint>,
    pub generation: i64,
    pub pictures: usize,
}

impl Job {
    /// Builds it on the threads of rayon's pool: about 20 s for 65,536 points of 512 dimensions on two.
    ///
    /// # Errors
    /// As [`Graph::build`].
    pub fn build(self) -> Result<Segment> {
        let (graph, inputs) = Graph::build(&self.points)?;
        let fingerprints = inputs.into_iter().map(|input| self.fingerprints[input as usize]).collect();
        Ok(Segment::new(graph, fingerprints, self.generation, self.pictures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_bit_of_a_row_counts() {
        for length in [1, 4, 7, 8, 24, 511] {
            let row: Vec<f16> = (0..length).map(|i| f16::from_f32(i as f32 * 0.1)).collect();
            let mut all = HashSet::from([fingerprint(&row), fingerprint(&row[..length - 1])]);
            for at in 0..length {
                for bit in 0..16 {
                    let mut other = row.clone();
                    other[at] = f16::from_bits(other[at].to_bits() ^ 1 << bit);
                    all.insert(fingerprint(&other));
                }
            }
            assert_eq!(all.len(), 16 * length + 2);
        }
    }
}
