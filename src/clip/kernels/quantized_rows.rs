//! Inputs of a product rounded to 8 bits, row by row, at run time.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::rows::{Rows, rows_per_task};
use crate::base::cpu::Arch;
use crate::base::simd::{self, ROUND};

/// Number of inputs that are multiplied at a time: rows are padded to a multiple of it.
pub(super) const STEP: usize = 4;

/// A matrix of unsigned bytes, row-major, each row with a scale and a zero point of its own:
/// x = scale (q - zero point).
///
/// A scale for each row (token) rather than for the whole matrix, since some tokens of CLIP have values that
/// are many times those of the others; a zero point, since after the activation nearly all is positive.
#[derive(Debug, Default)]
pub(in crate::clip) struct QuantizedRows {
    /// `stride` bytes for each row, zeros beyond its width.
    pub values: Vec<u8>,
    /// Distance between the starts of two rows, in bytes: the width, rounded up to a multiple of [`STEP`].
    pub stride: usize,
    /// The scale and zero point of each row.
    pub scales: Vec<RowScale>,
}

/// The numbers that the bytes of a row stand for: x = scale (q - zero point).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::clip) struct RowScale {
    pub scale: f32,
    /// The byte that stands for 0, 0 to 255.
    pub zero_point: i32,
}

impl QuantizedRows {
    /// Replaces all rows by those of `x`, rounded.
    pub(crate) fn quantize(&mut self, x: Rows<'_>) {
        let arch = Arch::in_use();
        self.each(
            x.count(),
            x.width,
            || (),
            |(), row, out| arch.dispatch(QuantizeRow { row: x.row(row), out }),
        );
    }

    /// Replaces all rows by those of `x`, each number multiplied by the factor of its column and rounded.
    pub(crate) fn quantize_scaled(&mut self, x: Rows<'_>, factors: &[f32]) {
        let arch = Arch::in_use();
        let row = |scaled: &mut Vec<f32>, row, out: &mut [u8]| {
            arch.dispatch(QuantizeScaledRow { row: x.row(row), factors, scaled, out })
        };
        self.each(x.count(), x.width, || vec![0.0; x.width], row);
    }

    /// Replaces all rows by `count` others, rounded: `write` writes one of them as f32, `width` long. On all threads.
    pub(crate) fn quantize_with(
        &mut self,
        count: usize,
        width: usize,
        write: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let arch = Arch::in_use();
        let row = |numbers: &mut Vec<f32>, row, out: &mut [u8]| {
            write(row, numbers);
            arch.dispatch(QuantizeRow { row: numbers, out })
        };
        self.each(count, width, || vec![0.0; width], row);
    }

    fn each<T>(
        &mut self,
        count: usize,
        width: usize,
        init: impl Fn() -> T + Sync + Send,
        quantize: impl Fn(&mut T, usize, &mut [u8]) -> RowScale + Sync + Send,
    ) {
        self.stride = width.next_multiple_of(STEP);
        self.values.resize(count * self.stride, 0);
        self.scales.resize(count, RowScale::default());
        self.values
            .par_chunks_exact_mut(self.stride.max(1))
            .zip(&mut self.scales)
            .enumerate()
            .with_min_len(rows_per_task(width))
            .for_each_init(init, |state, (row, (out, scale))| {
                *scale = quantize(state, row, out);
                out[width..].fill(0);
            });
    }
}

/// As [`QuantizeRow`], of the row with each number multiplied by the factor of its column, for which `scaled` is room.
struct QuantizeScaledRow<'a> {
    row: &'a [f32],
    factors: &'a [f32],
    scaled: &'a mut [f32],
    out: &'a mut [u8],
}

impl WithSimd for QuantizeScaledRow<'_> {
    type Output = RowScale;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> RowScale {
        let Self { row, factors, scaled, out } = self;
        for ((x, factor), scaled) in row.iter().zip(factors).zip(scaled.iter_mut()) {
            *scaled = x * factor;
        }
        QuantizeRow { row: scaled, out }.with_simd(simd)
    }
}

/// Rounds a row to bytes; `out` is at least as long. A row with a NaN or an infinity gets a scale that is
/// not finite either, so that it is noticed later on.
struct QuantizeRow<'a> {
    row: &'a [f32],
    out: &'a mut [u8],
}

impl WithSimd for QuantizeRow<'_> {
    type Output = RowScale;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> RowScale {
        let Self { row, out } = self;
        let simd::Extent { least, most, not_finite } = simd::extent(simd, row);
        // Zero is always among the values, and exact.
        let (least, most) = (least.min(0.0), most.max(0.0));
        let scale = ((most - least) / 255.0).max(f32::MIN_POSITIVE) + not_finite;
        let (inverse, zero) = (1.0 / scale, (-least / scale).round().min(255.0));
        for (x, out) in row.iter().zip(out) {
            let rounded = (x * inverse + zero).clamp(0.0, 255.0) + ROUND;
            *out = rounded.to_bits() as u8;
        }
        RowScale { scale, zero_point: zero as i32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantized(row: &[f32]) -> Vec<f32> {
        let mut rows = QuantizedRows::default();
        rows.quantize_with(1, row.len(), |_, out| out.copy_from_slice(row));
        let RowScale { scale, zero_point } = rows.scales[0];
        rows.values[..row.len()].iter().map(|q| scale * (i32::from(*q) - zero_point) as f32).collect()
    }

    #[test]
    fn values_are_off_by_half_a_step_at_most() {
        for (low, high) in [(-1.0, 1.0), (-0.17, 30.0), (0.0, 1e-3), (-500.0, 0.0), (3.0, 4.0), (-2e30, 1e30)]
        {
            for length in [1, 3, 16, 37, 768] {
                let row: Vec<f32> =
                    (0..length).map(|i| low + (high - low) * ((i * 7919 % 1000) as f32 / 999.0)).collect();
                let step = (f32::max(high, 0.0) - f32::min(low, 0.0)) / 255.0;
                for (x, y) in row.iter().zip(quantized(&row)) {
                    // Half a step, and half of one more at the ends, since the zero point is rounded too.
                    assert!((x - y).abs() <= step * 1.001, "{x} became {y} between {low} and {high}");
                }
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        assert_eq!(quantized(&[0.0; 20]), [0.0; 20]);
        assert_eq!(quantized(&[-1.0, 0.0, 7.0])[1], 0.0);
    }

    #[test]
    fn what_is_not_finite_is_not_hidden() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 5, 17] {
                let mut row = [1.0; 18];
                row[at] = bad;
                let mut out = [0; 20];
                let rounded = Arch::in_use().dispatch(QuantizeRow { row: &row, out: &mut out });
                assert!(!rounded.scale.is_finite(), "{bad} at {at}");
            }
        }
    }

    #[test]
    fn rows_are_padded_with_zeros_when_used_again() {
        let mut rows = QuantizedRows::default();
        rows.quantize_with(3, 8, |_, out| out.fill(5.0));
        rows.quantize_with(2, 5, |row, out| out.fill(row as f32));
        assert_eq!((rows.stride, rows.values.len(), rows.scales.len()), (8, 16, 2));
        assert_eq!(rows.values[8..], [255, 255, 255, 255, 255, 0, 0, 0]);
    }
}
