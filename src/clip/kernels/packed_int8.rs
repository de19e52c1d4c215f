//! 8-bit weights with a scale for each output, laid out for the product.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::quantized_rows::STEP;
use crate::base::cpu::Arch;
use crate::base::simd::ROUND;

/// Width of a panel in outputs, whatever the CPU: files have this layout.
pub(super) const WIDTH: usize = 32;

/// A weight matrix of outputs x inputs rounded to signed bytes, w = scale q, so that the largest of each output is
/// ±127, with a bias.
///
/// It is laid out in panels of [`WIDTH`] outputs. A panel has [`STEP`] inputs of its first output, the same inputs of
/// its second, and so on, then the next inputs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::clip) struct PackedInt8 {
    /// The panels one after the other; zeros where a panel has no output or input.
    pub(super) panels: Vec<i8>,
    /// The scale of each output; this and the next two have zeros up to whole panels.
    pub(super) scales: Vec<f32>,
    /// The sum of each output's bytes: what a zero point of the input adds to its product.
    pub(super) sums: Vec<i32>,
    /// A number for each output.
    pub(super) bias: Vec<f32>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl PackedInt8 {
    /// Most inputs of a layer: sums of more products could pass 32 bits. CLIP has a tenth of them.
    pub(crate) const MAX_INPUTS: usize = i32::MAX as usize / (255 * 127);

    /// Rounds a matrix of `bias.len()` rows (outputs) by `inputs`; `row` writes one row of it. With the `mean` of each
    /// input, the bias makes up for what the rounding does to the mean of the outputs.
    pub(crate) fn quantize(
        inputs: usize,
        bias: Vec<f32>,
        mean: Option<&[f32]>,
        row: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Self {
        let outputs = bias.len();
        let padded = outputs.next_multiple_of(WIDTH);
        let depth = inputs.next_multiple_of(STEP);
        let mut layer = Self {
            panels: vec![0; padded * depth],
            scales: vec![0.0; padded],
            sums: vec![0; padded],
            bias,
            inputs,
            outputs,
        };
        layer.bias.resize(padded, 0.0);
        let arch = Arch::in_use();
        layer
            .panels
            .par_chunks_exact_mut((WIDTH * depth).max(1))
            .zip(layer.scales.par_chunks_exact_mut(WIDTH))
            .zip(layer.sums.par_chunks_exact_mut(WIDTH))
            .zip(layer.bias.par_chunks_exact_mut(WIDTH))
            .enumerate()
            .for_each_init(
                || (vec![0.0_f32; inputs], vec![0_i8; inputs]),
                |(weights, bytes), (i, (((panel, scales), sums), bias))| {
                    for (lane, output) in (i * WIDTH..outputs.min((i + 1) * WIDTH)).enumerate() {
                        row(output, weights);
                        scales[lane] = arch.dispatch(QuantizeOutput { weights, bytes });
                        for (input, &q) in bytes.iter().enumerate() {
                            panel[(input / STEP * WIDTH + lane) * STEP + input % STEP] = q;
                            sums[lane] += i32::from(q);
                        }
                        if let Some(mean) = mean {
                            let lost = |((w, q), mean): ((&f32, &i8), &f32)| {
                                f64::from(w - scales[lane] * f32::from(*q)) * f64::from(*mean)
                            };
                            bias[lane] +=
                                weights.iter().zip(bytes.iter()).zip(mean).map(lost).sum::<f64>() as f32;
                        }
                    }
                },
            );
        layer
    }

    /// Whether the layer has these sizes.
    pub(crate) fn has_shape(&self, inputs: usize, outputs: usize) -> bool {
        (self.inputs, self.outputs) == (inputs, outputs)
    }

    /// Appends the layer to a file's bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for size in [self.inputs, self.outputs] {
            out.extend((size as u32).to_le_bytes());
        }
        out.extend_from_slice(bytemuck::cast_slice(&self.panels));
        self.scales.iter().chain(&self.bias).for_each(|x| out.extend(x.to_le_bytes()));
        self.sums.iter().for_each(|x| out.extend(x.to_le_bytes()));
    }

    /// Takes what [`Self::write`] wrote off the front of a file's bytes; none when they are too few or the sizes
    /// are impossible.
    pub(crate) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut size = || {
            let (size, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(u32::from_le_bytes(*size) as usize)
        };
        let (inputs, outputs) = (size()?, size()?);
        let padded = outputs.checked_next_multiple_of(WIDTH)?;
        let panels = inputs.checked_next_multiple_of(STEP)?.checked_mul(padded)?;
        let mut take = |count: usize| {
            let (taken, rest) = bytes.split_at_checked(count)?;
            *bytes = rest;
            Some(taken)
        };
        let panels = bytemuck::cast_slice(take(panels)?).to_vec();
        let four = padded.checked_mul(4)?;
        let floats = |bytes: &[u8]| bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let (scales, bias) = (floats(take(four)?), floats(take(four)?));
        let sums = take(four)?.as_chunks().0.iter().map(|b| i32::from_le_bytes(*b)).collect();
        Some(Self { panels, scales, sums, bias, inputs, outputs })
    }
}

