//! f32 weights, and the tile that multiplies by them.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{Cells, Onto, Rows, tasks, tile_rows};
use crate::clip::layers::Activation;

/// Vectors that a panel is wide.
const VECTORS: usize = 2;

/// The widest vectors there are.
const MOST_LANES: usize = 16;
/// The highest tiles there are.
const MOST_ROWS: usize = 14;

/// Columns of a panel on this CPU.
pub(in crate::clip::layers) fn panel_width() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    VECTORS * Arch::new().dispatch(Lanes)
}

/// Rows of a tile: as many as there are registers for their sums, beside a panel's row and one input.
const fn tile_height<S: Simd>() -> usize {
    // AVX2 has 16 registers, AVX-512 and NEON have 32.
    if S::F32_LANES == 8 { 6 } else { MOST_ROWS }
}

/// Weights in panels: of each panel first the weights of the first input, then of the second, and so on.
pub(in crate::clip::layers) struct Floats {
    panels: Vec<f32>,
    /// One for each output, and zeros up to whole panels.
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Floats {
    /// Lays out a matrix of `outputs` rows by `inputs`; `row` writes one row of it.
    pub fn pack(inputs: usize, bias: Vec<f32>, row: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        let (outputs, width) = (bias.len(), panel_width());
        let mut panels = vec![0.0; outputs.div_ceil(width) * width * inputs];
        panels.par_chunks_exact_mut((width * inputs).max(1)).enumerate().for_each_init(
            || vec![0.0; inputs],
            |weights, (i, panel)| {
                for (lane, output) in (i * width..outputs.min((i + 1) * width)).enumerate() {
                    row(output, weights);
                    panel
                        .iter_mut()
                        .skip(lane)
                        .step_by(width)
                        .zip(weights.iter())
                        .for_each(|(to, from)| *to = *from);
                }
            },
        );
        let mut bias = bias;
        bias.resize(outputs.div_ceil(width) * width, 0.0);
        Self { panels, bias, inputs, outputs }
    }

    /// out = activation(x W^T + bias), or the same added to what is in `out`.
    ///
    /// # Panics
    /// When `x` is narrower than the layer, or `out` too small.
    pub fn multiply(&self, x: Rows<'_>, out: &Cells<'_>, onto: Onto, activation: Option<Activation>) {
        assert!(x.width == self.inputs, "{} numbers a row for {} inputs", x.width, self.inputs);
        let width = panel_width();
        let panels = self.bias.len() / width;
        let arch = Arch::new();
        tasks(
            x.count(),
            panels,
            width,
            width * self.inputs * size_of::<f32>(),
            self.inputs,
            |(rows, panels)| {
                arch.dispatch(Part { layer: self, x, out, onto, activation, rows, panels });
            },
        );
    }
}

/// A task of a product.
struct Part<'a> {
    layer: &'a Floats,
    x: Rows<'a>,
    out: &'a Cells<'a>,
    onto: Onto,
    activation: Option<Activation>,
    rows: Range<usize>,
    panels: Range<usize>,
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layer, x, out, onto, activation, rows, panels } = self;
        let width = VECTORS * S::F32_LANES;
        let columns = panels.start * width..layer.outputs.min(panels.end * width);
        for rows in tile_rows(rows, tile_height::<S>()) {
            for panel in panels.clone() {
                let columns = panel * width..layer.outputs.min((panel + 1) * width);
                let bias = &layer.bias[panel * width..(panel + 1) * width];
                let panel = &layer.panels[panel * width * layer.inputs..(panel + 1) * width * layer.inputs];
                Tile { x, rows: rows.clone(), panel, bias, out, first: 0, columns, onto }.multiply(simd);
            }
            if let Some(activation) = activation {
                for row in rows {
                    // SAFETY: a task has its rows and columns for itself.
                    activation.apply(unsafe { out.segment(row, columns.clone()) });
                }
            }
        }
    }
}

