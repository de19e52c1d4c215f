//! The product of bytes, by the instructions of this CPU that are made for it.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::activation::{Activate, Activation};
#[cfg(target_arch = "x86_64")]
use super::byte_tiles::{Avx2, Avx512Vnni, Avx512VnniVl, AvxVnni, Sse2};
use super::byte_tiles::{ByteTile, MAX_HEIGHT, Portable};
#[cfg(target_arch = "aarch64")]
use super::byte_tiles::{DotProd, I8mm};
use super::output_tiles::{Accumulate, OutputTiles};
use super::packed_int8::{PackedInt8, WIDTH};
use super::quantized_rows::{QuantizedRows, RowScale, STEP};
use super::tasks::{for_each_task, tile_rows};
use crate::base::cpu::{Arch, ByteInstructions, ByteKind, InstructionSet};
use crate::base::simd;

impl PackedInt8 {
    /// Whether this CPU multiplies bytes faster than floats.
    pub(crate) fn is_fast() -> bool {
        match ByteInstructions::in_use().kind() {
            ByteKind::Portable => false,
            // AVX-512 without VNNI multiplies as many floats at a time as AVX2 does bytes.
            ByteKind::Avx2 => InstructionSet::in_use() != InstructionSet::Avx512,
            _ => true,
        }
    }

    /// Computes `activation(x W^T + bias)`, with `x` of rows x inputs, into `out` of rows x outputs, as
    /// [`PackedF32::multiply`](super::packed_f32::PackedF32::multiply) does. Every CPU computes the same to the last
    /// bit, but for the activation.
    ///
    /// # Panics
    /// When `x` doesn't fit the layer, or `out` is too small.
    pub(crate) fn multiply(
        &self,
        x: &QuantizedRows,
        out: &OutputTiles<'_>,
        accumulate: Accumulate,
        activation: Option<Activation>,
    ) {
        assert_eq!(x.stride, self.inputs.next_multiple_of(STEP), "the width of the input");
        Product { layer: self, x, out, accumulate, activation }.compute(ByteInstructions::in_use());
    }
}

/// What [`PackedInt8::multiply`] is asked for.
struct Product<'a> {
    layer: &'a PackedInt8,
    x: &'a QuantizedRows,
    out: &'a OutputTiles<'a>,
    accumulate: Accumulate,
    activation: Option<Activation>,
}

impl Product<'_> {
    fn compute(&self, instructions: ByteInstructions) {
        macro_rules! by_the_first_of {
            ($($tiles:ident),*) => {
                $(if let Some(tiles) = $tiles::new(instructions) {
                    return self.compute_by(tiles);
                })*
            };
        }
        #[cfg(target_arch = "x86_64")]
        by_the_first_of!(Avx512Vnni, AvxVnni, Avx512VnniVl, Avx2, Sse2);
        #[cfg(target_arch = "aarch64")]
        by_the_first_of!(I8mm, DotProd);
        self.compute_by(Portable);
    }

    fn compute_by<T: ByteTile>(&self, tiles: T) {
        let Self { layer, x, .. } = self;
        let (arch, panels) = (Arch::in_use(), layer.scales.len() / WIDTH);
        for_each_task(x.scales.len(), panels, WIDTH, WIDTH * x.stride, layer.inputs, |(rows, panels)| {
            let (mut prepared, mut sums) = (T::Prepared::default(), [[0; WIDTH]; MAX_HEIGHT]);
            let mut outputs = [[0.0; WIDTH]; MAX_HEIGHT];
            for rows in tile_rows(rows, T::HEIGHT) {
                let values = &x.values[rows.start * x.stride..rows.end * x.stride];
                tiles.prepare(values, x.stride, &mut prepared);
                let (sums, outputs) = (&mut sums[..rows.len()], &mut outputs[..rows.len()]);
                for panel in panels.clone() {
                    let weights = &layer.panels[panel * WIDTH * x.stride..(panel + 1) * WIDTH * x.stride];
                    tiles.multiply(weights, values, &prepared, x.stride, sums);
                    let (rows, input_offset) = (rows.clone(), T::INPUT_OFFSET);
                    arch.dispatch(Finish { product: self, sums, outputs, input_offset, rows, panel });
                }
            }
        });
    }
}

/// Turns the sums of a tile into outputs, while they are in the first cache.
struct Finish<'a> {
    product: &'a Product<'a>,
    sums: &'a [[i32; WIDTH]],
    /// Room for as many outputs. They take several passes, each of which is all vectors.
    outputs: &'a mut [[f32; WIDTH]],
    /// What was taken from each input before it was multiplied.
    input_offset: i32,
    rows: Range<usize>,
    panel: usize,
}

impl WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, sums, outputs, input_offset, rows, panel } = self;
        let Product { layer, x, out, accumulate, activation } = *product;
        // All of them are padded to whole panels.
        let (scales, totals) = (&layer.scales.as_chunks().0[panel], &layer.sums.as_chunks().0[panel]);
        let bias = &layer.bias.as_chunks().0[panel];
        for ((RowScale { scale, zero_point }, sums), y) in
            x.scales[rows.clone()].iter().zip(sums).zip(&mut *outputs)
        {
            dequantize(sums, zero_point - input_offset, totals, *scale, scales, bias, y);
        }
        let columns = panel * WIDTH..layer.outputs.min((panel + 1) * WIDTH);
        // SAFETY: a task has its rows and columns for itself, and works on one tile after the other.
        let out = |row| unsafe { out.segment(row, columns.clone()) };
        if accumulate == Accumulate::Yes {
            for (row, y) in rows.clone().zip(&mut *outputs) {
                simd::add(simd, &mut y[..columns.len()], out(row));
            }
        }
        if let Some(activation) = activation {
            Activate(activation, outputs.as_flattened_mut()).with_simd(simd);
        }
        for (row, y) in rows.zip(outputs) {
            simd::copy(simd, &y[..columns.len()], out(row));
        }
    }
}

