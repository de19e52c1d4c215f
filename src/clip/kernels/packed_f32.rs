//! f32 weights, laid out for the product.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::activation::{Activate, Activation};
use super::f32_tiles::{Tile, VECTORS, panel_width, tile_height};
use super::output_tiles::{Accumulate, OutputTiles};
use super::rows::Rows;
use super::tasks::{for_each_task, tile_rows};
use crate::base::cpu::Arch;

/// An f32 weight matrix of outputs x inputs, with a bias, in panels of [`panel_width`] outputs.
///
/// A panel has its weights of the first input (one for each of its outputs), then those of the second, and so on.
pub(in crate::clip) struct PackedF32 {
    /// The panels one after the other, each inputs x panel width; zeros where a panel has no output.
    panels: Vec<f32>,
    /// A number for each output, and zeros up to whole panels.
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl PackedF32 {
    /// Lays out a matrix of `bias.len()` rows (outputs) by `inputs`; `row` writes one row of it.
    pub(crate) fn pack(inputs: usize, bias: Vec<f32>, row: impl Fn(usize, &mut [f32]) + Sync) -> Self {
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

    /// Computes `activation(x W^T + bias)`, with `x` of rows x inputs, into `out` of rows x outputs. With
    /// [`Accumulate::Yes`] the product is added to the numbers in `out` before the activation.
    ///
    /// # Panics
    /// When the width of `x` is not the number of inputs, or `out` is too small.
    pub(crate) fn multiply(
        &self,
        x: Rows<'_>,
        out: &OutputTiles<'_>,
        accumulate: Accumulate,
        activation: Option<Activation>,
    ) {
        assert!(x.width == self.inputs, "{} numbers a row for {} inputs", x.width, self.inputs);
        let width = panel_width();
        let panels = self.bias.len() / width;
        let arch = Arch::in_use();
        for_each_task(
            x.count(),
            panels,
            width,
            width * self.inputs * size_of::<f32>(),
            self.inputs,
            |(rows, panels)| {
                arch.dispatch(ProductTask { layer: self, x, out, accumulate, activation, rows, panels });
            },
        );
    }
}

/// A part of a product: some rows by some panels.
struct ProductTask<'a> {
    layer: &'a PackedF32,
    x: Rows<'a>,
    out: &'a OutputTiles<'a>,
    accumulate: Accumulate,
    activation: Option<Activation>,
    rows: Range<usize>,
    panels: Range<usize>,
}

impl WithSimd for ProductTask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layer, x, out, accumulate, activation, rows, panels } = self;
        let width = VECTORS * S::F32_LANES;
        let columns = panels.start * width..layer.outputs.min(panels.end * width);
        for rows in tile_rows(rows, tile_height::<S>()) {
            for panel in panels.clone() {
                let columns = panel * width..layer.outputs.min((panel + 1) * width);
                let bias = &layer.bias[panel * width..(panel + 1) * width];
                let panel = &layer.panels[panel * width * layer.inputs..(panel + 1) * width * layer.inputs];
                Tile { x, rows: rows.clone(), panel, bias, out, first_row: 0, columns, accumulate }
                    .multiply(simd);
            }
            if let Some(activation) = activation {
                for row in rows {
                    // SAFETY: a task has its rows and columns for itself.
                    Activate(activation, unsafe { out.segment(row, columns.clone()) }).with_simd(simd);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::stride_for;
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
            let layer = PackedF32::pack(inputs, bias.clone(), |row, out| {
                out.copy_from_slice(&weight[row * inputs..(row + 1) * inputs])
            });
            let x = Rows { values: &x, width: inputs, stride };
            let mut out = vec![1.0; rows * (outputs + 1)];
            layer.multiply(x, &OutputTiles::new(&mut out, outputs + 1), Accumulate::Yes, None);
            layer.multiply(x, &OutputTiles::new(&mut out, outputs + 1), Accumulate::Yes, None);
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
}