/// All rows of `x` times a matrix in panels that are `columns.len()` wide together, into these columns of
/// `out`, whose rows start at `first`: the products inside of an attention head, which are too small to be
/// shared out.
#[inline(always)]
pub(in crate::clip::layers) fn tiles<S: Simd>(
    simd: S,
    x: Rows<'_>,
    panels: &[f32],
    out: &Cells<'_>,
    first: usize,
    columns: Range<usize>,
) {
    let width = VECTORS * S::F32_LANES;
    let zeros = [0.0; VECTORS * MOST_LANES];
    for rows in tile_rows(0..x.count(), tile_height::<S>()) {
        for (i, panel) in panels.chunks_exact(width * x.width).enumerate() {
            let columns = columns.start + i * width..columns.end.min(columns.start + (i + 1) * width);
            let (rows, bias, onto) = (rows.clone(), &zeros[..width], Onto::Nothing);
            Tile { x, rows, panel, bias, out, first, columns, onto }.multiply(simd);
        }
    }
}

/// Some rows by one panel.
struct Tile<'a> {
    x: Rows<'a>,
    rows: Range<usize>,
    panel: &'a [f32],
    bias: &'a [f32],
    out: &'a Cells<'a>,
    /// The row of `out` for the first of `x`.
    first: usize,
    columns: Range<usize>,
    onto: Onto,
}

impl Tile<'_> {
    #[inline(always)]
    fn multiply<S: Simd>(self, simd: S) {
        macro_rules! of_height {
            ($($height:literal)*) => {
                match self.rows.len() {
                    $($height => simd.vectorize(OfHeight::<$height>(self)),)*
                    _ => unreachable!("tiles have at most 14 rows"),
                }
            };
        }
        of_height!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }
}

/// A tile of a certain height, for which the compiler keeps the sums in registers.
struct OfHeight<'a, const M: usize>(Tile<'a>);

impl<const M: usize> WithSimd for OfHeight<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Tile { x, rows, panel, bias, out, first, columns, onto } = self.0;
        let (inputs, stride) = (x.width, x.stride);
        let x = &x.values[rows.start * stride..][..(M - 1) * stride + inputs];
        let (panel, _) = S::as_simd_f32s(panel);
        let (panel, _) = panel.as_chunks::<VECTORS>();
        let (bias, _) = S::as_simd_f32s(bias);
        let mut sums = [[bias[0], bias[1]]; M];
        for (i, weights) in panel[..inputs].iter().enumerate() {
            // By index: with iterators the compiler would keep the sums in memory.
            #[allow(clippy::needless_range_loop, reason = "see above")]
            for row in 0..M {
                // SAFETY: `x` was cut to hold `inputs` values from the start of each of the M rows. A check
                // here would cost a third of the speed.
                let x = simd.splat_f32s(unsafe { *x.get_unchecked(row * stride + i) });
                sums[row][0] = simd.mul_add_f32s(x, weights[0], sums[row][0]);
                sums[row][1] = simd.mul_add_f32s(x, weights[1], sums[row][1]);
            }
        }
        // On their way through memory, so that a longer loop over them doesn't keep them there all the time.
        let mut products = [0.0; VECTORS * MOST_LANES * MOST_ROWS];
        let (vectors, _) = S::as_mut_simd_f32s(&mut products);
        #[allow(clippy::needless_range_loop, reason = "see above")]
        for row in 0..M {
            vectors[2 * row] = sums[row][0];
            vectors[2 * row + 1] = sums[row][1];
        }
        for (row, products) in rows.zip(products.chunks_exact(VECTORS * S::F32_LANES)) {
            // SAFETY: a task has its rows and columns for itself, and works on one tile after the other.
            let out = unsafe { out.segment(first + row, columns.clone()) };
            match onto {
                Onto::Nothing => out.copy_from_slice(&products[..out.len()]),
                Onto::Output => out.iter_mut().zip(products).for_each(|(out, product)| *out += product),
            }
        }
    }
}

/// Lays out columns of which each is a slice, `inputs` long, as panels: the transposed of [`pack_rows`].
pub(in crate::clip::layers) fn pack_columns<'a>(
    panels: &mut Vec<f32>,
    inputs: usize,
    columns: impl ExactSizeIterator<Item = &'a [f32]>,
) {
    let width = panel_width();
    panels.clear();
    panels.resize(columns.len().div_ceil(width) * width * inputs, 0.0);
    for (i, column) in columns.enumerate() {
        let panel = &mut panels[i / width * width * inputs..][..width * inputs];
        panel.iter_mut().skip(i % width).step_by(width).zip(column).for_each(|(to, from)| *to = *from);
    }
}