/// Rounds the weights of an output; returns their scale, which is not finite if one of them is not.
struct QuantizeOutput<'a> {
    weights: &'a [f32],
    bytes: &'a mut [i8],
}

impl WithSimd for QuantizeOutput<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let Self { weights, bytes } = self;
        // As a sum, so that a NaN is not passed over.
        let not_finite = weights.iter().map(|w| w * 0.0).sum::<f32>();
        // Not from 0, by which one can't divide.
        let largest =
            weights.iter().fold(1e-30_f32, |largest, w| if w.abs() > largest { w.abs() } else { largest });
        let inverse = 127.0 / largest;
        for (w, q) in weights.iter().zip(bytes) {
            *q = (w * inverse + ROUND).to_bits() as i8;
        }
        largest / 127.0 + not_finite
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::output_tiles::{Accumulate, OutputTiles};
    use super::super::packed_f32::PackedF32;
    use super::super::rows::Rows;
    use super::*;

    pub(in super::super) fn number(i: usize) -> f32 {
        ((i * 7919 % 1000) as f32 - 400.0) / 500.0
    }

    pub(in super::super) fn layer(inputs: usize, outputs: usize) -> PackedInt8 {
        let bias = (0..outputs).map(|i| number(i + 3)).collect();
        PackedInt8::quantize(inputs, bias, None, |row, out| {
            out.iter_mut().enumerate().for_each(|(i, w)| *w = number(row * inputs + i) * (row + 1) as f32);
        })
    }

    impl PackedInt8 {
        /// The same weights as floats.
        pub(in super::super) fn to_f32(&self) -> PackedF32 {
            let depth = self.inputs.next_multiple_of(STEP);
            PackedF32::pack(self.inputs, self.bias[..self.outputs].to_vec(), |output, out| {
                let (panel, lane) = (&self.panels[output / WIDTH * WIDTH * depth..], output % WIDTH);
                for (input, out) in out.iter_mut().enumerate() {
                    let q = panel[(input / STEP * WIDTH + lane) * STEP + input % STEP];
                    *out = self.scales[output] * f32::from(q);
                }
            })
        }
    }

    #[test]
    fn weights_are_off_by_half_a_step_at_most() {
        let (inputs, outputs) = (33, 70);
        let floats = layer(inputs, outputs).to_f32();
        let mut identity = vec![0.0; inputs * inputs];
        (0..inputs).for_each(|i| identity[i * inputs + i] = 1.0);
        let mut out = vec![0.0; inputs * outputs];
        let x = Rows { values: &identity, width: inputs, stride: inputs };
        floats.multiply(x, &OutputTiles::new(&mut out, outputs), Accumulate::No, None);
        for output in 0..outputs {
            for input in 0..inputs {
                let expected = number(output * inputs + input) * (output + 1) as f32;
                let found = out[input * outputs + output] - number(output + 3);
                let step = 1.2 * (output + 1) as f32 / 127.0;
                assert!((found - expected).abs() <= step / 2.0 + 1e-4, "{found} != {expected}");
            }
        }
    }

    #[test]
    fn weights_that_are_not_finite_are_not_hidden() {
        for bad in [f32::NAN, f32::INFINITY] {
            let layer =
                PackedInt8::quantize(3, vec![0.0], None, |_, out| out.copy_from_slice(&[1.0, bad, 2.0]));
            assert!(!layer.scales[0].is_finite());
        }
    }
}
