//! The points that a graph is built from: codes of rows, and the distances between them.

use instant_distance::Point;
use pulp::{Simd, WithSimd};
use serde::{Serialize, Serializer};

use super::vnni::{STEP, Vnni};
use crate::base::cpu::Arch;
use crate::index::vectors::VectorStore;

/// Copies of some rows of a vector store, so that a graph can be built from them while the store changes.
pub(super) struct BuildPoints {
    /// Bytes from one point to the next: the dimension, rounded up to a multiple of [`STEP`].
    stride: usize,
    /// The codes of all points, `len * stride`; the rest of each point is zero.
    codes: Vec<i8>,
    numbers: Vec<Numbers>,
    /// The instructions that multiply bytes with bytes, where the CPU has them.
    vnni: Option<Vnni>,
    arch: Arch,
}

/// What is known of a point besides its codes.
#[derive(Clone, Copy)]
struct Numbers {
    /// The vector relative to the centroid is nearly this times the codes.
    scale: f32,
    /// Squared Euclidean length of that.
    square: f32,
    /// Sum of the codes.
    sum: i32,
}

impl BuildPoints {
    /// Copies `rows` of `vectors`.
    ///
    /// # Panics
    /// When there is no such row.
    pub(super) fn new(vectors: &VectorStore, rows: &[usize]) -> Self {
        let dimension = vectors.dimension();
        let stride = dimension.next_multiple_of(STEP);
        let mut codes = vec![0; rows.len() * stride];
        let copy = |(row, copy): (&usize, &mut [i8])| {
            let row = *row;
            copy[..dimension].copy_from_slice(&vectors.codes()[row * dimension..(row + 1) * dimension]);
            let scale = vectors.quantizations()[row].scale;
            let square: i32 = copy.iter().map(|code| i32::from(*code) * i32::from(*code)).sum();
            let sum = copy.iter().map(|code| i32::from(*code)).sum();
            Numbers { scale, square: square as f32 * scale * scale, sum }
        };
        let numbers = rows.iter().zip(codes.chunks_exact_mut(stride)).map(copy).collect();
        Self { stride, codes, numbers, vnni: Vnni::detect(), arch: Arch::in_use() }
    }

    /// Returns the number of points.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns the codes of a point, `stride` bytes.
    fn codes(&self, at: u32) -> &[i8] {
        &self.codes[at as usize * self.stride..][..self.stride]
    }

    /// Computes the inner product of the codes of two points. It is at most 2^14 a dimension, so that it fits into 32
    /// bits up to 131,072 dimensions.
    #[inline]
    fn product(&self, a: u32, b: u32) -> i32 {
        match self.vnni {
            Some(vnni) => vnni.dot(self.codes(a), self.codes(b), self.numbers[b as usize].sum),
            None => self.arch.dispatch(Dot(self.codes(a), self.codes(b))),
        }
    }
}

/// One of [`BuildPoints`]. instant-distance moves these about, not the codes.
#[derive(Clone, Copy)]
pub(super) struct BuildPoint<'a> {
    /// All points.
    pub points: &'a BuildPoints,
    /// Which of them this is.
    pub at: u32,
}

impl Point for BuildPoint<'_> {
    /// Computes the squared Euclidean distance, which orders unit vectors as their cosines do.
    #[inline]
    fn distance(&self, other: &Self) -> f32 {
        let (a, b) = (&self.points.numbers[self.at as usize], &self.points.numbers[other.at as usize]);
        let product = self.points.product(self.at, other.at);
        a.square + b.square - 2.0 * a.scale * b.scale * product as f32
    }
}

/// Points are serialized as nothing: only their links are kept.
impl Serialize for BuildPoint<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// The inner product of codes in plain code, which the compiler turns into the widest multiplications there are.
struct Dot<'a>(&'a [i8], &'a [i8]);

impl WithSimd for Dot<'_> {
    type Output = i32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> i32 {
        self.0.iter().zip(self.1).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    fn drawn(count: usize, dimension: usize) -> VectorStore {
        let mut vectors = VectorStore::new(dimension);
        for row in 0..count {
            let number = |i: usize| f16::from_f32(((row * 131 + i * i) as f32 * 0.37).sin());
            vectors.stage(&(0..dimension).map(number).collect::<Vec<_>>());
        }
        vectors.commit();
        vectors
    }

    #[test]
    fn distances_are_those_of_the_vectors_with_any_instructions() {
        for dimension in [1, 24, 64, 100, 192, 512] {
            let vectors = drawn(9, dimension);
            let mut points = BuildPoints::new(&vectors, &[8, 3, 5]);
            for vnni in [points.vnni, None] {
                points.vnni = vnni;
                let at = |at| BuildPoint { points: &points, at };
                let (a, b) = (vectors.vector(8), vectors.vector(5));
                let expected: f32 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
                assert!((at(0).distance(&at(2)) - expected).abs() < 0.02, "{dimension}");
                assert!(at(1).distance(&at(1)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn the_largest_products_are_exact() {
        let mut points = BuildPoints::new(&drawn(2, 512), &[0, 1]);
        for (a, b) in [(127, 127), (-127, 127), (-128, -128), (127, -128)] {
            points.codes[..512].fill(a);
            points.codes[512..].fill(b);
            points.numbers[1].sum = 512 * i32::from(b);
            for vnni in [points.vnni, None] {
                points.vnni = vnni;
                assert_eq!(points.product(0, 1), 512 * i32::from(a) * i32::from(b));
            }
        }
    }
}
