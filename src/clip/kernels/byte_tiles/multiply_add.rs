//! Tiles of AVX2 and SSE2, by the instruction that adds up pairs of products of 16-bit numbers.
//!
//! There is one for bytes too (`maddubs`), but it saturates at 2^15, which two products of bytes can pass. Bytes in
//! 16 bits are exact. docs/design/encoder.md has what else was tried.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_castps_si128, _mm_castsi128_ps, _mm_loadl_epi64, _mm_loadu_si128,
    _mm_madd_epi16, _mm_set1_epi64x, _mm_setzero_si128, _mm_shuffle_ps, _mm_srai_epi16, _mm_storeu_si128,
    _mm_unpacklo_epi8, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_hadd_epi32, _mm256_madd_epi16,
    _mm256_permute4x64_epi64, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::ByteTile;
use crate::base::cpu::{ByteInstructions, ByteKind};
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Makes the tiles of one width of vectors. A vector has the products of [`STEP`] inputs of a row with `$outputs`
/// outputs, two sums for each. With few rows, given as "rows by vectors at a time", more outputs are computed at a time,
/// so that one sum need not wait for the one before.
macro_rules! tiles {
    (
        $(#[$doc:meta])* $name:ident, $module:ident, $features:literal, outputs $outputs:literal, zero $zero:ident,
        weights $weights:ident, input $input:ident, multiply $madd:ident, add $add:ident, store $store:ident,
        rows $($height:literal by $at_a_time:literal),*
    ) => {
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
            /// 12 registers for the sums, 2 for the weights, 1 for the input, 1 for a product, of 16.
            const HEIGHT: usize = 6;

            /// The rows in 16 bits.
            type Prepared = Vec<i16>;

            fn prepare(self, rows: &[u8], _: usize, prepared: &mut Vec<i16>) {
                prepared.clear();
                prepared.extend(rows.iter().map(|x| i16::from(*x)));
            }

            fn multiply(
                self,
                panel: &[i8],
                _: &[u8],
                rows: &Vec<i16>,
                stride: usize,
                sums: &mut [[i32; WIDTH]],
            ) {
                match sums.len() {
                    // SAFETY: `self` is proof that the CPU has the instructions.
                    $($height => unsafe { $module::multiply::<$height, $at_a_time>(panel, rows, stride, sums) },)*
                    height => panic!("a tile of {height} rows"),
                }
            }
        }

        mod $module {
            use super::*;

            /// Multiplies `M` rows, `N` vectors at a time; the compiler keeps the sums in registers.
            #[target_feature(enable = $features)]
            pub(super) fn multiply<const M: usize, const N: usize>(
                panel: &[i8],
                rows: &[i16],
                stride: usize,
                sums: &mut [[i32; WIDTH]],
            ) {
                assert!(panel.len() == WIDTH * stride && rows.len() == M * stride && sums.len() == M);
                for first in (0..WIDTH).step_by(N * $outputs) {
                    let mut lanes = [[$zero(); N]; M];
                    for step in 0..stride / STEP {
                        // By pointers: with checks of every step the compiler would keep some sums in memory.
                        // SAFETY: a step of a panel has the bytes of `WIDTH` outputs, and this is within it.
                        let at = unsafe { panel.as_ptr().add((step * WIDTH + first) * STEP) };
                        let mut weights = [$zero(); N];
                        for j in 0..N {
                            // SAFETY: these are the bytes of `$outputs` outputs, of which the last is at most the
                            // last of the panel.
                            weights[j] = unsafe { $weights(at.add(j * $outputs * STEP)) };
                        }
                        // By index: with iterators the compiler would keep the sums in memory.
                        #[allow(clippy::needless_range_loop, reason = "see above")]
                        for i in 0..M {
                            // SAFETY: `rows` has M rows of `stride` numbers, of which these four are within the i-th.
                            let x = unsafe { rows.as_ptr().add(i * stride + step * STEP).cast::<i64>().read_unaligned() };
                            let x = $input(x);
                            for j in 0..N {
                                lanes[i][j] = $add(lanes[i][j], $madd(x, weights[j]));
                            }
                        }
                    }
                    for (sums, lanes) in sums.iter_mut().zip(lanes) {
                        let sums = sums[first..].as_chunks_mut::<{ 2 * $outputs }>().0;
                        for (sums, [a, b]) in sums.iter_mut().zip(lanes.as_chunks().0) {
                            $store(*a, *b, sums);
                        }
                    }
                }
            }
        }
    };
}

tiles!(
    /// Proof that this CPU has AVX2.
    Avx2, avx2, "avx2", outputs 4, zero _mm256_setzero_si256, weights widen_16, input _mm256_set1_epi64x,
    multiply _mm256_madd_epi16, add _mm256_add_epi32, store store_8,
    rows 1 by 8, 2 by 4, 3 by 4, 4 by 2, 5 by 2, 6 by 2
);
tiles!(
    /// Proof that this CPU has SSE2, as all of this architecture do.
    Sse2, sse2, "sse2", outputs 2, zero _mm_setzero_si128, weights widen_8, input _mm_set1_epi64x,
    multiply _mm_madd_epi16, add _mm_add_epi32, store store_4,
    rows 1 by 8, 2 by 4, 3 by 4, 4 by 2, 5 by 2, 6 by 2
);

/// Reads 16 bytes as 16-bit numbers.
///
/// # Safety
/// There must be 16 bytes at `from`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn widen_16(from: *const i8) -> __m256i {
    // SAFETY: as the caller vouches.
    _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(from.cast()) })
}

/// Reads 8 bytes as 16-bit numbers.
///
/// # Safety
/// There must be 8 bytes at `from`.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn widen_8(from: *const i8) -> __m128i {
    // SAFETY: as the caller vouches.
    let bytes = unsafe { _mm_loadl_epi64(from.cast()) };
    // Each byte in the upper half of 16 bits, and shifted down with its sign.
    _mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes))
}

/// Adds up the two sums of each output: those of the first four in `a`, of the others in `b`.
#[inline]
#[target_feature(enable = "avx2")]
fn store_8(a: __m256i, b: __m256i, sums: &mut [i32; 8]) {
    // The addition works in halves of the registers: a0 a1 b0 b1, a2 a3 b2 b3.
    let added = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(a, b));
    // SAFETY: the array has the 8 numbers of a vector.
    unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), added) };
}

/// Adds up the two sums of each output: those of the first two in `a`, of the others in `b`.
#[inline]
#[target_feature(enable = "sse2")]
fn store_4(a: __m128i, b: __m128i, sums: &mut [i32; 4]) {
    let (a, b) = (_mm_castsi128_ps(a), _mm_castsi128_ps(b));
    let (even, odd) = (_mm_shuffle_ps::<0b10_00_10_00>(a, b), _mm_shuffle_ps::<0b11_01_11_01>(a, b));
    let added = _mm_add_epi32(_mm_castps_si128(even), _mm_castps_si128(odd));
    // SAFETY: the array has the 4 numbers of a vector.
    unsafe { _mm_storeu_si128(sums.as_mut_ptr().cast(), added) };
}
