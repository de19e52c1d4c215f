//! The vectors of an index in memory, twice: as they were given (f16), for exact scores, and quantized to one byte a
//! component, for a first pass that reads half as much.
//!
//! A row of numbers h stands for the unit vector v = h / |h|. Its codes c, integers in [-127, 127], approximate it:
//! v = centroid + scale c + e, where of the error e only the length is kept. By the inequality of Cauchy and Schwarz,
//! the inner product with a query q is then centroid q + scale (c q), within |e| |q|. The centroid is the mean of the
//! rows. Subtracting it matters for CLIP: its vectors all point into one direction, with a few large components that
//! would make the quantization steps of all others coarse.

pub(super) mod stored;

use half::f16;
use half::slice::HalfFloatSliceExt;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::base::cpu::Arch;
use crate::base::simd::{DotExactly, ROUND};

/// The largest code; codes are symmetric around zero.
const LARGEST_CODE: f32 = 127.0;

/// Rows that one task of the thread pool works on: enough to pay for handing them to another thread.
const ROWS_PER_TASK: usize = 256;

/// How the codes of one row stand for its vector.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quantization {
    /// The row's unit vector is nearly `centroid + scale * codes`.
    pub scale: f32,
    /// Upper bound of the Euclidean length of the difference.
    pub error: f32,
}

/// A table of vectors of one dimension, one a row. Rows are numbered from 0 without gaps.
///
/// New rows are staged, which costs nothing, and become part of the table when they are committed: quantizing many rows
/// at once takes all threads.
#[derive(Debug)]
pub struct VectorStore {
    dimension: usize,
    /// The components of all committed rows, `len * dimension`.
    halves: Vec<f16>,
    /// For each row, the factor that makes its components a unit vector; 0 for a row of zeros.
    inverse_lengths: Vec<f64>,
    /// The codes of all committed rows, `len * dimension`.
    codes: Vec<i8>,
    /// One for each committed row.
    quantizations: Vec<Quantization>,
    /// The vector that is subtracted before quantizing, `dimension` numbers.
    centroid: Vec<f32>,
    /// Number of rows that the centroid is the mean of.
    centroid_rows: usize,
    /// The components of rows that are not committed yet. Only [`Self::commit`] looks at them.
    staged: Vec<f16>,
}

