//! 8-bit weights, with a scale for each output.

use pulp::Arch;
use rayon::prelude::*;

use super::quantize::STEP;
use super::{Cells, Floats, Onto, QuantizedRows};
use crate::base::simd::ROUND;
use crate::clip::layers::Activation;

/// Columns of a panel, whatever the CPU: files have this layout.
pub(super) const WIDTH: usize = 32;

/// Weights rounded to signed bytes, w = scale q, so that the largest of each output is ±127.
///
/// In panels of [`WIDTH`] outputs; of each panel first [`STEP`] inputs of the first output, the same inputs of
/// the second, ..., then the next inputs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::clip::layers) struct Int8 {
    pub(super) panels: Vec<i8>,
    /// One for each output, and zeros up to whole panels, as in the next two.
    pub(super) scales: Vec<f32>,
    /// The sum of each output's bytes: what a zero point of the input adds to its product.
    pub(super) sums: Vec<i32>,
    pub(super) bias: Vec<f32>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Int8 {
    /// Sums of more products could pass 32 bits. CLIP has a tenth of it.
    pub const MOST_INPUTS: usize = i32::MAX as usize / (255 * 127);

    /// Whether this CPU multiplies bytes faster than floats, and exactly.
    pub fn is_fast() -> bool {
        #[cfg(target_arch = "x86_64")]
        return super::vnni::is_supported();
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Rounds a matrix of `bias.len()` rows by `inputs`; `row` writes one row of it.
    pub fn quantize(inputs: usize, bias: Vec<f32>, row: impl Fn(usize, &mut [f32]) + Sync) -> Self {
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
        let arch = Arch::new();
        layer
            .panels
            .par_chunks_exact_mut((WIDTH * depth).max(1))
            .zip(layer.scales.par_chunks_exact_mut(WIDTH))
            .zip(layer.sums.par_chunks_exact_mut(WIDTH))
            .enumerate()
            .for_each_init(
                || (vec![0.0_f32; inputs], vec![0_i8; inputs]),
                |(weights, bytes), (i, ((panel, scales), sums))| {
                    for (lane, output) in (i * WIDTH..outputs.min((i + 1) * WIDTH)).enumerate() {
                        row(output, weights);
                        scales[lane] = arch.dispatch(|| round(weights, bytes));
                        for (input, &q) in bytes.iter().enumerate() {
                            panel[(input / STEP * WIDTH + lane) * STEP + input % STEP] = q;
                            sums[lane] += i32::from(q);
                        }
                    }
                },
            );
        layer
    }

    /// Whether it is a layer of these sizes.
    pub fn has_shape(&self, inputs: usize, outputs: usize) -> bool {
        (self.inputs, self.outputs) == (inputs, outputs)
    }

    /// Appends the layer to a file's bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        for size in [self.inputs, self.outputs] {
            out.extend((size as u32).to_le_bytes());
        }
        out.extend_from_slice(bytemuck::cast_slice(&self.panels));
        self.scales.iter().chain(&self.bias).for_each(|x| out.extend(x.to_le_bytes()));
        self.sums.iter().for_each(|x| out.extend(x.to_le_bytes()));
    }

    /// Takes what [`Self::write`] wrote off the front of a file's bytes.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
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

    /// The same weights for a CPU that is better at floats.
    pub fn to_floats(&self) -> Floats {
        let depth = self.inputs.next_multiple_of(STEP);
        Floats::pack(self.inputs, self.bias[..self.outputs].to_vec(), |output, out| {
            let (panel, lane) = (&self.panels[output / WIDTH * WIDTH * depth..], output % WIDTH);
            for (input, out) in out.iter_mut().enumerate() {
                let q = panel[(input / STEP * WIDTH + lane) * STEP + input % STEP];
                *out = self.scales[output] * f32::from(q);
            }
        })
    }

    /// As [`Floats::multiply`].
    ///
    /// # Panics
    /// When `x` doesn't fit the layer, `out` is too small, or the CPU lacks the instructions
    /// ([`Self::is_fast`]).
    pub fn multiply(&self, x: &QuantizedRows, out: &Cells<'_>, onto: Onto, activation: Option<Activation>) {
        assert_eq!(x.stride, self.inputs.next_multiple_of(STEP), "the width of the input");
        #[cfg(target_arch = "x86_64")]
        super::vnni::multiply(self, x, out, onto, activation);
        #[cfg(not(target_arch = "x86_64"))]
        unreachable!("`is_fast` was not asked")
    }
}

