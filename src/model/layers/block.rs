//! Transformer blocks and their stack.

use candle_core::{Result, Tensor};

use super::{Attention, LayerNorm, Mlp};
use crate::model::ModelError;
use crate::model::config::TransformerConfig;
use crate::model::weights::Scope;

/// Attention and feed-forward layer, each with a norm before and a residual connection around it.
#[derive(Debug)]
pub struct Block {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
}

impl Block {
    fn load(scope: &Scope<'_>, config: &TransformerConfig) -> std::result::Result<Self, ModelError> {
        let norm = |name| LayerNorm::load(&scope.enter(name), config.hidden_size, config.layer_norm_eps);
        Ok(Self {
            norm1: norm("layer_norm1")?,
            attention: Attention::load(&scope.enter("self_attn"), config)?,
            norm2: norm("layer_norm2")?,
            mlp: Mlp::load(&scope.enter("mlp"), config)?,
        })
    }

    fn forward(&self, x: &Tensor, causal: bool) -> Result<Tensor> {
        let x = (x + self.attention.forward(&self.norm1.forward(x)?, causal)?)?;
        &x + self.mlp.forward(&self.norm2.forward(&x)?)?
    }
}

/// The stack of blocks of a tower.
#[derive(Debug)]
pub struct Transformer {
    blocks: Vec<Block>,
}

impl Transformer {
    /// Loads `layers.0`, `layers.1`, ...
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(scope: &Scope<'_>, config: &TransformerConfig) -> std::result::Result<Self, ModelError> {
        let blocks = (0..config.layers)
            .map(|i| Block::load(&scope.enter("layers").enter(&i.to_string()), config))
            .collect::<std::result::Result<_, _>>()?;
        Ok(Self { blocks })
    }

    /// Runs all blocks over `x`, (batch, tokens, width). `causal` as in [`Attention::forward`].
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: Tensor, causal: bool) -> Result<Tensor> {
        self.blocks.iter().try_fold(x, |x, block| block.forward(&x, causal))
    }
}