impl VectorStore {
    /// Makes an empty table for vectors of `dimension` components.
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension,
            halves: Vec::new(),
            inverse_lengths: Vec::new(),
            codes: Vec::new(),
            quantizations: Vec::new(),
            centroid: vec![0.0; dimension],
            centroid_rows: 0,
            staged: Vec::new(),
        }
    }

    /// Returns the number of committed rows.
    pub fn len(&self) -> usize {
        self.quantizations.len()
    }

    /// Tells whether there are no committed rows.
    pub fn is_empty(&self) -> bool {
        self.quantizations.is_empty()
    }

    /// Returns the number of staged rows.
    pub fn staged(&self) -> usize {
        self.staged.len().checked_div(self.dimension).unwrap_or_default()
    }

    /// Returns the number of components of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns the bytes of memory that the committed rows take.
    pub fn memory(&self) -> usize {
        self.len() * (3 * self.dimension + size_of::<f64>() + size_of::<Quantization>())
    }

    /// Stages a row of `dimension` finite components. It is invisible until [`Self::commit`].
    ///
    /// # Panics
    /// When the row has another dimension.
    pub fn stage(&mut self, row: &[f16]) {
        assert_eq!(row.len(), self.dimension, "the dimension of a row");
        self.staged.extend_from_slice(row);
    }

    /// Replaces the components of the committed row `at`.
    ///
    /// # Panics
    /// When `row` has another dimension, or there is no row `at`.
    pub fn replace(&mut self, at: usize, row: &[f16]) {
        let cells = at * self.dimension..(at + 1) * self.dimension;
        self.halves[cells.clone()].copy_from_slice(row);
        let mut numbers = vec![0.0; self.dimension];
        self.inverse_lengths[at] = inverse_length(row, &mut numbers);
        self.quantizations[at] =
            quantize(&numbers, self.inverse_lengths[at], &self.centroid, &mut self.codes[cells]);
    }

    /// Removes the committed row `at`. The last committed row takes its number.
    ///
    /// # Panics
    /// When there is no row `at`.
    pub fn swap_remove(&mut self, at: usize) {
        let (last, dimension) = (self.len() - 1, self.dimension);
        self.halves.copy_within(last * dimension.., at * dimension);
        self.halves.truncate(last * dimension);
        self.codes.copy_within(last * dimension.., at * dimension);
        self.codes.truncate(last * dimension);
        self.inverse_lengths.swap_remove(at);
        self.quantizations.swap_remove(at);
    }

    /// Appends the staged rows in the order in which they were staged. Runs on all threads of the current rayon pool.
    ///
    /// When the number of rows has doubled since the centroid was computed, it is computed anew, and all rows are
    /// quantized again.
    pub fn commit(&mut self) {
        if self.staged.is_empty() {
            return;
        }
        let (committed, dimension) = (self.len(), self.dimension);
        if self.halves.is_empty() {
            // Without a copy: there may be a million rows.
            self.halves = std::mem::take(&mut self.staged);
        } else {
            self.halves.append(&mut self.staged);
        }
        let count = self.halves.len() / dimension;
        let numbers = || vec![0.0; dimension];
        self.inverse_lengths.resize(count, 0.0);
        self.inverse_lengths[committed..]
            .par_iter_mut()
            .zip(self.halves[committed * dimension..].par_chunks_exact(dimension))
            .with_min_len(ROWS_PER_TASK)
            .for_each_init(numbers, |numbers, (inverse, row)| *inverse = inverse_length(row, numbers));
        let mut first = committed;
        if count >= 2 * self.centroid_rows {
            self.centroid = self.mean(count);
            self.centroid_rows = count;
            first = 0;
        }
        self.codes.resize(count * dimension, 0);
        self.quantizations.resize(count, Quantization::default());
        self.codes[first * dimension..]
            .par_chunks_exact_mut(dimension)
            .zip(&mut self.quantizations[first..])
            .zip(self.halves[first * dimension..].par_chunks_exact(dimension))
            .zip(&self.inverse_lengths[first..])
            .with_min_len(ROWS_PER_TASK)
            .for_each_init(numbers, |numbers, (((codes, quantization), row), inverse)| {
                row.convert_to_f32_slice(numbers);
                *quantization = quantize(numbers, *inverse, &self.centroid, codes);
            });
    }

    /// Computes the mean of the first `count` rows as unit vectors.
    fn mean(&self, count: usize) -> Vec<f32> {
        let zeros = || vec![0.0_f32; self.dimension];
        let add = |sum: &mut [f32], other: &[f32], weight: f32| {
            sum.iter_mut().zip(other).for_each(|(sum, x)| *sum += weight * x);
        };
        let mut mean = (0..count)
            .into_par_iter()
            .with_min_len(ROWS_PER_TASK)
            .fold(
                || (zeros(), zeros()),
                |(mut sum, mut numbers), row| {
                    self.row(row).convert_to_f32_slice(&mut numbers);
                    add(&mut sum, &numbers, self.inverse_lengths[row] as f32);
                    (sum, numbers)
                },
            )
            .map(|(sum, _)| sum)
            .reduce(zeros, |mut sum, other| {
                add(&mut sum, &other, 1.0);
                sum
            });
        mean.iter_mut().for_each(|x| *x /= count.max(1) as f32);
        mean
    }

    /// Returns the components of a row as they were given.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> &[f16] {
        &self.halves[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Returns a row as a unit vector; zeros for a row of zeros.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn vector(&self, row: usize) -> Vec<f32> {
        let mut vector = self.row(row).to_f32_vec();
        let inverse = self.inverse_lengths[row];
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) * inverse) as f32);
        vector
    }

    /// Returns the vector that all codes are relative to: the mean of the rows at the time when it was last computed.
    pub fn centroid(&self) -> &[f32] {
        &self.centroid
    }

    /// Returns the codes of all rows, `len * dimension`, row after row.
    pub fn codes(&self) -> &[i8] {
        &self.codes
    }

    /// Returns how the codes of each row stand for its vector, one for each row.
    pub fn quantizations(&self) -> &[Quantization] {
        &self.quantizations
    }

    /// Returns a function from a row to the inner product of its unit vector with `query` (`dimension` numbers).
    ///
    /// Products are summed in f64 in a fixed order and rounded once, so that equal rows have equal scores and every
    /// CPU computes the same.
    pub fn scorer<'a>(&'a self, query: &'a [f32]) -> impl FnMut(usize) -> f32 + 'a {
        let (arch, mut numbers) = (Arch::in_use(), vec![0.0; self.dimension]);
        move |row| {
            self.row(row).convert_to_f32_slice(&mut numbers);
            let sum = arch.dispatch(DotExactly(&numbers, query));
            (self.inverse_lengths[row] * sum) as f32
        }
    }
}

