//! Layer normalization.

use candle_core::{Result, Tensor};
use pulp::{Simd, WithSimd};

use super::device_ops;
use super::placement::Placement;
use super::smoothing::Smoothing;
use crate::base::cpu::Arch;
use crate::base::simd;
use crate::clip::error::ModelError;
use crate::clip::weights::Scope;

/// Normalizes the last dimension to mean 0 and variance 1, then scales and shifts it.
pub(crate) struct LayerNorm {
    /// A number for each column.
    weight: Vec<f32>,
    /// A number for each column.
    bias: Vec<f32>,
    /// Added to the variance.
    eps: f32,
    /// `weight` and `bias` for candle's own operation.
    tensors: (Tensor, Tensor),
}

impl LayerNorm {
    /// Loads `<scope>.weight` and `<scope>.bias`, both shaped (size). With a smoothing, the outputs are changed as it says.
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        size: usize,
        eps: f64,
        placement: &Placement,
        smoothing: Option<&Smoothing>,
    ) -> std::result::Result<Self, ModelError> {
        let values = |name| Ok::<_, ModelError>(scope.values(name, &[size])?.to_vec());
        let (mut weight, mut bias) = (values("weight")?, values("bias")?);
        if let Some(Smoothing { mean, scale }) = smoothing {
            weight.iter_mut().zip(scale).for_each(|(weight, scale)| *weight /= scale);
            bias.iter_mut()
                .zip(mean)
                .zip(scale)
                .for_each(|((bias, mean), scale)| *bias = (*bias - mean) / scale);
        }
        let tensor =
            |values: &[f32]| Tensor::from_slice(values, size, &placement.device)?.to_dtype(placement.dtype());
        let tensors = (tensor(&weight)?, tensor(&bias)?);
        Ok(Self { weight, bias, eps: eps as f32, tensors })
    }

    /// Normalizes `x`, (..., size), with candle's own operation, on any device; the result has the same shape.
    ///
    /// # Errors
    /// When the last dimension has another size.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        device_ops::layer_norm(x, &self.tensors.0, &self.tensors.1, self.eps)
    }

    /// Normalizes one row of `size` numbers into `out`, on this thread.
    pub(super) fn normalize_row(&self, arch: Arch, row: &[f32], out: &mut [f32]) {
        arch.dispatch(NormalizeRow { norm: self, row, out });
    }
}

/// The normalization of one row.
struct NormalizeRow<'a> {
    norm: &'a LayerNorm,
    row: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for NormalizeRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { norm, row, out } = self;
        let count = row.len() as f32;
        let mean = simd::sum(simd, row) / count;
        // Around the mean first: the mean of the squares would lose what is small beside it.
        out.iter_mut().zip(row).for_each(|(out, x)| *out = x - mean);
        let variance = simd::dot(simd, out, out) / count;
        let scale = 1.0 / (variance + norm.eps).sqrt();
        for ((out, weight), bias) in out.iter_mut().zip(&norm.weight).zip(&norm.bias) {
            *out = *out * scale * weight + bias;
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn a_row_is_normalized_by_the_definition() {
        for size in [1, 5, 64, 769] {
            let number = |i: usize| ((i * 7919 % 1000) as f32 - 300.0) / 100.0;
            let row: Vec<f32> = (0..size).map(|i| number(i) + 50.0).collect();
            let (weight, bias): (Vec<f32>, Vec<f32>) =
                (0..size).map(|i| (number(i + 1), number(i + 2))).unzip();
            let tensor = |values: &[f32]| Tensor::from_slice(values, size, &Device::Cpu).unwrap();
            let tensors = (tensor(&weight), tensor(&bias));
            let norm = LayerNorm { weight, bias, eps: 1e-5, tensors };
            let mut found = vec![0.0; size];
            norm.normalize_row(Arch::in_use(), &row, &mut found);

            let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / size as f64;
            let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / size as f64;
            for (i, found) in found.iter().enumerate() {
                let normed = (f64::from(row[i]) - mean) / (variance + 1e-5).sqrt();
                let expected = normed * f64::from(norm.weight[i]) + f64::from(norm.bias[i]);
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} != {expected}");
            }
        }
    }
}
