//! The tile of f32: a few rows by one panel of weights, for the instructions of this CPU.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::output_tiles::{Accumulate, OutputTiles};
use super::rows::Rows;
use super::tasks::tile_rows;
use crate::base::cpu::Arch;
use crate::base::simd::{self, mul_add};

/// Number of inputs before which weights are asked for.
const INPUTS_AHEAD: usize = 8;

/// Asks for the item that lies `ahead` items behind this one, where it is known that CPUs wait for it otherwise: panels
/// of many inputs come from the second cache or farther.
#[inline(always)]
fn prefetch<T>(item: &T, ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let at = std::ptr::from_ref(item).wrapping_add(ahead).cast::<i8>();
        for line in (0..size_of::<T>()).step_by(64) {
            // SAFETY: every x86-64 CPU has it, and it reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(line)) };
        }
    }
}

/// Width of a panel, in vectors.
pub(super) const VECTORS: usize = 2;

/// Lanes of the widest vectors there are (AVX-512).
const MAX_LANES: usize = 16;
/// Rows of the highest tiles there are.
const MAX_ROWS: usize = 14;

/// Width of a panel on this CPU, in columns (outputs).
pub(super) fn panel_width() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    VECTORS * Arch::in_use().dispatch(Lanes)
}

/// Number of rows of a tile: as many as there are registers for their sums, beside a panel's row and one input.
pub(super) const fn tile_height<S: Simd>() -> usize {
    // AVX2 and SSE have 16 registers, AVX-512 and NEON have 32.
    if S::REGISTER_COUNT < 32 { 6 } else { MAX_ROWS }
}

/// Multiplies all rows of `x` by a matrix of inputs x `columns.len()` in panels, on this thread, into these columns of
/// `out` from row `first_row` on: for the products inside of an attention head, which are too small to be shared out.
#[inline(always)]
pub(super) fn multiply_small<S: Simd>(
    simd: S,
    x: Rows<'_>,
    panels: &[f32],
    out: &OutputTiles<'_>,
    first_row: usize,
    columns: Range<usize>,
) {
    let width = VECTORS * S::F32_LANES;
    let zeros = [0.0; VECTORS * MAX_LANES];
    for rows in tile_rows(0..x.count(), tile_height::<S>()) {
        for (i, panel) in panels.chunks_exact(width * x.width).enumerate() {
            let columns = columns.start + i * width..columns.end.min(columns.start + (i + 1) * width);
            let (rows, bias, accumulate) = (rows.clone(), &zeros[..width], Accumulate::No);
            Tile { x, rows, panel, bias, out, first_row, columns, accumulate }.multiply(simd);
        }
    }
}

/// A product of some rows by one panel.
pub(super) struct Tile<'a> {
    /// The input, rows x inputs.
    pub x: Rows<'a>,
    /// The rows of `x` that the tile multiplies, 1 to 14.
    pub rows: Range<usize>,
    /// The weights, inputs x panel width.
    pub panel: &'a [f32],
    /// A number for each column of the panel.
    pub bias: &'a [f32],
    pub out: &'a OutputTiles<'a>,
    /// The row of `out` that belongs to row 0 of `x`.
    pub first_row: usize,
    /// The columns of `out` that the panel's outputs go to.
    pub columns: Range<usize>,
    pub accumulate: Accumulate,
}

impl Tile<'_> {
    /// Multiplies, for the instructions that `simd` stands for.
    #[inline(always)]
    pub(crate) fn multiply<S: Simd>(self, simd: S) {
        macro_rules! with_rows {
            ($($height:literal)*) => {
                match self.rows.len() {
                    $($height => simd.vectorize(WithRows::<$height>(self)),)*
                    _ => unreachable!("tiles have at most 14 rows"),
                }
            };
        }
        with_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }
}

/// A tile of `M` rows, a number for which the compiler keeps the sums in registers.
struct WithRows<'a, const M: usize>(Tile<'a>);

impl<const M: usize> WithSimd for WithRows<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Tile { x, rows, panel, bias, out, first_row, columns, accumulate } = self.0;
        let (inputs, stride) = (x.width, x.stride);
        let x = &x.values[rows.start * stride..][..(M - 1) * stride + inputs];
        let (panel, _) = S::as_simd_f32s(panel);
        let (panel, _) = panel.as_chunks::<VECTORS>();
        let (bias, _) = S::as_simd_f32s(bias);
        let mut sums = [[bias[0], bias[1]]; M];
        for (i, weights) in panel[..inputs].iter().enumerate() {
            prefetch(weights, INPUTS_AHEAD);
            // By index: with iterators the compiler would keep the sums in memory.
            #[allow(clippy::needless_range_loop, reason = "see above")]
            for row in 0..M {
                // SAFETY: `x` was cut to hold `inputs` values from the start of each of the M rows. A check
                // here would cost a third of the speed.
                let x = simd.splat_f32s(unsafe { *x.get_unchecked(row * stride + i) });
                sums[row][0] = mul_add(simd, x, weights[0], sums[row][0]);
                sums[row][1] = mul_add(simd, x, weights[1], sums[row][1]);
            }
        }
        let width = VECTORS * S::F32_LANES;
        if columns.len() == width {
            // SAFETY: a task has its rows and columns for itself, and works on one tile after the other.
            return unsafe { out.write(simd, (first_row + rows.start, columns.start), sums, accumulate) };
        }
        // On their way through memory, so that a longer loop over them doesn't keep them there all the time.
        let mut products = [0.0; VECTORS * MAX_LANES * MAX_ROWS];
        let (vectors, _) = S::as_mut_simd_f32s(&mut products);
        #[allow(clippy::needless_range_loop, reason = "see above")]
        for row in 0..M {
            vectors[2 * row] = sums[row][0];
            vectors[2 * row + 1] = sums[row][1];
        }
        for (row, products) in rows.zip(products.chunks_exact(width)) {
            // SAFETY: a task has its rows and columns for itself, and works on one tile after the other.
            let out = unsafe { out.segment(first_row + row, columns.clone()) };
            match accumulate {
                Accumulate::No => out.copy_from_slice(&products[..out.len()]),
                Accumulate::Yes => out.iter_mut().zip(products).for_each(|(out, product)| *out += product),
            }
        }
    }
}

