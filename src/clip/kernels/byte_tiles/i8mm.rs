//! Tiles of ARM's i8mm, whose instruction multiplies two rows of 8 unsigned bytes with two outputs of 8 signed ones.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, uint8x16_t, vdupq_n_s8, vdupq_n_s32, vget_high_s32, vget_low_s32, vld1q_s8,
    vld1q_u8, vreinterpretq_s8_s32, vreinterpretq_s32_s8, vst1_s32, vzip1q_s32, vzip2q_s32,
};
use std::arch::asm;

use super::ByteTile;
use crate::base::cpu::{ByteInstructions, ByteKind};
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Inputs that are multiplied at a time.
const INPUTS: usize = 2 * STEP;
/// Outputs that are computed at a time: four pairs.
const OUTPUTS: usize = 8;

/// Proof that this CPU has i8mm.
#[derive(Clone, Copy)]
pub(in crate::clip::kernels) struct I8mm(());

impl I8mm {
    /// Returns the tiles, if these are their instructions.
    pub(in crate::clip::kernels) fn new(instructions: ByteInstructions) -> Option<Self> {
        (instructions.kind() == ByteKind::I8mm).then_some(Self(()))
    }
}

impl ByteTile for I8mm {
    /// 20 registers for the sums of five pairs of rows, 4 for the weights, 1 for the input, of 32.
    const HEIGHT: usize = 10;

    /// Pairs of rows: 8 bytes of the first, 8 of the second, the next 8 of the first, and so on; zeros where there
    /// is no row or input.
    type Prepared = Vec<[u8; 2 * INPUTS]>;

    fn prepare(self, rows: &[u8], stride: usize, prepared: &mut Self::Prepared) {
        let (rows, steps) = (rows.chunks_exact(stride.max(1)), stride.div_ceil(INPUTS));
        prepared.clear();
        prepared.resize(rows.len().div_ceil(2) * steps, [0; 2 * INPUTS]);
        for (row, bytes) in rows.enumerate() {
            for (bytes, pair) in bytes.chunks(INPUTS).zip(&mut prepared[row / 2 * steps..]) {
                pair[row % 2 * INPUTS..][..bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    fn multiply(
        self,
        panel: &[i8],
        _: &[u8],
        pairs: &Self::Prepared,
        stride: usize,
        sums: &mut [[i32; WIDTH]],
    ) {
        macro_rules! with_pairs {
            ($($count:literal)*) => {
                match sums.len().div_ceil(2) {
                    // SAFETY: `self` is proof that the CPU has the instructions.
                    $($count => unsafe { multiply::<$count>(panel, pairs, stride, sums) },)*
                    count => panic!("a tile of {count} pairs of rows"),
                }
            };
        }
        with_pairs!(1 2 3 4 5);
    }
}

/// Multiplies `P` pairs of rows; the compiler keeps the sums in registers.
#[target_feature(enable = "neon,i8mm")]
fn multiply<const P: usize>(
    panel: &[i8],
    pairs: &[[u8; 2 * INPUTS]],
    stride: usize,
    sums: &mut [[i32; WIDTH]],
) {
    let steps = stride.div_ceil(INPUTS);
    assert!(panel.len() == WIDTH * stride && pairs.len() == P * steps && sums.len().div_ceil(2) == P);
    for first in (0..WIDTH).step_by(OUTPUTS) {
        let mut products = [[vdupq_n_s32(0); OUTPUTS / 2]; P];
        for step in 0..steps {
            let at = |half: usize| panel.get((2 * step + half) * WIDTH * STEP + first * STEP..);
            let weights = pairs_of_outputs(at(0).unwrap_or_default(), at(1).unwrap_or_default());
            #[allow(
                clippy::needless_range_loop,
                reason = "by index the compiler keeps the sums in registers"
            )]
            for i in 0..P {
                // SAFETY: the array has the 16 bytes that are read.
                let x = unsafe { vld1q_u8(pairs[i * steps + step].as_ptr()) };
                for j in 0..OUTPUTS / 2 {
                    products[i][j] = multiply_pairs(products[i][j], x, weights[j]);
                }
            }
        }
        for (rows, products) in sums.chunks_mut(2).zip(products) {
            for (row, sums) in rows.iter_mut().enumerate() {
                for (sums, products) in sums[first..].as_chunks_mut::<2>().0.iter_mut().zip(products) {
                    let of_row = if row == 0 { vget_low_s32(products) } else { vget_high_s32(products) };
                    // SAFETY: the array has the two numbers that are written.
                    unsafe { vst1_s32(sums.as_mut_ptr(), of_row) };
                }
            }
        }
    }
}

/// Takes the bytes of [`OUTPUTS`] outputs from two steps of a panel, as pairs of outputs with 8 inputs each. The second
/// step is empty at the end of an odd number of them: zeros.
#[inline]
#[target_feature(enable = "neon")]
fn pairs_of_outputs(first: &[i8], second: &[i8]) -> [int8x16_t; OUTPUTS / 2] {
    let load = |step: &[i8], i: usize| match step.as_chunks::<16>().0.get(i) {
        // SAFETY: the array has the 16 bytes that are read.
        Some(bytes) => unsafe { vreinterpretq_s32_s8(vld1q_s8(bytes.as_ptr())) },
        None => vreinterpretq_s32_s8(vdupq_n_s8(0)),
    };
    let [a, b] = [load(first, 0), load(first, 1)];
    let [c, d] = [load(second, 0), load(second, 1)];
    [vzip1q_s32(a, c), vzip2q_s32(a, c), vzip1q_s32(b, d), vzip2q_s32(b, d)]
        .map(|pair| vreinterpretq_s8_s32(pair))
}

/// Adds the inner products of two rows of 8 bytes with two outputs: `vusmmlaq_s32`, which is not stable yet.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn multiply_pairs(mut sums: int32x4_t, rows: uint8x16_t, outputs: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes these registers only, and the function has its feature.
    unsafe {
        asm!(
            "usmmla {sums:v}.4s, {rows:v}.16b, {outputs:v}.16b",
            sums = inout(vreg) sums, rows = in(vreg) rows, outputs = in(vreg) outputs,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}
