//! The vectors of a collection in memory, twice: as they are stored (f16), for exact scores, and as bytes, for
//! a first pass that reads half as much.
//!
//! A row of numbers h stands for the unit vector v = h / |h|. Its bytes b stand for it nearly:
//! v = centre + scale b + e, where only the length of e is kept. By the inequality of Cauchy and Schwarz the
//! inner product with a query q is then centre q + scale (b q), give or take |e| |q|. The centre, the mean of
//! the rows, takes out what all have in common: CLIP's vectors all point the same way, with a few large values
//! that would make the steps of the others coarse.

pub mod stored;

use half::f16;
use half::slice::HalfFloatSliceExt;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::base::simd::{DotExactly, ROUND};

/// Largest byte, on either side of zero.
const MOST: f32 = 127.0;

/// Rows that are made ready at once: enough to pay for handing them to another thread.
const ROWS_PER_TASK: usize = 256;

/// What the bytes of a row mean.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rounding {
    /// The row is `centre + scale * bytes`, nearly.
    pub scale: f32,
    /// Length of the difference, or a little more.
    pub error: f32,
}

/// Rows of one dimension.
pub struct Matrix {
    dimension: usize,
    halves: Vec<f16>,
    /// What makes each row of `halves` a unit vector; 0 where all its numbers are.
    inverse_lengths: Vec<f64>,
    bytes: Vec<i8>,
    roundings: Vec<Rounding>,
    centre: Vec<f32>,
    /// Number of rows that the centre is the mean of.
    centred: usize,
    /// Rows that are not committed yet: nothing but [`Self::commit`] looks at them.
    staged: Vec<f16>,
}

impl Matrix {
    /// No rows yet.
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension,
            halves: Vec::new(),
            inverse_lengths: Vec::new(),
            bytes: Vec::new(),
            roundings: Vec::new(),
            centre: vec![0.0; dimension],
            centred: 0,
            staged: Vec::new(),
        }
    }

    /// Number of committed rows.
    pub fn len(&self) -> usize {
        self.roundings.len()
    }

    /// Whether there are no committed rows.
    pub fn is_empty(&self) -> bool {
        self.roundings.is_empty()
    }

    /// Number of staged rows.
    pub fn staged(&self) -> usize {
        self.staged.len().checked_div(self.dimension).unwrap_or_default()
    }

    /// Length of a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Bytes of memory that the rows take.
    pub fn memory(&self) -> usize {
        self.len() * (3 * self.dimension + size_of::<f64>() + size_of::<Rounding>())
    }

    /// Stages a row of finite numbers. It is no row of the matrix before [`Self::commit`].
    ///
    /// # Panics
    /// When it has another dimension.
    pub fn stage(&mut self, row: &[f16]) {
        assert_eq!(row.len(), self.dimension, "the dimension of a row");
        self.staged.extend_from_slice(row);
    }

    /// Puts other numbers into a committed row.
    ///
    /// # Panics
    /// When they are of another dimension, or there is no such row.
    pub fn replace(&mut self, at: usize, row: &[f16]) {
        let cells = at * self.dimension..(at + 1) * self.dimension;
        self.halves[cells.clone()].copy_from_slice(row);
        let mut numbers = vec![0.0; self.dimension];
        self.inverse_lengths[at] = inverse_length(row, &mut numbers);
        self.roundings[at] = round(&numbers, self.inverse_lengths[at], &self.centre, &mut self.bytes[cells]);
    }

    /// Removes a committed row; the last committed one takes its place.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn swap_remove(&mut self, at: usize) {
        let (last, dimension) = (self.len() - 1, self.dimension);
        self.halves.copy_within(last * dimension.., at * dimension);
        self.halves.truncate(last * dimension);
        self.bytes.copy_within(last * dimension.., at * dimension);
        self.bytes.truncate(last * dimension);
        self.inverse_lengths.swap_remove(at);
        self.roundings.swap_remove(at);
    }

    /// Appends the staged rows in the order in which they were staged, with all that a search needs, on all threads
    /// of rayon's pool. When there are many more than the last time the centre was computed, all are rounded anew
    /// around their mean.
    pub fn commit(&mut self) {
        if self.staged.is_empty() {
            return;
        }
        let (committed, dimension) = (self.len(), self.dimension);
        if self.halves.is_empty() {
            // No copy: there may be a million of them.
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
        if count >= 2 * self.centred {
            self.centre = self.mean(count);
            self.centred = count;
            first = 0;
        }
        self.bytes.resize(count * dimension, 0);
        self.roundings.resize(count, Rounding::default());
        self.bytes[first * dimension..]
            .par_chunks_exact_mut(dimension)
            .zip(&mut self.roundings[first..])
            .zip(self.halves[first * dimension..].par_chunks_exact(dimension))
            .zip(&self.inverse_lengths[first..])
            .with_min_len(ROWS_PER_TASK)
            .for_each_init(numbers, |numbers, (((bytes, rounding), row), inverse)| {
                row.convert_to_f32_slice(numbers);
                *rounding = round(numbers, *inverse, &self.centre, bytes);
            });
    }

    /// The mean of the first `count` rows.
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

    /// A row as it is stored.
    pub fn row(&self, row: usize) -> &[f16] {
        &self.halves[row * self.dimension..(row + 1) * self.dimension]
    }

    /// A row as a unit vector.
    pub fn vector(&self, row: usize) -> Vec<f32> {
        let mut vector = self.row(row).to_f32_vec();
        let inverse = self.inverse_lengths[row];
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) * inverse) as f32);
        vector
    }

    /// The mean of all rows, when it was last computed.
    pub fn centre(&self) -> &[f32] {
        &self.centre
    }

    /// The bytes of all rows, one after the other.
    pub fn bytes(&self) -> &[i8] {
        &self.bytes
    }

    /// What the bytes of each row mean.
    pub fn roundings(&self) -> &[Rounding] {
        &self.roundings
    }

    /// Inner products of rows with a query of their dimension: summed up in f64, then rounded, so that equal
    /// rows have equal scores and every CPU computes the same.
    pub fn scorer<'a>(&'a self, query: &'a [f32]) -> impl FnMut(usize) -> f32 + 'a {
        let (arch, mut numbers) = (Arch::new(), vec![0.0; self.dimension]);
        move |row| {
            self.row(row).convert_to_f32_slice(&mut numbers);
            let sum = arch.dispatch(DotExactly(&numbers, query));
            (self.inverse_lengths[row] * sum) as f32
        }
    }
}

