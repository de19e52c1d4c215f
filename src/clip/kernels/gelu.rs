//! The exact `gelu`, x Φ(x), as cheap as the functions that stand in for it.

use pulp::Simd;

use crate::base::simd::mul_add;

/// Beyond this P(a)^8 overflows, so that Φ(-a) comes out as 0.
const FAR: f32 = 1e4;

/// The coefficients of P from the 8th power down, see [`gelu`]; `tools/kernels/gelu.py` makes them.
const COEFFICIENTS: [f32; 9] = [
    2.932_149_3e-6,
    -1.674_330_8e-5,
    9.756_445e-5,
    1.113_921_75e-4,
    9.806_097e-4,
    8.591_668e-3,
    4.478_879e-2,
    9.973_249_6e-2,
    1.0,
];

/// Replaces every x by x Φ(x), where Φ is the normal distribution function (1 + erf(x / √2)) / 2.
///
/// x Φ(x) = max(x, 0) - |x| Φ(-|x|), of which the second term is small wherever the first is large. Φ(-a) is
/// 1 / (2 P(a)^8), the form of Hastings' approximation of erf ("Approximations for Digital Computers", 1955;
/// Abramowitz and Stegun, 7.1.28), which takes no exponential. The coefficients are not his: they make the
/// greatest error of a Φ(-a) as small as it can be, 5e-8. With the rounding of f32 the result is off by less than 4e-7, or
/// by 2e-7 of itself. NaN stays NaN, infinity stays infinity, and its negative becomes NaN, as in x * 0.5 (1 + erf).
#[inline(always)]
pub(super) fn gelu<S: Simd>(simd: S, values: &mut [f32]) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    for x in vectors {
        *x = gelu_of_vector(simd, *x);
    }
    if !rest.is_empty() {
        let x = simd.partial_load_f32s(rest);
        simd.partial_store_f32s(rest, gelu_of_vector(simd, x));
    }
}

#[inline(always)]
fn gelu_of_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.splat_f32s(0.5);
    let size = simd.abs_f32s(x);
    // Not `max(x, 0)`, which would hide NaN and negative infinity.
    let positive = mul_add(simd, half, size, simd.mul_f32s(half, x));
    let a = simd.min_f32s(size, simd.splat_f32s(FAR));
    let mut power = simd.splat_f32s(COEFFICIENTS[0]);
    for coefficient in &COEFFICIENTS[1..] {
        power = mul_add(simd, power, a, simd.splat_f32s(*coefficient));
    }
    for _ in 0..3 {
        power = simd.mul_f32s(power, power);
    }
    let tail = simd.div_f32s(half, power);
    simd.sub_f32s(positive, simd.mul_f32s(a, tail))
}

#[cfg(test)]
mod tests {
    use crate::base::cpu::{Arch, InstructionSet};
    use candle_core::cpu::erf::erf_f64;
    use pulp::WithSimd;
    use rayon::prelude::*;

    use super::*;

    struct Gelu<'a>(&'a mut [f32]);

    impl WithSimd for Gelu<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            gelu(simd, self.0);
        }
    }

    fn exact(x: f32) -> f64 {
        let x = f64::from(x);
        // Without 1 + erf, which leaves nothing of small numbers.
        x * 0.5 * (1.0 + erf_f64(x * std::f64::consts::FRAC_1_SQRT_2))
    }

    /// The error of one value, as a part of it where it is larger than 1.
    fn error(x: f32, found: f32) -> f64 {
        let expected = exact(x);
        (f64::from(found) - expected).abs() / expected.abs().max(1.0)
    }

    /// Every 509th of all finite numbers, and all multiples of 2^-16 from -16 to 16.
    #[test]
    fn is_within_a_millionth_of_the_exact_function_everywhere() {
        let grid = (0..u32::MAX / 509).into_par_iter().map(|i| f32::from_bits(i * 509));
        let fine = (-(1 << 20)..1 << 20).into_par_iter().map(|i| i as f32 / 65_536.0);
        let numbers: Vec<f32> = grid.chain(fine).filter(|x| x.is_finite()).collect();
        numbers.par_chunks(4_097).for_each(|numbers| {
            let mut found = numbers.to_vec();
            Arch::in_use().dispatch(Gelu(&mut found));
            for (&x, &found) in numbers.iter().zip(&found) {
                assert!(error(x, found) < 4e-7, "gelu({x:e}) = {found:e}, not {:e}", exact(x));
                // Near 0 it is x / 2, however small that is.
                let small = x.abs() < 1e-3 && x.abs() > 1e-37;
                assert!(!small || (f64::from(found) / exact(x) - 1.0).abs() < 1e-6, "{x:e}");
            }
        });
    }

    #[test]
    fn is_the_same_on_every_cpu_with_fused_additions_at_every_length() {
        for length in 0..70 {
            let numbers: Vec<f32> = (0..length).map(|i| (i as f32 - 35.0) * 0.17).collect();
            let mut fused: Option<Vec<f32>> = None;
            for set in InstructionSet::supported() {
                let mut found = numbers.clone();
                Arch::of(set).dispatch(Gelu(&mut found));
                assert!(
                    numbers.iter().zip(&found).all(|(x, found)| error(*x, *found) < 4e-7),
                    "{set}, {length}"
                );
                if set != InstructionSet::Baseline {
                    assert_eq!(fused.get_or_insert(found.clone()), &found, "{set}, {length}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_not_hidden() {
        let mut values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0];
        Arch::in_use().dispatch(Gelu(&mut values));
        assert!(values[0].is_nan() && values[2].is_nan(), "{values:?}");
        assert_eq!([values[1], values[3], values[4], values[5]], [f32::INFINITY, f32::MAX, 0.0, 0.0]);
    }
}
