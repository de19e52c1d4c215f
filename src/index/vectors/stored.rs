//! Rows as a file holds them: with everything that [`VectorStore::commit`] computes, so that opening takes no arithmetic.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;
use half::vec::HalfBitsVecExt;

use super::{Quantization, VectorStore};

/// Returns the bytes of a stored row: components (f16), codes (i8), inverse length (f64), scale and error (f32).
pub(crate) fn row_length(dimension: usize) -> usize {
    dimension * (size_of::<f16>() + size_of::<i8>()) + size_of::<f64>() + 2 * size_of::<f32>()
}

/// A range of rows that is being filled.
pub struct Slots<'a> {
    dimension: usize,
    halves: &'a mut [f16],
    codes: &'a mut [i8],
    inverse_lengths: &'a mut [f64],
    quantizations: &'a mut [Quantization],
}

impl VectorStore {
    /// Makes a table of `count` rows of zeros, to be filled through [`Self::slots`] with rows that were quantized
    /// relative to `centroid`.
    pub fn to_fill(count: usize, centroid: Vec<f32>) -> Self {
        let dimension = centroid.len();
        Self {
            dimension,
            // The system hands out zeroed memory, so that nothing is written here.
            halves: vec![0_u16; count * dimension].reinterpret_into(),
            inverse_lengths: vec![0.0; count],
            codes: vec![0; count * dimension],
            quantizations: vec![Quantization::default(); count],
            centroid,
            centroid_rows: count,
            staged: Vec::new(),
        }
    }

    /// Returns all rows, to be filled.
    pub fn slots(&mut self) -> Slots<'_> {
        Slots {
            dimension: self.dimension,
            halves: &mut self.halves,
            codes: &mut self.codes,
            inverse_lengths: &mut self.inverse_lengths,
            quantizations: &mut self.quantizations,
        }
    }

    /// Appends `rows` to `out`, [`row_length`] bytes each, all numbers little-endian.
    ///
    /// # Panics
    /// When there are no such rows.
    pub fn store(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        for row in rows {
            let start = out.len();
            out.resize(start + 2 * self.dimension, 0);
            let pairs = out[start..].as_chunks_mut().0;
            pairs
                .iter_mut()
                .zip(self.row(row).reinterpret_cast())
                .for_each(|(to, half)| *to = half.to_le_bytes());
            let codes = &self.codes[row * self.dimension..][..self.dimension];
            out.extend(codes.iter().map(|code| code.cast_unsigned()));
            out.extend(self.inverse_lengths[row].to_le_bytes());
            let Quantization { scale, error } = self.quantizations[row];
            out.extend([scale, error].iter().flat_map(|number| number.to_le_bytes()));
        }
    }
}

impl<'a> Slots<'a> {
    /// Splits the first `count` rows off.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn split_off(&mut self, count: usize) -> Slots<'a> {
        fn split<'a, T>(from: &mut &'a mut [T], count: usize) -> &'a mut [T] {
            let (first, rest) = std::mem::take(from).split_at_mut(count);
            *from = rest;
            first
        }
        Slots {
            dimension: self.dimension,
            halves: split(&mut self.halves, count * self.dimension),
            codes: split(&mut self.codes, count * self.dimension),
            inverse_lengths: split(&mut self.inverse_lengths, count),
            quantizations: split(&mut self.quantizations, count),
        }
    }

    /// Fills a row from the bytes that [`VectorStore::store`] wrote.
    ///
    /// # Panics
    /// When there are not [`row_length`] bytes, or there is no such row.
    pub fn fill(&mut self, row: usize, stored: &[u8]) {
        assert_eq!(stored.len(), row_length(self.dimension), "the length of a stored row");
        let cells = row * self.dimension..(row + 1) * self.dimension;
        let (halves, rest) = stored.split_at(2 * self.dimension);
        let pairs = halves.as_chunks().0;
        self.halves[cells.clone()]
            .iter_mut()
            .zip(pairs)
            .for_each(|(to, pair)| *to = f16::from_le_bytes(*pair));
        let (codes, rest) = rest.split_at(self.dimension);
        self.codes[cells].iter_mut().zip(codes).for_each(|(to, code)| *to = code.cast_signed());
        let (inverse, quantization) = rest.split_at(size_of::<f64>());
        let number = |at: usize| f32::from_le_bytes(quantization.as_chunks().0[at]);
        self.inverse_lengths[row] = f64::from_le_bytes(inverse.as_chunks().0[0]);
        self.quantizations[row] = Quantization { scale: number(0), error: number(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_rows_come_back_as_they_were() {
        let mut vectors = VectorStore::new(3);
        for row in 0..5_i8 {
            vectors.stage(&[1.0, f32::from(row), -0.5].map(f16::from_f32));
        }
        vectors.commit();
        let mut stored = Vec::new();
        vectors.store(1..3, &mut stored);
        vectors.store(3..5, &mut stored);
        let mut back = VectorStore::to_fill(4, vectors.centroid().to_vec());
        let mut slots = back.slots();
        let (mut first, mut second) = (slots.split_off(3), slots.split_off(1));
        let mut rows = stored.chunks_exact(row_length(3));
        (0..3).for_each(|row| first.fill(row, rows.next().unwrap()));
        second.fill(0, rows.next().unwrap());
        assert!(rows.next().is_none());
        vectors.swap_remove(0);
        for (row, old) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
            assert_eq!(back.row(row), vectors.row(old));
            assert_eq!(back.vector(row), vectors.vector(old));
            assert_eq!(back.quantizations()[row], vectors.quantizations()[old]);
            assert_eq!(back.codes()[row * 3..][..3], vectors.codes()[old * 3..][..3]);
        }
    }
}