/// Rounds the weights of an output; returns their scale, which is not finite if one of them is not.
#[inline(always)]
fn round(weights: &[f32], bytes: &mut [i8]) -> f32 {
    // As a sum, so that a NaN is not passed over.
    let odd = weights.iter().map(|w| w * 0.0).sum::<f32>();
    // Not from 0, by which one can't divide.
    let most = weights.iter().fold(1e-30_f32, |most, w| if w.abs() > most { w.abs() } else { most });
    let inverse = 127.0 / most;
    for (w, q) in weights.iter().zip(bytes) {
        *q = (w * inverse + ROUND).to_bits() as i8;
    }
    most / 127.0 + odd
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, stride_for};
    use super::*;

    fn number(i: usize) -> f32 {
        ((i * 7919 % 1000) as f32 - 400.0) / 500.0
    }

    fn layer(inputs: usize, outputs: usize) -> Int8 {
        let bias = (0..outputs).map(|i| number(i + 3)).collect();
        Int8::quantize(inputs, bias, |row, out| {
            out.iter_mut().enumerate().for_each(|(i, w)| *w = number(row * inputs + i) * (row + 1) as f32);
        })
    }

    #[test]
    fn weights_are_off_by_half_a_step_at_most() {
        let (inputs, outputs) = (33, 70);
        let floats = layer(inputs, outputs).to_floats();
        let mut identity = vec![0.0; inputs * inputs];
        (0..inputs).for_each(|i| identity[i * inputs + i] = 1.0);
        let mut out = vec![0.0; inputs * outputs];
        let x = Rows { values: &identity, width: inputs, stride: inputs };
        floats.multiply(x, &Cells::new(&mut out, outputs), Onto::Nothing, None);
        for output in 0..outputs {
            for input in 0..inputs {
                let expected = number(output * inputs + input) * (output + 1) as f32;
                let found = out[input * outputs + output] - number(output + 3);
                let step = 1.2 * (output + 1) as f32 / 127.0;
                assert!((found - expected).abs() <= step / 2.0 + 1e-4, "{found} != {expected}");
            }
        }
    }

    /// On any CPU: what a CPU with the instructions computes is what the rounded numbers say.
    #[test]
    fn the_product_of_bytes_is_exact() {
        if !Int8::is_fast() {
            return;
        }
        for (rows, inputs, outputs) in [(1, 1, 1), (7, 33, 65), (50, 768, 96), (130, 300, 7), (15, 3072, 40)]
        {
            let layer = layer(inputs, outputs);
            let mut x = QuantizedRows::default();
            x.fill(rows, inputs, |row, out| {
                out.iter_mut().enumerate().for_each(|(i, x)| *x = number(row * inputs + i + 13) + 0.3);
            });
            let stride = stride_for(inputs);
            let mut plain = vec![0.0; rows * stride];
            for (row, plain) in plain.chunks_exact_mut(stride).enumerate() {
                let scale = x.scales[row];
                for (q, plain) in x.values[row * x.stride..].iter().zip(&mut plain[..inputs]) {
                    *plain = scale.scale * (i32::from(*q) - scale.zero) as f32;
                }
            }
            let (mut found, mut expected) = (vec![1.0; rows * outputs], vec![1.0; rows * outputs]);
            layer.multiply(&x, &Cells::new(&mut found, outputs), Onto::Output, Some(Activation::Relu));
            let plain = Rows { values: &plain, width: inputs, stride };
            layer.to_floats().multiply(
                plain,
                &Cells::new(&mut expected, outputs),
                Onto::Output,
                Some(Activation::Relu),
            );
            let size = expected.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            for (found, expected) in found.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() <= 1e-5 * size,
                    "{rows}x{inputs}x{outputs}: {found} != {expected}"
                );
            }
        }
    }

    #[test]
    fn weights_that_are_not_finite_are_not_hidden() {
        for bad in [f32::NAN, f32::INFINITY] {
            let layer = Int8::quantize(3, vec![0.0], |_, out| out.copy_from_slice(&[1.0, bad, 2.0]));
            assert!(!layer.scales[0].is_finite());
        }
    }
}
