//! The feed-forward layer.

use candle_core::{Result, Tensor};

use super::matrix::{Cells, Onto, Rows, stride_for};
use super::scratch::Scratch;
use super::{Activation, LayerNorm, Linear, Placement};
use crate::clip::ModelError;
use crate::clip::config::TransformerConfig;
use crate::clip::weights::Scope;

/// Two linear layers with an activation between them.
pub struct Mlp {
    fc1: Linear,
    fc2: Linear,
    activation: Activation,
}

impl Mlp {
    /// Loads `fc1` and `fc2`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        let (outer, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            fc1: Linear::load(&scope.enter("fc1"), outer, inner, placement)?,
            fc2: Linear::load(&scope.enter("fc2"), inner, outer, placement)?,
            activation: config.activation,
        })
    }

    /// Applies the layer to each token with candle's own operations, on any device.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.forward(&self.activation.forward(&self.fc1.forward(x)?)?)
    }

    /// Adds the layer's output for the normalized rows of `x` to `x`, on the CPU.
    pub(super) fn add(&self, norm: &LayerNorm, x: &mut [f32], scratch: &mut Scratch) {
        let width = self.fc1.inputs();
        let rows = x.len() / width;
        let (inner, stride) = (self.fc1.outputs(), stride_for(self.fc1.outputs()));
        let Scratch { rows: floats, bytes, hidden, .. } = scratch;
        hidden.resize(rows * stride, 0.0);
        let normed = self.fc1.normed(norm, Rows { values: x, width, stride: width }, floats, bytes);
        self.fc1.multiply(&normed, &Cells::new(hidden, stride), Onto::Nothing, Some(self.activation));
        let hidden = self.fc2.input(Rows { values: hidden, width: inner, stride }, bytes);
        self.fc2.multiply(&hidden, &Cells::new(x, width), Onto::Output, None);
    }
}
