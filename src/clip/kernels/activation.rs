//! Activation functions of the feed-forward layers.

use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E, SQRT_2};
use std::str::FromStr;

use pulp::{Simd, WithSimd};

use super::gelu::gelu;
use crate::base::simd::{ROUND, mul_add_number};

/// The activation function that `hidden_act` of `config.json` names, as in `ACT2FN` of transformers' `activations.py`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x * sigmoid(1.702 x), what OpenAI's CLIP was trained with.
    QuickGelu,
    /// x * Φ(x), through the error function.
    Gelu,
    /// The tanh approximation of [`Activation::Gelu`].
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// x * sigmoid(x).
    Silu,
}

impl FromStr for Activation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "quick_gelu" => Self::QuickGelu,
            "gelu" | "gelu_python" => Self::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_accurate" | "gelu_pytorch_tanh" | "gelu_python_tanh" => {
                Self::GeluTanh
            }
            "relu" => Self::Relu,
            "silu" | "swish" => Self::Silu,
            _ => {
                return Err(format!(
                    "hidden_act '{name}' is not supported (quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, relu and silu are)"
                ));
            }
        })
    }
}

/// Applies a function to every value in place; to be dispatched through [`Arch`](crate::base::cpu::Arch), so that the loop is compiled
/// for the widest instructions of the CPU.
pub(super) struct Activate<'a>(pub Activation, pub &'a mut [f32]);

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(activation, values) = self;
        match activation {
            Activation::QuickGelu => values.iter_mut().for_each(|x| *x *= sigmoid::<S>(1.702 * *x)),
            Activation::Gelu => gelu(simd, values),
            // 0.5 (1 + tanh u) = sigmoid(2u), with u = sqrt(2/π) (x + 0.044715 x³); 2 sqrt(2/π) = 2/sqrt(π) sqrt(2).
            Activation::GeluTanh => values.iter_mut().for_each(|x| {
                *x *= sigmoid::<S>(FRAC_2_SQRT_PI * SQRT_2 * (*x + 0.044_715 * *x * *x * *x));
            }),
            Activation::Relu => values.iter_mut().for_each(|x| *x = x.max(0.0)),
            Activation::Silu => values.iter_mut().for_each(|x| *x *= sigmoid::<S>(*x)),
        }
    }
}

#[inline(always)]
fn sigmoid<S: Simd>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<S>(-x))
}

/// e^x to about 1e-7 of its value, without branches and calls, so that the compiler can vectorize
/// the loops around it, which libm's `expf` prevents.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite); e^r by its Taylor series to the 7th power,
/// which is off by less than 1e-8; 2^n by its bits. Below -87 it stays at e^-87, above 88 at e^88: a
/// sigmoid can't tell.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: f32) -> f32 {
    // ln 2 in two parts: the first has 9 bits, so that n times it is exact.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let rounded = mul_add_number::<S>(x, LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = mul_add_number::<S>(n, -LN_2_LOW, mul_add_number::<S>(n, -LN_2_HIGH, x));
    let series = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0]
        .into_iter()
        .fold(1.0 / 5040.0, |sum, c| mul_add_number::<S>(sum, r, c));
    // n is in the low bits of `rounded`; a cast would have to look out for NaN and infinity.
    series * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cpu::Arch;

    fn applied<const N: usize>(activation: Activation, mut values: [f32; N]) -> [f32; N] {
        Arch::in_use().dispatch(Activate(activation, &mut values));
        values
    }

    /// Every activation in f64, from its definition.
    fn reference(activation: Activation, x: f64) -> f64 {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        match activation {
            Activation::QuickGelu => x * sigmoid(1.702 * x),
            Activation::Gelu => {
                x * 0.5 * (1.0 + candle_core::cpu::erf::erf_f64(x * std::f64::consts::FRAC_1_SQRT_2))
            }
            Activation::GeluTanh => {
                0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
            }
            Activation::Relu => x.max(0.0),
            Activation::Silu => x * sigmoid(x),
        }
    }

    #[test]
    fn activations_follow_their_definitions() {
        for name in ["quick_gelu", "gelu", "gelu_new", "relu", "silu"] {
            let activation: Activation = name.parse().unwrap();
            for i in -2000..=2000 {
                let x = i as f32 / 50.0;
                let value = applied(activation, [x]);
                let expected = reference(activation, x.into());
                let error = (f64::from(value[0]) - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{name}({x}) = {} != {expected}", value[0]);
            }
        }
    }

    #[test]
    fn activations_stand_extreme_values() {
        for name in ["quick_gelu", "gelu", "gelu_new", "relu", "silu"] {
            let activation: Activation = name.parse().unwrap();
            let values = applied(activation, [1e6, -1e6, f32::MIN_POSITIVE]);
            assert_eq!(values[0], 1e6, "{name}");
            assert!(values[1].abs() < 1e-20, "{name}: {}", values[1]);
            let nan = applied(activation, [f32::NAN]);
            assert!(nan[0].is_nan() || activation == Activation::Relu, "{name} hides a NaN");
        }
    }

    #[test]
    fn exp_is_right_to_the_last_bits() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let expected = f64::from(x).exp();
            for found in [exp::<pulp::Scalar>(x), exp::<pulp::Scalar128b>(x)] {
                assert!((f64::from(found) / expected - 1.0).abs() < 3e-7, "exp({x})");
            }
        }
    }

    #[test]
    fn an_unknown_activation_is_refused_by_name() {
        assert!("gelu_10".parse::<Activation>().unwrap_err().contains("'gelu_10'"));
    }
}
