//! Inner products of bytes with the instructions that multiply bytes with bytes (AVX-512 VNNI).

/// Bytes of the widest register: slices are multiplied in whole steps.
pub(super) const STEP: usize = 64;

#[cfg(target_arch = "x86_64")]
pub(super) use x86::Vnni;

#[cfg(not(target_arch = "x86_64"))]
pub use other::Vnni;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_reduce_add_epi32,
        _mm512_set1_epi8, _mm512_setzero_si512, _mm512_xor_si512,
    };

    use super::STEP;
    use crate::base::cpu::{ByteInstructions, ByteKind};

    /// Proof that this CPU has AVX-512 VNNI: only [`Self::detect`] makes one.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Vnni(());

    impl Vnni {
        /// Looks whether the instructions are in use.
        pub(crate) fn detect() -> Option<Self> {
            (ByteInstructions::in_use().kind() == ByteKind::Avx512Vnni).then_some(Self(()))
        }

        /// Computes the inner product of `a` and `b`, where `sum` is the sum of `b`.
        ///
        /// # Panics
        /// When they have different lengths, or no whole number of steps.
        #[inline]
        pub(crate) fn dot(self, a: &[i8], b: &[i8], sum: i32) -> i32 {
            assert!(a.len() == b.len() && a.len().is_multiple_of(STEP), "rows of whole steps");
            // SAFETY: a `Vnni` exists only where `detect` found both features that the function needs.
            let flipped = unsafe { dot_flipped(a, b) };
            flipped.wrapping_sub(128_i32.wrapping_mul(sum))
        }
    }

    /// Computes the inner product of a + 128 and b. The instruction takes one side as unsigned bytes, which flipping the
    /// uppermost bit of `a` makes of it. Both slices have the same length, a multiple of [`STEP`].
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn dot_flipped(a: &[i8], b: &[i8]) -> i32 {
        let flip = _mm512_set1_epi8(-128);
        let load = |step: &[i8; STEP]| {
            // SAFETY: the array has the 64 bytes that are read, and reads need not be aligned.
            unsafe { _mm512_loadu_si512(step.as_ptr().cast::<__m512i>()) }
        };
        let multiply = |sum, a, b| _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load(a), flip), load(b));
        // Two sums, so that one multiplication need not wait for the one before.
        let mut sums = [_mm512_setzero_si512(); 2];
        let (a, b) = (a.as_chunks::<STEP>().0, b.as_chunks::<STEP>().0);
        let ((a_pairs, a_rest), (b_pairs, b_rest)) = (a.as_chunks::<2>(), b.as_chunks::<2>());
        for (a, b) in a_pairs.iter().zip(b_pairs) {
            sums[0] = multiply(sums[0], &a[0], &b[0]);
            sums[1] = multiply(sums[1], &a[1], &b[1]);
        }
        if let (Some(a), Some(b)) = (a_rest.first(), b_rest.first()) {
            sums[0] = multiply(sums[0], a, b);
        }
        _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]))
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod other {
    /// There is none: no CPU of this architecture has the instructions.
    #[derive(Debug, Clone, Copy)]
    pub enum Vnni {}

    impl Vnni {
        /// Finds nothing.
        pub fn detect() -> Option<Self> {
            None
        }

        /// Can't be called, since there is no value to call it on.
        pub fn dot(self, _: &[i8], _: &[i8], _: i32) -> i32 {
            match self {}
        }
    }
}
