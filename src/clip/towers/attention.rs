//! Multi-head self-attention.

use candle_core::{Result, Tensor};

use super::device_ops::{self, Finish};
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

    /// Attends within each sequence of `x`, (batch, tokens, width), and adds `residual`, on other devices than the CPU; the
    /// result has the same shape. `mask`, (tokens, tokens), is added to the scores.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub(super) fn forward_on_device(
        &self,
        x: &Tensor,
        mask: Option<&Tensor>,
        residual: &Tensor,
    ) -> Result<Tensor> {
        let (qkv, bias) = self.qkv.product_on_device(x)?;
        let attended = attend_on_device(&qkv, bias, self.heads, mask)?;
        self.out.forward_on_device(&attended, Finish { residual: Some(residual), ..Finish::default() })
    }
}

/// From queries, keys and values side by side, (batch, tokens, 3 x width), which have a bias, to attended states,
/// (batch, tokens, width).
fn attend_on_device(
    qkv: &Tensor,
    bias: Option<&Tensor>,
    heads: usize,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let qkv = device_ops::split_heads(qkv, bias, 3, heads)?;
    device_ops::attend(&qkv.get(0)?, &qkv.get(1)?, &qkv.get(2)?, mask)
}

/// What is added to the scores of attention between the tokens of `x`, (batch, tokens, width), so that a token sees only
/// itself and those before it: (tokens, tokens).
///
/// # Errors
/// When a tensor operation fails.
pub(super) fn causal_mask(x: &Tensor) -> Result<Tensor> {
    let tokens = x.dim(1)?;
    let later = |row, column| if column > row { f32::NEG_INFINITY } else { 0.0 };
    let mask: Vec<f32> =
        (0..tokens).flat_map(|row| (0..tokens).map(move |column| later(row, column))).collect();
    Tensor::from_vec(mask, (tokens, tokens), x.device())?.to_dtype(x.dtype())
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
                let mask = causal.then(|| causal_mask(&tensor).unwrap());
                let expected =
                    attend_on_device(&tensor, None, heads, mask.as_ref()).unwrap().to_vec3::<f32>().unwrap();
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
