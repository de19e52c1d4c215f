//! What a graph is built from: rows of bytes, and how far they are from one another.

use instant_distance::Point;
use pulp::{Arch, Simd, WithSimd};
use serde::{Serialize, Serializer};

use crate::index::Matrix;

/// Bytes are laid out in steps of this many, the width of the widest registers; the rest of a row is zero.
const STEP: usize = 64;

/// Copies of some rows of a matrix, so that a graph can be built from them while the matrix changes.
pub struct Points {
    stride: usize,
    bytes: Vec<i8>,
    numbers: Vec<Numbers>,
    /// Whether the CPU multiplies bytes with bytes.
    wide: bool,
    arch: Arch,
}

/// What is known of a point besides its bytes.
#[derive(Clone, Copy)]
struct Numbers {
    /// The vector, less the mean of all, is this times the bytes.
    scale: f32,
    /// Its squared length.
    square: f32,
    /// Sum of the bytes.
    sum: i32,
}

impl Points {
    /// Copies rows of `matrix`.
    pub fn new(matrix: &Matrix, rows: &[usize]) -> Self {
        let dimension = matrix.dimension();
        let stride = dimension.next_multiple_of(STEP);
        let mut bytes = vec![0; rows.len() * stride];
        let copy = |(row, copy): (&usize, &mut [i8])| {
            let row = *row;
            copy[..dimension].copy_from_slice(&matrix.bytes()[row * dimension..(row + 1) * dimension]);
            let scale = matrix.roundings()[row].scale;
            let square: i32 = copy.iter().map(|b| i32::from(*b) * i32::from(*b)).sum();
            let sum = copy.iter().map(|b| i32::from(*b)).sum();
            Numbers { scale, square: square as f32 * scale * scale, sum }
        };
        let numbers = rows.iter().zip(bytes.chunks_exact_mut(stride)).map(copy).collect();
        Self { stride, bytes, numbers, wide: vnni::is_supported(), arch: Arch::new() }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    fn bytes(&self, at: u32) -> &[i8] {
        &self.bytes[at as usize * self.stride..][..self.stride]
    }

    /// Inner product of the bytes of two points: at most 2^14 a dimension, so that it fits up to 131,072 of them.
    #[inline]
    fn product(&self, a: u32, b: u32) -> i32 {
        if self.wide {
            vnni::dot(self.bytes(a), self.bytes(b), self.numbers[b as usize].sum)
        } else {
            self.arch.dispatch(Dot(self.bytes(a), self.bytes(b)))
        }
    }
}

/// One of [`Points`]; instant-distance moves these about, not the bytes.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub points: &'a Points,
    pub at: u32,
}

impl Point for At<'_> {
    /// Squared Euclidean distance, which orders unit vectors as their cosines do.
    #[inline]
    fn distance(&self, other: &Self) -> f32 {
        let (a, b) = (&self.points.numbers[self.at as usize], &self.points.numbers[other.at as usize]);
        let product = self.points.product(self.at, other.at);
        a.square + b.square - 2.0 * a.scale * b.scale * product as f32
    }
}

/// The points themselves are no part of what is kept of a graph.
impl Serialize for At<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// Inner product of bytes; plain code that the compiler turns into the widest multiplications there are.
struct Dot<'a>(&'a [i8], &'a [i8]);

impl WithSimd for Dot<'_> {
    type Output = i32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> i32 {
        self.0.iter().zip(self.1).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
    }
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_reduce_add_epi32,
        _mm512_set1_epi8, _mm512_setzero_si512, _mm512_xor_si512,
    };

    use super::STEP;

    /// Whether this CPU has AVX-512 VNNI.
    pub fn is_supported() -> bool {
        std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512vnni")
    }

    /// Inner product of two rows of whole steps; `sum` is that of the second's bytes. The instruction takes one
    /// side without a sign: 128 is added to the first, and 128 times the sum taken away again.
    #[inline]
    pub fn dot(a: &[i8], b: &[i8], sum: i32) -> i32 {
        assert!(a.len() == b.len() && a.len().is_multiple_of(STEP), "rows of whole steps");
        // SAFETY: `Points` calls this only where `is_supported` has said so; lengths are checked above.
        unsafe { dot_of_steps(a, b) }.wrapping_sub(128_i32.wrapping_mul(sum))
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    fn dot_of_steps(a: &[i8], b: &[i8]) -> i32 {
        let flip = _mm512_set1_epi8(-128);
        let mut sums = [_mm512_setzero_si512(); 2];
        let load = |row: &[i8], step: usize| {
            // SAFETY: both rows are of one length, a multiple of a step, and the step is within it.
            unsafe { _mm512_loadu_si512(row.as_ptr().add(step * STEP).cast::<__m512i>()) }
        };
        let steps = a.len() / STEP;
        let mut step = 0;
        while step + 1 < steps {
            let (first, second) =
                (_mm512_xor_si512(load(a, step), flip), _mm512_xor_si512(load(a, step + 1), flip));
            sums[0] = _mm512_dpbusd_epi32(sums[0], first, load(b, step));
            sums[1] = _mm512_dpbusd_epi32(sums[1], second, load(b, step + 1));
            step += 2;
        }
        if step < steps {
            sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_xor_si512(load(a, step), flip), load(b, step));
        }
        _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]))
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod vnni {
    pub fn is_supported() -> bool {
        false
    }

    pub fn dot(_: &[i8], _: &[i8], _: i32) -> i32 {
        unreachable!("only asked for where it is supported")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

    fn drawn(count: usize, dimension: usize) -> Matrix {
        let mut matrix = Matrix::new(dimension);
        for row in 0..count {
            let number = |i: usize| f16::from_f32(((row * 131 + i * i) as f32 * 0.37).sin());
            matrix.stage(&(0..dimension).map(number).collect::<Vec<_>>());
        }
        matrix.commit();
        matrix
    }

    #[test]
    fn distances_are_those_of_the_vectors_by_either_way() {
        for dimension in [1, 24, 64, 100, 192, 512] {
            let matrix = drawn(9, dimension);
            let mut points = Points::new(&matrix, &[8, 3, 5]);
            for wide in [points.wide, false] {
                points.wide = wide;
                let at = |at| At { points: &points, at };
                let (a, b) = (matrix.vector(8), matrix.vector(5));
                let expected: f32 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
                assert!((at(0).distance(&at(2)) - expected).abs() < 0.02, "{dimension}");
                assert!(at(1).distance(&at(1)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn the_largest_products_are_exact() {
        let mut points = Points::new(&drawn(2, 512), &[0, 1]);
        for (a, b) in [(127, 127), (-127, 127), (-128, -128), (127, -128)] {
            points.bytes[..512].fill(a);
            points.bytes[512..].fill(b);
            points.numbers[1].sum = 512 * i32::from(b);
            for wide in [points.wide, false] {
                points.wide = wide;
                assert_eq!(points.product(0, 1), 512 * i32::from(a) * i32::from(b));
            }
        }
    }
}
