//! Tiles of ARM's dot product, which adds up four products of bytes in each of 4 lanes at once.
//!
//! Both sides are signed: inputs have 128 taken away, which flips their uppermost bit.

use std::arch::aarch64::{int8x16_t, int32x4_t, vdupq_n_s32, vld1q_s8, vreinterpretq_s8_s32, vst1q_s32};
use std::arch::asm;

use super::ByteTile;
use crate::base::cpu::{ByteInstructions, ByteKind};
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Number of outputs of a vector.
const LANES: usize = 4;
/// Vectors of outputs that are computed at a time.
const VECTORS: usize = 4;

/// Proof that this CPU has the dot product.
#[derive(Clone, Copy)]
pub(in crate::clip::kernels) struct DotProd(());

impl DotProd {
    /// Returns the tiles, if these are their instructions.
    pub(in crate::clip::kernels) fn new(instructions: ByteInstructions) -> Option<Self> {
        (instructions.kind() == ByteKind::DotProd).then_some(Self(()))
    }
}

impl ByteTile for DotProd {
    /// 24 registers for the sums, 4 for the weights, 1 for the input, of 32.
    const HEIGHT: usize = 6;

    const INPUT_OFFSET: i32 = 128;

    /// The rows with 128 taken away.
    type Prepared = Vec<i8>;

    fn prepare(self, rows: &[u8], _: usize, prepared: &mut Vec<i8>) {
        prepared.clear();
        prepared.extend(rows.iter().map(|x| (x ^ 0x80).cast_signed()));
    }

    fn multiply(self, panel: &[i8], _: &[u8], rows: &Vec<i8>, stride: usize, sums: &mut [[i32; WIDTH]]) {
        macro_rules! with_rows {
            ($($height:literal)*) => {
                match sums.len() {
                    // SAFETY: `self` is proof that the CPU has the instructions.
                    $($height => unsafe { multiply::<$height>(panel, rows, stride, sums) },)*
                    height => panic!("a tile of {height} rows"),
                }
            };
        }
        with_rows!(1 2 3 4 5 6);
    }
}

/// Multiplies `M` rows; the compiler keeps the sums in registers.
#[target_feature(enable = "neon,dotprod")]
fn multiply<const M: usize>(panel: &[i8], rows: &[i8], stride: usize, sums: &mut [[i32; WIDTH]]) {
    assert!(panel.len() == WIDTH * stride && rows.len() == M * stride && sums.len() == M);
    for first in (0..WIDTH).step_by(VECTORS * LANES) {
        let mut lanes = [[vdupq_n_s32(0); VECTORS]; M];
        for step in 0..stride / STEP {
            let at = &panel[(step * WIDTH + first) * STEP..][..VECTORS * LANES * STEP];
            let weights: [int8x16_t; VECTORS] =
                // SAFETY: `at` has the 16 bytes of each of the vectors.
                std::array::from_fn(|j| unsafe { vld1q_s8(at.as_ptr().add(j * LANES * STEP)) });
            #[allow(
                clippy::needless_range_loop,
                reason = "by index the compiler keeps the sums in registers"
            )]
            for i in 0..M {
                // SAFETY: `rows` has M rows of `stride` bytes, of which these four are within the i-th.
                let x = unsafe { rows.as_ptr().add(i * stride + step * STEP).cast::<i32>().read_unaligned() };
                let x = vreinterpretq_s8_s32(vdupq_n_s32(x));
                for j in 0..VECTORS {
                    lanes[i][j] = dot(lanes[i][j], weights[j], x);
                }
            }
        }
        for (sums, lanes) in sums.iter_mut().zip(lanes) {
            for (sums, lanes) in sums[first..].as_chunks_mut::<LANES>().0.iter_mut().zip(lanes) {
                // SAFETY: the array has the 4 numbers of a vector.
                unsafe { vst1q_s32(sums.as_mut_ptr(), lanes) };
            }
        }
    }
}

/// Adds the inner product of four bytes to each lane: `vdotq_s32`, which is not stable yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot(mut sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes these registers only, and the function has its feature.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}
