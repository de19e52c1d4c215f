//! The product of bytes, by the instructions of this CPU that are made for it.

use super::activation::Activation;
use super::output_tiles::{Accumulate, OutputTiles};
use super::packed_int8::PackedInt8;
use super::quantized_rows::{QuantizedRows, STEP};
#[cfg(target_arch = "x86_64")]
use super::vnni;

impl PackedInt8 {
    /// Whether this CPU multiplies bytes faster than floats, and exactly.
    pub(crate) fn is_fast() -> bool {
        #[cfg(target_arch = "x86_64")]
        return vnni::is_supported();
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Computes `activation(x W^T + bias)`, with `x` of rows x inputs, into `out` of rows x outputs, as
    /// [`PackedF32::multiply`](super::packed_f32::PackedF32::multiply) does.
    ///
    /// # Panics
    /// When `x` doesn't fit the layer, `out` is too small, or the CPU lacks the instructions
    /// ([`Self::is_fast`]).
    pub(crate) fn multiply(
        &self,
        x: &QuantizedRows,
        out: &OutputTiles<'_>,
        accumulate: Accumulate,
        activation: Option<Activation>,
    ) {
        assert_eq!(x.stride, self.inputs.next_multiple_of(STEP), "the width of the input");
        #[cfg(target_arch = "x86_64")]
        vnni::multiply(self, x, out, accumulate, activation);
        #[cfg(not(target_arch = "x86_64"))]
        unreachable!("`is_fast` was not asked")
    }
}

#[cfg(test)]
mod tests {
    use super::super::packed_int8::tests::{layer, number};
    use super::super::rows::{Rows, stride_for};
    use super::*;

    /// On any CPU: what a CPU with the instructions computes is what the rounded numbers say.
    #[test]
    fn the_product_of_bytes_is_exact() {
        if !PackedInt8::is_fast() {
            return;
        }
        for (rows, inputs, outputs) in [(1, 1, 1), (7, 33, 65), (50, 768, 96), (130, 300, 7), (15, 3072, 40)]
        {
            let layer = layer(inputs, outputs);
            let mut x = QuantizedRows::default();
            x.quantize_with(rows, inputs, |row, out| {
                out.iter_mut().enumerate().for_each(|(i, x)| *x = number(row * inputs + i + 13) + 0.3);
            });
            let stride = stride_for(inputs);
            let mut plain = vec![0.0; rows * stride];
            for (row, plain) in plain.chunks_exact_mut(stride).enumerate() {
                let scale = x.scales[row];
                for (q, plain) in x.values[row * x.stride..].iter().zip(&mut plain[..inputs]) {
                    *plain = scale.scale * (i32::from(*q) - scale.zero_point) as f32;
                }
            }
            let (mut found, mut expected) = (vec![1.0; rows * outputs], vec![1.0; rows * outputs]);
            layer.multiply(
                &x,
                &OutputTiles::new(&mut found, outputs),
                Accumulate::Yes,
                Some(Activation::Relu),
            );
            let plain = Rows { values: &plain, width: inputs, stride };
            layer.to_f32(None).multiply(
                plain,
                &OutputTiles::new(&mut expected, outputs),
                Accumulate::Yes,
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
}
