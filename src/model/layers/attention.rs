//! Multi-head self-attention.

use candle_core::{D, Result, Tensor};

use super::Linear;
use crate::model::ModelError;
use crate::model::config::TransformerConfig;
use crate::model::weights::Scope;

/// softmax(Q K^T / sqrt(head width)) V, several heads wide.
#[derive(Debug)]
pub struct Attention {
    /// Queries (already scaled), keys and values in one product.
    qkv: Linear,
    out: Linear,
    heads: usize,
}

impl Attention {
    /// Loads `q_proj`, `k_proj`, `v_proj` and `out_proj`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(scope: &Scope<'_>, config: &TransformerConfig) -> std::result::Result<Self, ModelError> {
        let width = config.hidden_size;
        let load = |name| Linear::load(&scope.enter(name), width, width);
        let scale = ((width / config.heads) as f64).powf(-0.5);
        let qkv = Linear::side_by_side(&[load("q_proj")?.scaled(scale)?, load("k_proj")?, load("v_proj")?])?;
        Ok(Self { qkv, out: load("out_proj")?, heads: config.heads })
    }

    /// Attends within each sequence of `x`, (batch, tokens, width). `mask`, (tokens, tokens), is
    /// added to the scores.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (batch, tokens, width) = x.dims3()?;
        let heads = (batch, tokens, 3, self.heads, width / self.heads);
        // (3, batch, heads, tokens, head width)
        let qkv = self.qkv.forward(x)?.reshape(heads)?.permute((2, 0, 3, 1, 4))?;
        let (q, k, v) = (qkv.get(0)?.contiguous()?, qkv.get(1)?.contiguous()?, qkv.get(2)?.contiguous()?);
        let mut scores = q.matmul(&k.transpose(D::Minus2, D::Minus1)?)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let attended = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&v)?;
        self.out.forward(&attended.transpose(1, 2)?.contiguous()?.reshape((batch, tokens, width))?)
    }
}
