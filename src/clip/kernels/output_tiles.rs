//! The output of a product, which several threads write to.

use std::marker::PhantomData;
use std::ops::Range;

use pulp::Simd;

/// A mutable f32 matrix, row-major, that is handed out by segments of its rows to several threads at once.
pub(in crate::clip) struct OutputTiles<'a> {
    start: *mut f32,
    /// Numbers of all rows.
    length: usize,
    /// Distance between the starts of two rows, in numbers.
    stride: usize,
    matrix: PhantomData<&'a mut [f32]>,
}

/// What a product does with the numbers that are in its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clip) enum Accumulate {
    /// It overwrites them.
    No,
    /// It adds to them.
    Yes,
}

// SAFETY: it is a `&mut [f32]` that can be reached only through `segment`, whose callers see to it that no
// two threads have the same number.
unsafe impl Sync for OutputTiles<'_> {}

impl<'a> OutputTiles<'a> {
    /// A matrix whose rows start every `stride` values.
    pub(crate) fn new(values: &'a mut [f32], stride: usize) -> Self {
        Self { start: values.as_mut_ptr(), length: values.len(), stride, matrix: PhantomData }
    }

    /// The given columns of a row.
    ///
    /// # Panics
    /// When the matrix has no such row or columns.
    ///
    /// # Safety
    /// Nothing else may hold a segment with one of these numbers as long as this one lives.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "that is what the caller vouches for")]
    pub(crate) unsafe fn segment(&self, row: usize, columns: Range<usize>) -> &mut [f32] {
        assert!(columns.start <= columns.end && columns.end <= self.stride);
        let first = row * self.stride + columns.start;
        assert!(first + columns.len() <= self.length);
        // SAFETY: the numbers are within the slice that `self` was made from (just checked), which it has
        // borrowed mutably; the caller vouches that nobody else holds them.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(first), columns.len()) }
    }

    /// Writes a whole tile of `M` rows and `N` vectors, the first number of which goes to `row` and `column`.
    ///
    /// # Panics
    /// When the matrix has no such rows or columns.
    ///
    /// # Safety
    /// Nothing else may hold a segment with one of these numbers.
    #[inline(always)]
    pub(crate) unsafe fn write<S: Simd, const M: usize, const N: usize>(
        &self,
        simd: S,
        (row, column): (usize, usize),
        tile: [[S::f32s; N]; M],
        accumulate: Accumulate,
    ) {
        assert!(column + N * S::F32_LANES <= self.stride);
        assert!((row + M - 1) * self.stride + column + N * S::F32_LANES <= self.length);
        #[allow(
            clippy::needless_range_loop,
            reason = "with iterators the compiler would keep the tile in memory"
        )]
        for i in 0..M {
            for j in 0..N {
                let at = (row + i) * self.stride + column + j * S::F32_LANES;
                // SAFETY: these numbers are within the slice (just checked), for each of the M rows and N vectors, and the
                // caller vouches that nobody else holds them.
                unsafe {
                    let at = self.start.add(at).cast::<S::f32s>();
                    let value = match accumulate {
                        Accumulate::No => tile[i][j],
                        Accumulate::Yes => simd.add_f32s(at.read_unaligned(), tile[i][j]),
                    };
                    at.write_unaligned(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn threads_write_their_own_segments() {
        let mut values = vec![0.0; 100 * 10];
        let tiles = OutputTiles::new(&mut values, 10);
        (0..300).into_par_iter().for_each(|i| {
            let columns = [0..3, 3..4, 4..10][i % 3].clone();
            // SAFETY: each task has a row and columns of its own.
            unsafe { tiles.segment(i / 3, columns) }.fill(i as f32);
        });
        assert_eq!(values[990..], [297.0, 297.0, 297.0, 298.0, 299.0, 299.0, 299.0, 299.0, 299.0, 299.0]);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn a_segment_beyond_the_end_is_refused() {
        let mut values = vec![0.0; 10];
        // SAFETY: it panics.
        unsafe { OutputTiles::new(&mut values, 5).segment(2, 0..1) };
    }
}
