//! Rows as a file holds them: with all that [`Matrix::commit`] computes, so that opening takes no arithmetic.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;
use half::vec::HalfBitsVecExt;

use super::{Matrix, Rounding};

/// Bytes of a stored row: its numbers, their bytes, its inverse length, scale and error.
pub fn row_length(dimension: usize) -> usize {
    dimension * (size_of::<f16>() + size_of::<i8>()) + size_of::<f64>() + 2 * size_of::<f32>()
}

/// Some rows, next to each other, that are being filled.
pub struct Slots<'a> {
    dimension: usize,
    halves: &'a mut [f16],
    bytes: &'a mut [i8],
    inverse_lengths: &'a mut [f64],
    roundings: &'a mut [Rounding],
}

impl Matrix {
    /// `count` rows of zeros, to be filled through [`Self::slots`] with rows that were rounded around `centre`.
    pub fn to_fill(count: usize, centre: Vec<f32>) -> Self {
        let dimension = centre.len();
        Self {
            dimension,
            // Numbers that are zero need no writing: the system gives such memory.
            halves: vec![0_u16; count * dimension].reinterpret_into(),
            inverse_lengths: vec![0.0; count],
            bytes: vec![0; count * dimension],
            roundings: vec![Rounding::default(); count],
            centre,
            centred: count,
            staged: Vec::new(),
        }
    }

    /// All rows.
    pub fn slots(&mut self) -> Slots<'_> {
        Slots {
            dimension: self.dimension,
            halves: &mut self.halves,
            bytes: &mut self.bytes,
            inverse_lengths: &mut self.inverse_lengths,
            roundings: &mut self.roundings,
        }
    }

    /// Appends rows to `out`, each of `row_length` bytes, numbers little-endian.
    pub fn store(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        for row in rows {
            let start = out.len();
            out.resize(start + 2 * self.dimension, 0);
            let pairs = out[start..].as_chunks_mut().0;
            pairs
                .iter_mut()
                .zip(self.row(row).reinterpret_cast())
                .for_each(|(to, half)| *to = half.to_le_bytes());
            out.extend(
                self.bytes[row * self.dimension..][..self.dimension].iter().map(|byte| byte.cast_unsigned()),
            );
            out.extend(self.inverse_lengths[row].to_le_bytes());
            let Rounding { scale, error } = self.roundings[row];
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
            bytes: split(&mut self.bytes, count * self.dimension),
            inverse_lengths: split(&mut self.inverse_lengths, count),
            roundings: split(&mut self.roundings, count),
        }
    }

    /// Fills a row from the bytes that [`Matrix::store`] made of it.
    ///
    /// # Panics
    /// When they are not [`row_length`] many, or there is no such row.
    pub fn fill(&mut self, row: usize, stored: &[u8]) {
        assert_eq!(stored.len(), row_length(self.dimension), "the length of a stored row");
        let cells = row * self.dimension..(row + 1) * self.dimension;
        let (halves, rest) = stored.split_at(2 * self.dimension);
        let pairs = halves.as_chunks().0;
        self.halves[cells.clone()]
            .iter_mut()
            .zip(pairs)
            .for_each(|(to, pair)| *to = f16::from_le_bytes(*pair));
        let (bytes, rest) = rest.split_at(self.dimension);
        self.bytes[cells].iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte.cast_signed());
        let (inverse, rounding) = rest.split_at(size_of::<f64>());
        let number = |at: usize| f32::from_le_bytes(rounding.as_chunks().0[at]);
        self.inverse_lengths[row] = f64::from_le_bytes(inverse.as_chunks().0[0]);
        self.roundings[row] = Rounding { scale: number(0), error: number(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_rows_come_back_as_they_were() {
        let mut matrix = Matrix::new(3);
        for row in 0..5_i8 {
            matrix.stage(&[1.0, f32::from(row), -0.5].map(f16::from_f32));
        }
        matrix.commit();
        let mut stored = Vec::new();
        matrix.store(1..3, &mut stored);
        matrix.store(3..5, &mut stored);
        let mut back = Matrix::to_fill(4, matrix.centre().to_vec());
        let mut slots = back.slots();
        let (mut first, mut second) = (slots.split_off(3), slots.split_off(1));
        let mut rows = stored.chunks_exact(row_length(3));
        (0..3).for_each(|row| first.fill(row, rows.next().unwrap()));
        second.fill(0, rows.next().unwrap());
        assert!(rows.next().is_none());
        matrix.swap_remove(0);
        for (row, old) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
            assert_eq!(back.row(row), matrix.row(old));
            assert_eq!(back.vector(row), matrix.vector(old));
            assert_eq!(back.roundings()[row], matrix.roundings()[old]);
            assert_eq!(back.bytes()[row * 3..][..3], matrix.bytes()[old * 3..][..3]);
        }
    }
}
