//! Tiles of AVX-512 VNNI, which adds up four products of bytes in each of 16 lanes at once.

use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::ByteTile;
use crate::base::cpu::{ByteInstructions, ByteKind};
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Proof that this CPU has AVX-512 VNNI.
#[derive(Clone, Copy)]
pub(in crate::clip::kernels) struct Avx512Vnni(());

impl Avx512Vnni {
    /// Returns the tiles, if these are their instructions.
    pub(in crate::clip::kernels) fn new(instructions: ByteInstructions) -> Option<Self> {
        (instructions.kind() == ByteKind::Avx512Vnni).then_some(Self(()))
    }
}

impl ByteTile for Avx512Vnni {
    /// 28 registers for the sums, 2 for the weights, 1 for the input.
    const HEIGHT: usize = 14;

    type Prepared = ();

    fn prepare(self, _: &[u8], _: usize, (): &mut ()) {}

    fn multiply(self, panel: &[i8], rows: &[u8], (): &(), stride: usize, sums: &mut [[i32; WIDTH]]) {
        macro_rules! with_rows {
            ($($height:literal)*) => {
                match sums.len() {
                    // SAFETY: `self` is proof that the CPU has the instructions.
                    $($height => unsafe { multiply::<$height>(panel, rows, stride, sums) },)*
                    height => panic!("a tile of {height} rows"),
                }
            };
        }
        with_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }
}

/// Number of steps before which weights are asked for.
const STEPS_AHEAD: usize = 8;

/// Multiplies `M` rows; the compiler keeps the sums in registers.
#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply<const M: usize>(panel: &[i8], rows: &[u8], stride: usize, sums: &mut [[i32; WIDTH]]) {
    assert!(panel.len() == WIDTH * stride && rows.len() == M * stride && sums.len() == M);
    let mut lanes = [[_mm512_setzero_si512(); 2]; M];
    for step in 0..stride / STEP {
        let at = panel[step * WIDTH * STEP..].as_ptr().cast::<__m512i>();
        // SAFETY: a step of a panel is `WIDTH * STEP` = 128 bytes, of which the panel has `stride / STEP`.
        let weights = unsafe { [_mm512_loadu_si512(at), _mm512_loadu_si512(at.add(1))] };
        // They come from the second cache, and would be waited for.
        let ahead = at.wrapping_add(2 * STEPS_AHEAD).cast();
        _mm_prefetch::<_MM_HINT_T0>(ahead);
        _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(64));
        // By index: with iterators the compiler would keep the sums in memory.
        #[allow(clippy::needless_range_loop, reason = "see above")]
        for i in 0..M {
            // SAFETY: `rows` has M rows of `stride` bytes, of which this is within the i-th.
            let x = unsafe { rows.as_ptr().add(i * stride + step * STEP).cast::<i32>().read_unaligned() };
            let x = _mm512_set1_epi32(x);
            lanes[i][0] = _mm512_dpbusd_epi32(lanes[i][0], x, weights[0]);
            lanes[i][1] = _mm512_dpbusd_epi32(lanes[i][1], x, weights[1]);
        }
    }
    #[allow(clippy::needless_range_loop, reason = "see above")]
    for i in 0..M {
        let at = sums[i].as_mut_ptr().cast::<__m512i>();
        // SAFETY: a row of `sums` is two vectors long.
        unsafe {
            _mm512_storeu_si512(at, lanes[i][0]);
            _mm512_storeu_si512(at.add(1), lanes[i][1]);
        }
    }
}