/// Rows and columns of the blocks that a matrix is transposed by.
const BLOCK: usize = 4;

/// Lays a matrix out in panels whose columns (one for each output) are slices, `inputs` long.
pub(super) fn pack_columns<'a>(
    panels: &mut Vec<f32>,
    inputs: usize,
    mut columns: impl ExactSizeIterator<Item = &'a [f32]>,
) {
    let width = panel_width();
    // All of it is written over.
    panels.resize(columns.len().div_ceil(width) * width * inputs, 0.0);
    for panel in panels.chunks_exact_mut((width * inputs).max(1)) {
        for lane in (0..width).step_by(BLOCK) {
            // Empty beyond the last one.
            let columns: [&[f32]; BLOCK] = std::array::from_fn(|_| columns.next().unwrap_or_default());
            let whole =
                if columns.iter().all(|column| column.len() == inputs) { inputs / BLOCK * BLOCK } else { 0 };
            for input in (0..whole).step_by(BLOCK) {
                let block: [[f32; BLOCK]; BLOCK] =
                    columns.map(|column| std::array::from_fn(|i| column[input..][..BLOCK][i]));
                for i in 0..BLOCK {
                    let to = &mut panel[(input + i) * width + lane..][..BLOCK];
                    to.copy_from_slice(&block.map(|column| column[i]));
                }
            }
            for input in whole..inputs {
                for (i, column) in columns.iter().enumerate() {
                    panel[input * width + lane + i] = column.get(input).copied().unwrap_or_default();
                }
            }
        }
    }
}

/// Lays a matrix out in panels whose rows (one for each input) are slices, `outputs` long.
pub(super) fn pack_rows<'a, S: Simd>(
    simd: S,
    panels: &mut Vec<f32>,
    outputs: usize,
    rows: impl ExactSizeIterator<Item = &'a [f32]>,
) {
    let (width, inputs) = (panel_width(), rows.len());
    panels.clear();
    panels.resize(outputs.div_ceil(width) * width * inputs, 0.0);
    for (input, row) in rows.enumerate() {
        for (panel, part) in row.chunks(width).enumerate() {
            let to = &mut panels[(panel * inputs + input) * width..][..part.len()];
            simd::copy(simd, part, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize) -> f32 {
        ((i * 7919 % 1000) as f32 - 500.0) / 500.0
    }

    #[test]
    fn small_products_inside_of_a_head_agree() {
        struct Both<'a>(Rows<'a>, &'a [f32], &'a [f32], &'a OutputTiles<'a>, &'a OutputTiles<'a>, usize);
        impl WithSimd for Both<'_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                multiply_small(simd, self.0, self.1, self.3, 1, 2..2 + self.5);
                multiply_small(simd, self.0, self.2, self.4, 0, 0..self.5);
            }
        }
        for (rows, inputs, outputs) in [(1, 1, 1), (50, 64, 50), (77, 33, 70)] {
            let x: Vec<f32> = (0..rows * inputs).map(number).collect();
            let by_column: Vec<f32> = (0..inputs * outputs).map(|i| number(i + 5)).collect();
            let by_row: Vec<f32> =
                (0..inputs * outputs).map(|i| by_column[i % outputs * inputs + i / outputs]).collect();
            let (mut columns, mut row_panels) = (Vec::new(), Vec::new());
            pack_columns(&mut columns, inputs, by_column.chunks_exact(inputs));
            pack_rows(pulp::Scalar, &mut row_panels, outputs, by_row.chunks_exact(outputs));
            assert_eq!(columns, row_panels);
            let (mut a, mut b) = (vec![0.0; (rows + 1) * (outputs + 2)], vec![0.0; rows * outputs]);
            let x = Rows { values: &x, width: inputs, stride: inputs };
            Arch::in_use().dispatch(Both(
                x,
                &columns,
                &row_panels,
                &OutputTiles::new(&mut a, outputs + 2),
                &OutputTiles::new(&mut b, outputs),
                outputs,
            ));
            for row in 0..rows {
                for column in 0..outputs {
                    let pair =
                        |i: usize| f64::from(x.row(row)[i]) * f64::from(by_column[column * inputs + i]);
                    let expected: f64 = (0..inputs).map(pair).sum();
                    assert!((f64::from(a[(row + 1) * (outputs + 2) + 2 + column]) - expected).abs() < 1e-4);
                    assert!((f64::from(b[row * outputs + column]) - expected).abs() < 1e-4);
                }
            }
        }
    }
}
