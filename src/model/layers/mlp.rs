//! The feed-forward layer.

use candle_core::{Result, Tensor};

use super::{Activation, Linear};
use crate::model::ModelError;
use crate::model::config::TransformerConfig;
use crate::model::weights::Scope;

/// Two linear layers with an activation between them.
#[derive(Debug)]
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
    pub fn load(scope: &Scope<'_>, config: &TransformerConfig) -> std::result::Result<Self, ModelError> {
        let (outer, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            fc1: Linear::load(&scope.enter("fc1"), outer, inner)?,
            fc2: Linear::load(&scope.enter("fc2"), inner, outer)?,
            activation: config.activation,
        })
    }

    /// Applies the layer to each token.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.forward(&self.fc1.forward_activated(x, self.activation)?)
    }
}
