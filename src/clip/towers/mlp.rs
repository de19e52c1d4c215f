//! The feed-forward layer.

use candle_core::{Result, Tensor};

use super::device_ops::Finish;
use super::layer_norm::LayerNorm;
use super::layer_weights::LayerWeights;
use super::linear::Linear;
use super::placement::Placement;
use super::scratch::Scratch;
use super::smoothing::{Applied, Smoothing};
use crate::clip::config::TransformerConfig;
use crate::clip::error::ModelError;
use crate::clip::kernels::{Accumulate, Activation, OutputTiles, Rows, stride_for};
use crate::clip::weights::Scope;

/// The feed-forward layer: two linear layers with an activation between them, as in transformers' `CLIPMLP`.
pub(crate) struct Mlp {
    /// From the width to the intermediate size.
    fc1: Linear,
    /// From the intermediate size to the width.
    fc2: Linear,
    activation: Activation,
}

impl Mlp {
    /// Loads `fc1` and `fc2`. With it comes how its inputs are to be changed.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        placement: &Placement,
    ) -> std::result::Result<(Self, Option<Smoothing>), ModelError> {
        let (outer, inner) = (config.hidden_size, config.intermediate_size);
        let fc1 = LayerWeights::find(&scope.enter("fc1"), outer, inner)?;
        let fc2 = LayerWeights::find(&scope.enter("fc2"), inner, outer)?;
        let normed = placement.smoothing(&fc1, Applied::Before);
        // No activation lets a scale through: the second layer does it.
        let hidden = placement.smoothing(&fc2, Applied::ByLayer);
        let fc1 = Linear::pack(fc1.with_smoothed_inputs(normed.clone(), Applied::Before), placement)?;
        let fc2 = Linear::pack(fc2.with_smoothed_inputs(hidden, Applied::ByLayer), placement)?;
        Ok((Self { fc1, fc2, activation: config.activation }, normed))
    }

    /// Applies the layer to each token of `x`, (..., width), and adds `residual`, which has the same shape as `x` and the
    /// result, on other devices than the CPU.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub(super) fn forward_on_device(&self, x: &Tensor, residual: &Tensor) -> Result<Tensor> {
        let activation = Some(self.activation);
        let hidden = self.fc1.forward_on_device(x, Finish { activation, ..Finish::default() })?;
        self.fc2.forward_on_device(&hidden, Finish { residual: Some(residual), ..Finish::default() })
    }

    /// Adds the layer's output for the normalized rows of `x`, (tokens, width), to `x`, by our own kernels.
    pub(super) fn add(&self, norm: &LayerNorm, x: &mut [f32], scratch: &mut Scratch) {
        let width = self.fc1.inputs();
        let rows = x.len() / width;
        let (inner, stride) = (self.fc1.outputs(), stride_for(self.fc1.outputs()));
        let Scratch { rows: floats, bytes, hidden, .. } = scratch;
        hidden.resize(rows * stride, 0.0);
        let normed = self.fc1.normed_input(norm, Rows { values: x, width, stride: width }, floats, bytes);
        self.fc1.multiply(&normed, &OutputTiles::new(hidden, stride), Accumulate::No, Some(self.activation));
        let hidden = self.fc2.input(Rows { values: hidden, width: inner, stride }, bytes);
        self.fc2.multiply(&hidden, &OutputTiles::new(x, width), Accumulate::Yes, None);
    }
}
