//! Inner products, sums and maxima of slices, eight lanes or more at a time.
//!
//! `pulp` picks the widest instructions of this CPU at run time (AVX-512, AVX2 + FMA, NEON, or plain
//! code): callers are a [`pulp::WithSimd`] that is dispatched through [`pulp::Arch`], and everything here
//! is inlined into it.

use pulp::Simd;

/// Inner product of two slices of one length.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (a, a_tail) = S::as_simd_f32s(a);
    let (b, b_tail) = S::as_simd_f32s(b);
    // Four sums, so that one addition need not wait for the one before.
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (a4, a_rest) = a.as_chunks::<4>();
    let (b4, b_rest) = b.as_chunks::<4>();
    for (a, b) in a4.iter().zip(b4) {
        for lane in 0..4 {
            sums[lane] = simd.mul_add_f32s(a[lane], b[lane], sums[lane]);
        }
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        sums[0] = simd.mul_add_f32s(a, b, sums[0]);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum();
    simd.reduce_sum_f32s(sum) + tail
}

/// Sum of a slice.
#[inline(always)]
pub fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (lanes, tail) = S::as_simd_f32s(values);
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (fours, rest) = lanes.as_chunks::<4>();
    for four in fours {
        for lane in 0..4 {
            sums[lane] = simd.add_f32s(sums[lane], four[lane]);
        }
    }
    for &lane in rest {
        sums[0] = simd.add_f32s(sums[0], lane);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    simd.reduce_sum_f32s(sum) + tail.iter().sum::<f32>()
}

/// Greatest value of a slice; negative infinity if it is empty.
#[inline(always)]
pub fn max<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (lanes, tail) = S::as_simd_f32s(values);
    let most = lanes.iter().fold(simd.splat_f32s(f32::NEG_INFINITY), |most, &lane| simd.max_f32s(most, lane));
    tail.iter().copied().fold(simd.reduce_max_f32s(most), f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    struct Both<'a>(&'a [f32], &'a [f32]);

    impl WithSimd for Both<'_> {
        type Output = (f32, f32, f32);

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> (f32, f32, f32) {
            (dot(simd, self.0, self.1), sum(simd, self.0), max(simd, self.0))
        }
    }

    /// Without its features for them, `pulp` runs plain code and says nothing.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn wide_instructions_are_used_where_there_are_any() {
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            assert!(!matches!(Arch::new(), Arch::Scalar));
        }
    }

    #[test]
    fn agree_with_plain_loops_at_every_length() {
        for length in (0..70).chain([512, 769]) {
            let a: Vec<f32> = (0..length).map(|i| (i as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..length).map(|i| (i as f32 * 0.3).cos()).collect();
            let (dot, sum, max) = Arch::new().dispatch(Both(&a, &b));
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot) - expected).abs() < 1e-4, "{length}: {dot} != {expected}");
            let expected: f64 = a.iter().map(|x| f64::from(*x)).sum();
            assert!((f64::from(sum) - expected).abs() < 1e-4, "{length}: {sum} != {expected}");
            assert_eq!(max, a.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{length}");
        }
    }
}
