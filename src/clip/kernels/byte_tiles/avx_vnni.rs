//! Tiles of AVX-VNNI, which adds up four products of bytes in each of 8 lanes at once, and of the same instruction in
//! the encoding of AVX-512.

use std::arch::x86_64::{
    __m256i, _mm256_dpbusd_avx_epi32, _mm256_dpbusd_epi32, _mm256_loadu_si256, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::ByteTile;
use crate::base::cpu::{ByteInstructions, ByteKind};
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Number of outputs of a vector.
const LANES: usize = 8;

/// Makes the tiles of one encoding: the type that is proof of the instructions, their names, the instruction, and how
/// many vectors of outputs are computed at a time: more with few rows, so that one sum need not wait for the one before.
macro_rules! tiles {
    ($(#[$doc:meta])* $name:ident, $module:ident, $features:literal, $dpbusd:ident, $($height:literal by $at_a_time:literal),*) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(in crate::clip::kernels) struct $name(());

        impl $name {
            /// Returns the tiles, if these are their instructions.
            pub(in crate::clip::kernels) fn new(instructions: ByteInstructions) -> Option<Self> {
                (instructions.kind() == ByteKind::$name).then_some(Self(()))
            }
        }

        impl ByteTile for $name {
            /// 12 registers for the sums, 2 for the weights, 1 for the input, of 16.
            const HEIGHT: usize = 6;

            type Prepared = ();

            fn prepare(self, _: &[u8], _: usize, (): &mut ()) {}

            fn multiply(self, panel: &[i8], rows: &[u8], (): &(), stride: usize, sums: &mut [[i32; WIDTH]]) {
                match sums.len() {
                    // SAFETY: `self` is proof that the CPU has the instructions.
                    $($height => unsafe { $module::multiply::<$height, $at_a_time>(panel, rows, stride, sums) },)*
                    height => panic!("a tile of {height} rows"),
                }
            }
        }

        mod $module {
            use super::*;

            /// Multiplies `M` rows, `N` vectors of outputs at a time; the compiler keeps the sums in registers.
            #[target_feature(enable = $features)]
            pub(super) fn multiply<const M: usize, const N: usize>(
                panel: &[i8],
                rows: &[u8],
                stride: usize,
                sums: &mut [[i32; WIDTH]],
            ) {
                assert!(panel.len() == WIDTH * stride && rows.len() == M * stride && sums.len() == M);
                for first in (0..WIDTH).step_by(N * LANES) {
                    let mut lanes = [[_mm256_setzero_si256(); N]; M];
                    for step in 0..stride / STEP {
                        // By pointers: with checks of every step the compiler would keep some sums in memory.
                        // SAFETY: a step of a panel has the bytes of `WIDTH` outputs, and this is within it.
                        let at = unsafe { panel.as_ptr().add((step * WIDTH + first) * STEP).cast::<__m256i>() };
                        let mut weights = [_mm256_setzero_si256(); N];
                        for j in 0..N {
                            // SAFETY: these are the bytes of 8 outputs, of which the last is at most the last of the
                            // panel.
                            weights[j] = unsafe { _mm256_loadu_si256(at.add(j)) };
                        }
                        // By index: with iterators the compiler would keep the sums in memory.
                        #[allow(clippy::needless_range_loop, reason = "see above")]
                        for i in 0..M {
                            // SAFETY: `rows` has M rows of `stride` bytes, of which this is within the i-th.
                            let x = unsafe { rows.as_ptr().add(i * stride + step * STEP).cast::<i32>().read_unaligned() };
                            let x = _mm256_set1_epi32(x);
                            for j in 0..N {
                                lanes[i][j] = $dpbusd(lanes[i][j], x, weights[j]);
                            }
                        }
                    }
                    for (sums, lanes) in sums.iter_mut().zip(lanes) {
                        for (sums, lanes) in sums[first..].as_chunks_mut::<LANES>().0.iter_mut().zip(lanes) {
                            // SAFETY: the array has the 8 numbers of a vector.
                            unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), lanes) };
                        }
                    }
                }
            }
        }
    };
}

tiles!(
    /// Proof that this CPU has AVX-VNNI.
    AvxVnni,
    vex,
    "avx2,avxvnni",
    _mm256_dpbusd_avx_epi32,
    1 by 4, 2 by 4, 3 by 4, 4 by 2, 5 by 2, 6 by 2
);
tiles!(
    /// Proof that this CPU has AVX-512 VNNI and VL.
    Avx512VnniVl,
    evex,
    "avx2,avx512vnni,avx512vl",
    _mm256_dpbusd_epi32,
    1 by 4, 2 by 4, 3 by 4, 4 by 2, 5 by 2, 6 by 2
);