/// Lays out rows, one for each input, as panels.
pub(in crate::clip::layers) fn pack_rows<'a>(
    panels: &mut Vec<f32>,
    outputs: usize,
    rows: impl ExactSizeIterator<Item = &'a [f32]>,
) {
    let (width, inputs) = (panel_width(), rows.len());
    panels.clear();
    panels.resize(outputs.div_ceil(width) * width * inputs, 0.0);
    for (input, row) in rows.enumerate() {
        for (panel, part) in row.chunks(width).enumerate() {
            panels[(panel * inputs + input) * width..][..part.len()].copy_from_slice(part);
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
    fn agrees_with_a_plain_product_at_odd_sizes() {
        for (rows, inputs, outputs) in
            [(1, 1, 1), (7, 33, 65), (15, 512, 100), (50, 768, 96), (130, 300, 7), (29, 3, 200)]
        {
            let weight: Vec<f32> = (0..outputs * inputs).map(number).collect();
            let bias: Vec<f32> = (0..outputs).map(|i| number(i + 3)).collect();
            let stride = stride_for(inputs);
            let x: Vec<f32> = (0..rows * stride).map(|i| number(i + 13)).collect();
            let layer = Floats::pack(inputs, bias.clone(), |row, out| {
                out.copy_from_slice(&weight[row * inputs..(row + 1) * inputs])
            });
            let x = Rows { values: &x, width: inputs, stride };
            let mut out = vec![1.0; rows * (outputs + 1)];
            layer.multiply(x, &Cells::new(&mut out, outputs + 1), Onto::Output, None);
            layer.multiply(x, &Cells::new(&mut out, outputs + 1), Onto::Output, None);
            for (row, out) in out.chunks(outputs + 1).enumerate() {
                for (output, y) in out[..outputs].iter().enumerate() {
                    let pair = |i| f64::from(x.row(row)[i]) * f64::from(weight[output * inputs + i]);
                    let product = f64::from(bias[output]) + (0..inputs).map(pair).sum::<f64>();
                    assert!(
                        (f64::from(*y) - 2.0 * product - 1.0).abs() < 1e-3,
                        "{rows} x {inputs} x {outputs}"
                    );
                }
                assert_eq!(out[outputs], 1.0, "beyond the last column");
            }
        }
    }

    use super::super::stride_for;

    #[test]
    fn small_products_inside_of_a_head_agree() {
        struct Both<'a>(Rows<'a>, &'a [f32], &'a [f32], &'a Cells<'a>, &'a Cells<'a>, usize);
        impl WithSimd for Both<'_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                tiles(simd, self.0, self.1, self.3, 1, 2..2 + self.5);
                tiles(simd, self.0, self.2, self.4, 0, 0..self.5);
            }
        }
        for (rows, inputs, outputs) in [(1, 1, 1), (50, 64, 50), (77, 33, 70)] {
            let x: Vec<f32> = (0..rows * inputs).map(number).collect();
            let by_column: Vec<f32> = (0..inputs * outputs).map(|i| number(i + 5)).collect();
            let by_row: Vec<f32> =
                (0..inputs * outputs).map(|i| by_column[i % outputs * inputs + i / outputs]).collect();
            let (mut columns, mut row_panels) = (Vec::new(), Vec::new());
            pack_columns(&mut columns, inputs, by_column.chunks_exact(inputs));
            pack_rows(&mut row_panels, outputs, by_row.chunks_exact(outputs));
            assert_eq!(columns, row_panels);
            let (mut a, mut b) = (vec![0.0; (rows + 1) * (outputs + 2)], vec![0.0; rows * outputs]);
            let x = Rows { values: &x, width: inputs, stride: inputs };
            Arch::new().dispatch(Both(
                x,
                &columns,
                &row_panels,
                &Cells::new(&mut a, outputs + 2),
                &Cells::new(&mut b, outputs),
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
