//! What stands between the matrix products of a tower on other devices than the CPU: by our CUDA kernels on an NVIDIA
//! GPU, else by candle's own operations.

use candle_core::{D, Result, Tensor};

#[cfg(feature = "cuda")]
use super::cuda;
use crate::clip::kernels::Activation;

/// What is done to the product of a layer.
#[derive(Clone, Copy, Default)]
pub(super) struct Finish<'a> {
    /// (outputs)
    pub bias: Option<&'a Tensor>,
    pub activation: Option<Activation>,
    /// Added at the end: of the product's shape, or (rows, outputs), which is repeated.
    pub residual: Option<&'a Tensor>,
}

impl Finish<'_> {
    /// activation(y + bias) + residual, for `y` (..., outputs), which nobody else may hold: it is overwritten on a GPU.
    ///
    /// # Errors
    /// When the shapes don't fit.
    pub(super) fn apply(self, y: Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if y.device().is_cuda() {
            return cuda::finish(y, self.bias, self.activation, self.residual);
        }
        let y = match self.bias {
            Some(bias) => y.broadcast_add(bias)?,
            None => y,
        };
        let y = match self.activation {
            Some(activation) => activate(activation, &y)?,
            None => y,
        };
        match self.residual {
            Some(residual) => y.broadcast_add(residual),
            None => Ok(y),
        }
    }
}

/// Applies an activation function with candle's own operations.
fn activate(activation: Activation, x: &Tensor) -> Result<Tensor> {
    match activation {
        Activation::QuickGelu => x * candle_nn::ops::sigmoid(&(x * 1.702)?)?,
        Activation::Gelu => x.gelu_erf(),
        Activation::GeluTanh => x.gelu(),
        Activation::Relu => x.relu(),
        Activation::Silu => x.silu(),
    }
}

/// Normalizes the rows of `x`, (..., columns).
///
/// # Errors
/// When the shapes don't fit.
pub(super) fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if x.device().is_cuda() {
        return x.apply_op3_no_bwd(weight, bias, &cuda::LayerNorm { eps });
    }
    candle_nn::ops::layer_norm(x, weight, bias, eps)
}

/// Parts that stand side by side, (batch, tokens, parts x heads x size), plus their bias, one by one and by heads:
/// (parts, batch, heads, tokens, size), contiguous.
///
/// # Errors
/// When the shapes don't fit.
pub(super) fn split_heads(x: &Tensor, bias: Option<&Tensor>, parts: usize, heads: usize) -> Result<Tensor> {
    let (batch, tokens, columns) = x.dims3()?;
    let size = columns / (parts * heads).max(1);
    #[cfg(feature = "cuda")]
    if x.device().is_cuda() {
        let split = cuda::SplitHeads { parts, heads, size };
        return match bias {
            Some(bias) => x.apply_op2_no_bwd(bias, &split),
            None => x.apply_op1_no_bwd(&split),
        };
    }
    let x = Finish { bias, ..Finish::default() }.apply(x.clone())?;
    x.reshape((batch, tokens, parts, heads, size))?.permute((2, 0, 3, 1, 4))?.contiguous()
}

/// From (batch, heads, tokens, size) to (batch, tokens, heads x size).
///
/// # Errors
/// When the shape is another.
pub(super) fn merge_heads(x: &Tensor) -> Result<Tensor> {
    let (batch, heads, tokens, size) = x.dims4()?;
    #[cfg(feature = "cuda")]
    if x.device().is_cuda() {
        return x.apply_op1_no_bwd(&cuda::MergeHeads);
    }
    x.transpose(1, 2)?.contiguous()?.reshape((batch, tokens, heads * size))
}

/// softmax(Q K^T + mask) V for queries (batch, heads, queries, size), keys and values (batch, heads, tokens, size):
/// (batch, queries, heads x size).
///
/// # Errors
/// When the shapes don't fit.
pub(super) fn attend(query: &Tensor, key: &Tensor, value: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let scores = query.matmul(&key.transpose(D::Minus2, D::Minus1)?)?;
    let scores = match mask {
        Some(mask) => scores.broadcast_add(mask)?,
        None => scores,
    };
    merge_heads(&candle_nn::ops::softmax_last_dim(&scores)?.matmul(value)?)
}