/// Computes what the sums of a row stand for.
#[inline(always)]
fn dequantize(
    sums: &[i32; WIDTH],
    zero_point: i32,
    totals: &[i32; WIDTH],
    scale: f32,
    scales: &[f32; WIDTH],
    bias: &[f32; WIDTH],
    outputs: &mut [f32; WIDTH],
) {
    for j in 0..WIDTH {
        outputs[j] = (sums[j] - zero_point * totals[j]) as f32 * (scale * scales[j]) + bias[j];
    }
}

#[cfg(test)]
mod tests {
    use super::super::packed_int8::tests::{layer, number};
    use super::super::rows::{Rows, stride_for};
    use super::*;

    const SHAPES: [(usize, usize, usize); 7] =
        [(1, 1, 1), (2, 5, 40), (7, 33, 65), (50, 768, 96), (130, 300, 7), (15, 3072, 40), (29, 12, 33)];

    fn instructions() -> Vec<ByteInstructions> {
        let mut all: Vec<_> = InstructionSet::supported().map(ByteInstructions::of).collect();
        all.push(ByteInstructions::portable());
        all.dedup();
        all
    }

    fn quantized(rows: usize, inputs: usize) -> QuantizedRows {
        let mut x = QuantizedRows::default();
        x.quantize_with(rows, inputs, |row, out| {
            out.iter_mut().enumerate().for_each(|(i, x)| *x = number(row * inputs + i + 13) + 0.3);
        });
        x
    }

    fn multiply(layer: &PackedInt8, x: &QuantizedRows, instructions: ByteInstructions) -> Vec<f32> {
        let mut found = vec![1.0; x.scales.len() * layer.outputs];
        let out = &OutputTiles::new(&mut found, layer.outputs);
        let (accumulate, activation) = (Accumulate::Yes, Some(Activation::Relu));
        Product { layer, x, out, accumulate, activation }.compute(instructions);
        found
    }

    #[test]
    fn the_product_of_bytes_is_that_of_the_numbers_that_they_stand_for() {
        for (rows, inputs, outputs) in SHAPES {
            let (layer, x, stride) = (layer(inputs, outputs), quantized(rows, inputs), stride_for(inputs));
            let mut plain = vec![0.0; rows * stride];
            for (row, plain) in plain.chunks_exact_mut(stride).enumerate() {
                let scale = x.scales[row];
                for (q, plain) in x.values[row * x.stride..].iter().zip(&mut plain[..inputs]) {
                    *plain = scale.scale * (i32::from(*q) - scale.zero_point) as f32;
                }
            }
            let mut expected = vec![1.0; rows * outputs];
            layer.to_f32().multiply(
                Rows { values: &plain, width: inputs, stride },
                &OutputTiles::new(&mut expected, outputs),
                Accumulate::Yes,
                Some(Activation::Relu),
            );
            let size = expected.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            for instructions in instructions() {
                for (found, expected) in multiply(&layer, &x, instructions).iter().zip(&expected) {
                    assert!(
                        (found - expected).abs() <= 1e-5 * size,
                        "{instructions:?} {rows}x{inputs}x{outputs}: {found} != {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn all_instructions_compute_the_same_to_the_last_bit() {
        for (rows, inputs, outputs) in SHAPES {
            let (layer, x) = (layer(inputs, outputs), quantized(rows, inputs));
            let expected = multiply(&layer, &x, ByteInstructions::portable());
            for instructions in instructions() {
                let found = multiply(&layer, &x, instructions);
                assert!(found == expected, "{instructions:?} {rows}x{inputs}x{outputs}");
            }
        }
    }

    /// Two products of these pass 16 bits, in which some instructions would saturate.
    #[test]
    fn the_largest_bytes_are_multiplied_exactly() {
        fn check<T: ByteTile>(tiles: T, stride: usize) {
            for height in 1..=T::HEIGHT {
                for (weight, value) in [(127, 255), (-127, 255), (-128, 255), (127, 0), (-128, 128)] {
                    let (panel, rows) = (vec![weight; WIDTH * stride], vec![value; height * stride]);
                    let (mut prepared, mut sums) = (T::Prepared::default(), [[7; WIDTH]; MAX_HEIGHT]);
                    tiles.prepare(&rows, stride, &mut prepared);
                    tiles.multiply(&panel, &rows, &prepared, stride, &mut sums[..height]);
                    let expected = stride as i32 * i32::from(weight) * (i32::from(value) - T::INPUT_OFFSET);
                    assert_eq!(sums[..height], vec![[expected; WIDTH]; height], "{weight} {value}");
                }
            }
        }
        for stride in [4, 12, 768] {
            check(Portable, stride);
            for instructions in instructions() {
                macro_rules! check_all {
                    ($($tiles:ident),*) => { $(if let Some(tiles) = $tiles::new(instructions) { check(tiles, stride) })* };
                }
                #[cfg(target_arch = "x86_64")]
                check_all!(Avx512Vnni, AvxVnni, Avx512VnniVl, Avx2, Sse2);
                #[cfg(target_arch = "aarch64")]
                check_all!(I8mm, DotProd);
                let _ = instructions;
            }
        }
    }
}