/// Leaves the row in `numbers`.
fn inverse_length(row: &[f16], numbers: &mut [f32]) -> f64 {
    row.convert_to_f32_slice(numbers);
    let length = Arch::new().dispatch(DotExactly(numbers, numbers)).sqrt();
    if length > 0.0 { 1.0 / length } else { 0.0 }
}

/// Rounds a row; `numbers` is as it is stored.
fn round(numbers: &[f32], inverse_length: f64, centre: &[f32], bytes: &mut [i8]) -> Rounding {
    Arch::new().dispatch(Round { numbers, inverse_length, centre, bytes })
}

struct Round<'a> {
    numbers: &'a [f32],
    inverse_length: f64,
    centre: &'a [f32],
    bytes: &'a mut [i8],
}

impl WithSimd for Round<'_> {
    type Output = Rounding;

    /// Whatever the bytes become, the error is that of these very bytes with this very scale.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Rounding {
        // Single sums and maxima could not be vectorized.
        const LANES: usize = 16;
        let (inverse, error) = (self.inverse_length as f32, |scale: f32, x: f32, centre: f32, byte: i8| {
            let exact = f64::from(x) * self.inverse_length - f64::from(centre);
            exact - f64::from(scale) * f64::from(byte)
        });
        let (numbers, numbers_rest) = self.numbers.as_chunks::<LANES>();
        let (centre, centre_rest) = self.centre.as_chunks::<LANES>();
        let (bytes, bytes_rest) = self.bytes.as_chunks_mut::<LANES>();
        let mut most = [f32::MIN_POSITIVE; LANES];
        for (x, centre) in numbers.iter().zip(centre) {
            for i in 0..LANES {
                let size = (x[i] * inverse - centre[i]).abs();
                most[i] = if size > most[i] { size } else { most[i] };
            }
        }
        for (x, centre) in numbers_rest.iter().zip(centre_rest) {
            most[0] = most[0].max((x * inverse - centre).abs());
        }
        let most = most.into_iter().fold(f32::MIN_POSITIVE, f32::max);
        let (scale, steps) = (most / MOST, MOST / most);
        let mut squares = [0.0; LANES];
        for ((x, centre), bytes) in numbers.iter().zip(centre).zip(bytes) {
            for i in 0..LANES {
                bytes[i] = ((x[i] * inverse - centre[i]) * steps + ROUND).to_bits() as i8;
                squares[i] += error(scale, x[i], centre[i], bytes[i]).powi(2);
            }
        }
        for ((x, centre), byte) in numbers_rest.iter().zip(centre_rest).zip(bytes_rest) {
            *byte = ((x * inverse - centre) * steps + ROUND).to_bits() as i8;
            squares[0] += error(scale, *x, *centre, *byte).powi(2);
        }
        // More than what is lost by computing it in f64 and rounding it to f32.
        let error = (squares.iter().sum::<f64>().sqrt() * (1.0 + 1e-6)) as f32 + f32::MIN_POSITIVE;
        Rounding { scale, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn halves(numbers: &[f32]) -> Vec<f16> {
        numbers.iter().map(|x| f16::from_f32(*x)).collect()
    }

    /// Length of what the bytes of a row leave out.
    fn left_out(matrix: &Matrix, row: usize) -> f64 {
        let cells = row * matrix.dimension..(row + 1) * matrix.dimension;
        let inverse = matrix.inverse_lengths[row];
        let errors = matrix.row(row).iter().zip(&matrix.bytes()[cells]).zip(&matrix.centre);
        let square = |((h, b), centre): ((&f16, &i8), &f32)| {
            let near = f64::from(*centre) + f64::from(matrix.roundings[row].scale) * f64::from(*b);
            (h.to_f64() * inverse - near).powi(2)
        };
        errors.map(square).sum::<f64>().sqrt()
    }

    #[test]
    fn rows_come_change_and_go() {
        let mut matrix = Matrix::new(2);
        for row in [[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]] {
            matrix.stage(&halves(&row));
        }
        matrix.commit();
        assert_eq!(matrix.vector(0), [0.6, 0.8]);
        assert_eq!(matrix.vector(1), [0.0, 0.0]);
        matrix.stage(&halves(&[0.0, 9.0]));
        assert_eq!((matrix.len(), matrix.bytes().len()), (3, 6), "staged rows are not there yet");
        matrix.swap_remove(0);
        matrix.replace(1, &halves(&[-2.0, 0.0]));
        assert_eq!(matrix.len(), 2);
        matrix.commit();
        let vectors: Vec<_> = (0..matrix.len()).map(|row| matrix.vector(row)).collect();
        assert_eq!(vectors, [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]);
        assert_eq!((matrix.bytes().len(), matrix.roundings.len()), (6, 3));
        matrix.swap_remove(2);
        assert_eq!((matrix.len(), matrix.vector(1)), (2, vec![-1.0, 0.0]));
        (0..2).for_each(|_| matrix.swap_remove(0));
        assert_eq!((matrix.len(), matrix.bytes().len()), (0, 0));
    }

    #[test]
    fn what_all_rows_share_costs_no_precision() {
        let mut matrix = Matrix::new(64);
        for row in 0..100 {
            let number = |i: usize| if i == 7 { 20.0 } else { ((row * 64 + i) as f32 * 0.7).sin() };
            matrix.stage(&halves(&(0..64).map(number).collect::<Vec<_>>()));
        }
        matrix.commit();
        let worst = matrix.roundings.iter().fold(0.0_f32, |worst, rounding| worst.max(rounding.error));
        assert!(worst < 2e-3, "{worst}");
    }

    #[test]
    fn scores_are_inner_products_of_unit_vectors() {
        let mut matrix = Matrix::new(3);
        matrix.stage(&halves(&[2.0, 2.0, 1.0]));
        matrix.commit();
        assert_eq!(matrix.scorer(&[1.0, 0.0, 0.5])(0), (2.5 / 3.0) as f32);
    }

    proptest! {
        #[test]
        fn the_error_is_never_understated(
            rows in prop::collection::vec(prop::collection::vec(any::<u16>(), 5), 1..9),
            small in prop::collection::vec(0_u16..4, 5),
        ) {
            let mut matrix = Matrix::new(5);
            for row in rows.into_iter().chain([small]) {
                let finite = |bits| Some(f16::from_bits(bits)).filter(|x| x.is_finite()).unwrap_or_default();
                matrix.stage(&row.into_iter().map(finite).collect::<Vec<_>>());
            }
            matrix.commit();
            for row in 0..matrix.len() {
                prop_assert!(left_out(&matrix, row) <= f64::from(matrix.roundings[row].error));
            }
        }
    }
}
