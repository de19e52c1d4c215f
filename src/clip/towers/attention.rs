//! Multi-head self-attention.

use candle_core::{D, Result, Tensor};

use super::layer_weights::LayerWeights;
use super::linear::Linear;
use super::placement::Placement;
use super::smoothing::{Applied, Smoothing};
use crate::clip::config::TransformerConfig;
use crate::clip::error::ModelError;
use crate::clip::weights::Scope;

/// Multi-head self-attention: softmax(Q K^T / sqrt(head width)) V in each head, as in transformers' `CLIPAttention`.
pub(crate) struct Attention {
    /// From (tokens, width) to (tokens, 3 x width): queries (scaled already), keys and values side by side.
    pub(super) qkv: Linear,
    /// From (tokens, width) to (tokens, width).
    pub(super) out: Linear,
    /// Number of heads, which divides the width.
    pub(super) heads: usize,
}

impl Attention {
    /// Loads `q_proj`, `k_proj` and `v_proj`, which go to the first placement, and `out_proj`, to the second. With it
    /// comes how its inputs are to be changed.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        [qkv_placement, placement]: [&Placement; 2],
    ) -> std::result::Result<(Self, Option<Smoothing>), ModelError> {
        let width = config.hidden_size;
        let find = |name| LayerWeights::find(&scope.enter(name), width, width);
        let scale = ((width / config.heads) as f32).powf(-0.5);
        let out = find("out_proj")?;
        // The shares of the values sum to 1, so that what is done to them is done to what is attended.
        let attended = placement.smoothing(&out, Applied::Before);
        let value = find("v_proj")?.with_smoothed_outputs(attended.as_ref());
        let out = out.with_smoothed_inputs(attended, Applied::Before);
        let qkv = LayerWeights::fuse_outputs([find("q_proj")?.scaled(scale), find("k_proj")?, value]);
        let normed = qkv_placement.smoothing(&qkv, Applied::Before);
        let qkv = qkv.with_smoothed_inputs(normed.clone(), Applied::Before);
        let (qkv, out) = (Linear::pack(qkv, qkv_placement)?, Linear::pack(out, placement)?);
        Ok((Self { qkv, out, heads: config.heads }, normed))
    }

    /// Attends within each sequence of `x`, (batch, tokens, width), with candle's own operations, on any
    /// device; the result has the same shape. If `causal`, a token sees only itself and those before it.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub(crate) fn forward(&self, x: &Tensor, causal: bool) -> Result<Tensor> {
        self.out.forward(&attend_by_candle(&self.qkv.forward(x)?, self.heads, causal)?)
    }
}

/// From queries, keys and values side by side, (batch, tokens, 3 x width), to attended states,
/// (batch, tokens, width).
fn attend_by_candle(qkv: &Tensor, heads: usize, causal: bool) -> Result<Tensor> {
    let (batch, tokens, triple) = qkv.dims3()?;
    let width = triple / 3;
    let qkv = qkv.reshape((batch, tokens, 3, heads, width / heads))?.permute((2, 0, 3, 1, 4))?;
    let (q, k, v) = (qkv.get(0)?.contiguous()?, qkv.get(1)?.contiguous()?, qkv.get(2)?.contiguous()?);
    let mut scores = q.matmul(&k.transpose(D::Minus2, D::Minus1)?.contiguous()?)?;
    if causal {
        let later = |row, column| if column > row { f32::NEG_INFINITY } else { 0.0 };
        let mask: Vec<f32> =
            (0..tokens).flat_map(|row| (0..tokens).map(move |column| later(row, column))).collect();
        scores = scores.broadcast_add(&Tensor::from_vec(mask, (tokens, tokens), qkv.device())?)?;
    }
    let attended = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&v)?;
    attended.transpose(1, 2)?.contiguous()?.reshape((batch, tokens, width))
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::clip::kernels::{HeadsAttention, OutputTiles};

    #[test]
    fn the_kernel_agrees_with_candles_operations() {
        for (batch, tokens, heads, size) in [(1, 1, 1, 4), (2, 50, 3, 64), (3, 17, 6, 6), (1, 77, 2, 33)] {
            let width = heads * size;
            // Scores of a few units, as queries that are scaled by the head's width give.
            let values: Vec<f32> =
                (0..batch * tokens * 3 * width).map(|i| ((i * 7919 % 2003) as f32 / 2000.0) - 0.5).collect();
            let tensor = Tensor::from_slice(&values, (batch, tokens, 3 * width), &Device::Cpu).unwrap();
            for causal in [false, true] {
                let expected = attend_by_candle(&tensor, heads, causal).unwrap().to_vec3::<f32>().unwrap();
                for queries in [0..tokens, tokens / 2..tokens, tokens - 1..tokens] {
                    let mut out = vec![0.0; batch * queries.len() * width];
                    let attention = HeadsAttention {
                        qkv: &values,
                        tokens,
                        queries: queries.clone(),
                        width,
                        heads,
                        causal,
                    };
                    attention.write(&OutputTiles::new(&mut out, width));
                    let expected = expected.iter().flat_map(|sequence| sequence[queries.clone()].concat());
                    for (found, expected) in out.iter().zip(expected) {
                        assert!((found - expected).abs() < 1e-5, "{batch} x {tokens} x {heads} x {size}");
                    }
                }
            }
        }
    }
}