/// Converts `row` into `numbers`, and returns 1 over its Euclidean length, or 0 for a row of zeros.
fn inverse_length(row: &[f16], numbers: &mut [f32]) -> f64 {
    row.convert_to_f32_slice(numbers);
    let length = Arch::in_use().dispatch(DotExactly(numbers, numbers)).sqrt();
    if length > 0.0 { 1.0 / length } else { 0.0 }
}

/// Quantizes a row of components (before they are scaled to unit length) into `codes`.
fn quantize(numbers: &[f32], inverse_length: f64, centroid: &[f32], codes: &mut [i8]) -> Quantization {
    Arch::in_use().dispatch(Quantize { numbers, inverse_length, centroid, codes })
}

/// The work of [`quantize`], compiled for each instruction set. All slices have the same length.
struct Quantize<'a> {
    numbers: &'a [f32],
    inverse_length: f64,
    centroid: &'a [f32],
    codes: &'a mut [i8],
}

impl WithSimd for Quantize<'_> {
    type Output = Quantization;

    /// Whatever the codes become, the error is computed from these very codes with this very scale.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Quantization {
        // A single running sum or maximum could not be vectorized.
        const LANES: usize = 16;
        let (inverse, error) = (self.inverse_length as f32, |scale: f32, x: f32, centroid: f32, code: i8| {
            let exact = f64::from(x) * self.inverse_length - f64::from(centroid);
            exact - f64::from(scale) * f64::from(code)
        });
        let (numbers, numbers_rest) = self.numbers.as_chunks::<LANES>();
        let (centroid, centroid_rest) = self.centroid.as_chunks::<LANES>();
        let (codes, codes_rest) = self.codes.as_chunks_mut::<LANES>();
        let mut largest = [f32::MIN_POSITIVE; LANES];
        for (x, centroid) in numbers.iter().zip(centroid) {
            for i in 0..LANES {
                let size = (x[i] * inverse - centroid[i]).abs();
                largest[i] = if size > largest[i] { size } else { largest[i] };
            }
        }
        for (x, centroid) in numbers_rest.iter().zip(centroid_rest) {
            largest[0] = largest[0].max((x * inverse - centroid).abs());
        }
        let largest = largest.into_iter().fold(f32::MIN_POSITIVE, f32::max);
        let (scale, steps) = (largest / LARGEST_CODE, LARGEST_CODE / largest);
        let mut squares = [0.0; LANES];
        for ((x, centroid), codes) in numbers.iter().zip(centroid).zip(codes) {
            for i in 0..LANES {
                codes[i] = ((x[i] * inverse - centroid[i]) * steps + ROUND).to_bits() as i8;
                squares[i] += error(scale, x[i], centroid[i], codes[i]).powi(2);
            }
        }
        for ((x, centroid), code) in numbers_rest.iter().zip(centroid_rest).zip(codes_rest) {
            *code = ((x * inverse - centroid) * steps + ROUND).to_bits() as i8;
            squares[0] += error(scale, *x, *centroid, *code).powi(2);
        }
        // The margin is more than what computing in f64 and rounding to f32 can lose.
        let error = (squares.iter().sum::<f64>().sqrt() * (1.0 + 1e-6)) as f32 + f32::MIN_POSITIVE;
        Quantization { scale, error }
    }
}

#[cfg(test)]
mod tests;
