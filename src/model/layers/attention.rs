//! Multi-head self-attention.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Linear;
use super::activation::exp;
use super::linear::Unpacked;
use crate::model::ModelError;
use crate::model::config::TransformerConfig;
use crate::model::weights::Scope;
use crate::simd;

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
        let load = |name| Unpacked::load(&scope.enter(name), width, width);
        let scale = ((width / config.heads) as f64).powf(-0.5);
        let qkv = Unpacked::side_by_side(&[load("q_proj")?.scaled(scale), load("k_proj")?, load("v_proj")?]);
        Ok(Self { qkv: qkv.pack(), out: load("out_proj")?.pack(), heads: config.heads })
    }

    /// Attends within each sequence of `x`, (batch, tokens, width). If `causal`, a token sees only
    /// itself and those before it.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: &Tensor, causal: bool) -> Result<Tensor> {
        let attended = self.qkv.forward(x)?.apply_op1_no_bwd(&Attend { heads: self.heads, causal })?;
        self.out.forward(&attended)
    }
}

/// From queries, keys and values side by side, (batch, tokens, 3 x width), to (batch, tokens, width).
///
/// Each query goes over the keys where they lie: with the few tokens of CLIP everything of a head fits the
/// cache, and no tensor is turned, copied or written that the next layer doesn't read.
struct Attend {
    heads: usize,
    causal: bool,
}

/// Query rows of a task.
const ROWS: usize = 16;

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, tokens, triple) = layout.shape().dims3()?;
        let width = triple / 3;
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("attention works on contiguous tensors only");
        };
        if self.heads == 0 || width * 3 != triple || !width.is_multiple_of(self.heads) {
            candle_core::bail!("{} heads can't share {:?}", self.heads, layout.shape());
        }
        let qkv = &storage.as_slice::<f32>()?[start..end];
        let mut out = vec![0.0; batch * tokens * width];
        let arch = Arch::new();
        if !out.is_empty() {
            let sequences = out.par_chunks_mut(tokens * width).zip(qkv.par_chunks(tokens * triple));
            sequences.for_each(|(out, qkv)| {
                out.par_chunks_mut(ROWS * width).enumerate().for_each(|(block, out)| {
                    let first = block * ROWS;
                    arch.dispatch(Rows { qkv, out, first, width, heads: self.heads, causal: self.causal });
                });
            });
        }
        Ok((CpuStorage::F32(out), (batch, tokens, width).into()))
    }
}

/// Some query rows of one sequence.
struct Rows<'a> {
    qkv: &'a [f32],
    out: &'a mut [f32],
    first: usize,
    width: usize,
    heads: usize,
    causal: bool,
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { qkv, out, first, width, heads, causal } = self;
        let (size, tokens) = (width / heads, qkv.len() / (3 * width));
        let part = |token: usize, which: usize, head: usize| {
            let start = (token * 3 + which) * width + head * size;
            &qkv[start..start + size]
        };
        let mut scores = vec![0.0_f32; tokens];
        for head in 0..heads {
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                let token = first + row;
                let scores = &mut scores[..if causal { token + 1 } else { tokens }];
                let query = part(token, 0, head);
                for (key, score) in scores.iter_mut().enumerate() {
                    *score = simd::dot(simd, query, part(key, 1, head));
                }
                // Without its greatest value taken away, e to the power of a score could overflow.
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                scores.iter_mut().for_each(|score| *score = exp(*score - most));
                let share = 1.0 / simd::sum(simd, scores);
                let out = &mut out[head * size..(head + 1) * size];
                for (key, score) in scores.iter().enumerate() {
                    let weight = score * share;
                    out.iter_mut().zip(part(key, 2, head)).for_each(|(out, value)| *out += weight * value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{D, Device};

    use super::*;

    /// The same with candle's own operations.
    fn plain(qkv: &Tensor, heads: usize, causal: bool) -> Result<Tensor> {
        let (batch, tokens, triple) = qkv.dims3()?;
        let width = triple / 3;
        let qkv = qkv.reshape((batch, tokens, 3, heads, width / heads))?.permute((2, 0, 3, 1, 4))?;
        let (q, k, v) = (qkv.get(0)?.contiguous()?, qkv.get(1)?.contiguous()?, qkv.get(2)?.contiguous()?);
        let mut scores = q.matmul(&k.transpose(D::Minus2, D::Minus1)?)?;
        if causal {
            let later = |row, column| if column > row { f32::NEG_INFINITY } else { 0.0 };
            let mask: Vec<f32> =
                (0..tokens).flat_map(|row| (0..tokens).map(move |column| later(row, column))).collect();
            scores = scores.broadcast_add(&Tensor::from_vec(mask, (tokens, tokens), &Device::Cpu)?)?;
        }
        let attended = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&v)?;
        attended.transpose(1, 2)?.contiguous()?.reshape((batch, tokens, width))
    }

    #[test]
    fn agrees_with_plain_operations() {
        for (batch, tokens, heads, size) in [(1, 1, 1, 4), (2, 50, 3, 64), (3, 17, 6, 6), (1, 77, 2, 33)] {
            let count = batch * tokens * 3 * heads * size;
            // Scores of a few units, as queries that are scaled by the head's width give.
            let values: Vec<f32> = (0..count).map(|i| ((i * 7919 % 2003) as f32 / 2000.0) - 0.5).collect();
            let qkv = Tensor::from_vec(values, (batch, tokens, 3 * heads * size), &Device::Cpu).unwrap();
            for causal in [false, true] {
                let expected = plain(&qkv, heads, causal).unwrap();
                let found = qkv.apply_op1_no_bwd(&Attend { heads, causal }).unwrap();
                let difference = (found - expected).unwrap().abs().unwrap().max_all().unwrap();
                let difference = difference.to_scalar::<f32>().unwrap();
                assert!(difference < 1e-5, "{batch} x {tokens} x {heads} x {size}: {difference}");
            }
        }
    }

    #[test]
    fn great_scores_do_not_overflow() {
        let qkv = Tensor::from_vec(vec![1e3_f32, 1e3, 5.0, 1e3, 1e3, 5.0], (1, 2, 3), &Device::Cpu).unwrap();
        let out = qkv.apply_op1_no_bwd(&Attend { heads: 1, causal: false }).unwrap();
        assert_eq!(out.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [5.0, 5.0]);
    }
}
