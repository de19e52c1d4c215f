//! Layer norm.

use candle_core::{Device, Result, Tensor};

use crate::model::ModelError;
use crate::model::weights::Scope;

/// Normalizes the last dimension to mean 0 and variance 1, then scales and shifts it.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

impl LayerNorm {
    /// Loads `<scope>.weight` and `<scope>.bias`, both `size` long.
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn load(scope: &Scope<'_>, size: usize, eps: f64) -> std::result::Result<Self, ModelError> {
        let tensor = |name| -> std::result::Result<Tensor, ModelError> {
            Ok(Tensor::from_vec(scope.values(name, &[size])?.to_vec(), size, &Device::Cpu)?)
        };
        Ok(Self { weight: tensor("weight")?, bias: tensor("bias")?, eps: eps as f32 })
    }

    /// Normalizes `x`.
    ///
    /// # Errors
    /// When the last dimension has another size.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        candle_nn::ops::layer_norm(x, &self.weight, &self.bias, self.eps)
    }
}
