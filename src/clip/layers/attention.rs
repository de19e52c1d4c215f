//! Multi-head self-attention.

use std::ops::Range;

use candle_core::{D, Result, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::exp;
use super::matrix::{Cells, Rows, pack_columns, pack_rows, tiles};
use super::{Linear, Placement, Unpacked};
use crate::base::simd;
use crate::clip::ModelError;
use crate::clip::config::TransformerConfig;
use crate::clip::weights::Scope;

/// softmax(Q K^T / sqrt(head width)) V, several heads wide.
pub struct Attention {
    /// Queries (already scaled), keys and values in one product.
    pub(super) qkv: Linear,
    pub(super) out: Linear,
    pub(super) heads: usize,
}

impl Attention {
    /// Loads `q_proj`, `k_proj` and `v_proj`, which go to the first placement, and `out_proj`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        [first, placement]: [&Placement; 2],
    ) -> std::result::Result<Self, ModelError> {
        let width = config.hidden_size;
        let find = |name| Unpacked::find(&scope.enter(name), width, width);
        let scale = ((width / config.heads) as f32).powf(-0.5);
        let qkv = Unpacked::side_by_side([find("q_proj")?.scaled(scale), find("k_proj")?, find("v_proj")?]);
        let out = Linear::load(&scope.enter("out_proj"), width, width, placement)?;
        Ok(Self { qkv: qkv.pack(first)?, out, heads: config.heads })
    }

    /// Attends within each sequence of `x`, (batch, tokens, width), with candle's own operations, on any
    /// device. If `causal`, a token sees only itself and those before it.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, x: &Tensor, causal: bool) -> Result<Tensor> {
        self.out.forward(&attend_plainly(&self.qkv.forward(x)?, self.heads, causal)?)
    }
}

/// From queries, keys and values side by side, (batch, tokens, 3 x width), to (batch, tokens, width).
fn attend_plainly(qkv: &Tensor, heads: usize, causal: bool) -> Result<Tensor> {
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

/// What is asked of the tokens of some sequences, on the CPU.
pub(super) struct Attend<'a> {
    /// Queries, keys and values of every token side by side, one sequence after the other.
    pub qkv: &'a [f32],
    /// Tokens of a sequence.
    pub tokens: usize,
    /// Which of them ask.
    pub queries: Range<usize>,
    /// Width of the queries, of the keys and of the values.
    pub width: usize,
    pub heads: usize,
    /// A token sees only itself and those before it.
    pub causal: bool,
}

/// Keys, values and scores of a head, laid out for the products.
#[derive(Default)]
struct Head {
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
}

impl Attend<'_> {
    /// Multiplications below which other threads would only cost time.
    const SMALL: usize = 1 << 17;

    /// Writes what each query finds to the rows of `out`.
    pub fn write(&self, out: &Cells<'_>) {
        let triple = 3 * self.width;
        let heads = self.qkv.len() / (self.tokens * triple).max(1) * self.heads;
        let arch = Arch::new();
        let work = |head: &mut Head, i: usize| {
            let (sequence, index) = (i / self.heads, i % self.heads);
            let qkv = &self.qkv[sequence * self.tokens * triple..][..self.tokens * triple];
            let first = sequence * self.queries.len();
            arch.dispatch(OneHead { attend: self, qkv, index, out, first, head });
        };
        if heads * self.queries.len() * self.tokens * (self.width / self.heads) < Self::SMALL {
            let mut head = Head::default();
            return (0..heads).for_each(|i| work(&mut head, i));
        }
        (0..heads).into_par_iter().for_each_init(Head::default, work);
    }
}

/// One head of one sequence.
struct OneHead<'a> {
    attend: &'a Attend<'a>,
    /// Of the sequence.
    qkv: &'a [f32],
    index: usize,
    out: &'a Cells<'a>,
    /// The row of `out` for the first query.
    first: usize,
    head: &'a mut Head,
}

impl WithSimd for OneHead<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { attend, qkv, index, out, first, head } = self;
        let &Attend { tokens, width, heads, causal, .. } = attend;
        let (triple, size) = (3 * width, width / heads);
        let column = index * size;
        let part = |which: usize| {
            (0..tokens).map(move |token| &qkv[token * triple + which * width + column..][..size])
        };
        pack_columns(&mut head.keys, size, part(1));
        pack_rows(&mut head.values, size, part(2));
        let (start, count) = (attend.queries.start, attend.queries.len());
        head.scores.resize(count * tokens, 0.0);
        let queries = &qkv[start * triple + column..][..(count - 1) * triple + size];
        let queries = Rows { values: queries, width: size, stride: triple };
        tiles(simd, queries, &head.keys, &Cells::new(&mut head.scores, tokens), 0, 0..tokens);
        for (i, scores) in head.scores.chunks_exact_mut(tokens).enumerate() {
            let (scores, later) = scores.split_at_mut(if causal { start + i + 1 } else { tokens });
            // Without its greatest value taken away, e to the power of a score could overflow.
            let most = simd::max(simd, scores);
            scores.iter_mut().for_each(|score| *score = exp(*score - most));
            let share = 1.0 / simd::sum(simd, scores);
            scores.iter_mut().for_each(|score| *score *= share);
            later.fill(0.0);
        }
        let scores = Rows { values: &head.scores, width: tokens, stride: tokens };
        tiles(simd, scores, &head.values, out, first, column..column + size);
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn agrees_with_plain_operations() {
        for (batch, tokens, heads, size) in [(1, 1, 1, 4), (2, 50, 3, 64), (3, 17, 6, 6), (1, 77, 2, 33)] {
            let width = heads * size;
            // Scores of a few units, as queries that are scaled by the head's width give.
            let values: Vec<f32> =
                (0..batch * tokens * 3 * width).map(|i| ((i * 7919 % 2003) as f32 / 2000.0) - 0.5).collect();
            let tensor = Tensor::from_slice(&values, (batch, tokens, 3 * width), &Device::Cpu).unwrap();
            for causal in [false, true] {
                let expected = attend_plainly(&tensor, heads, causal).unwrap().to_vec3::<f32>().unwrap();
                for queries in [0..tokens, tokens / 2..tokens, tokens - 1..tokens] {
                    let mut out = vec![0.0; batch * queries.len() * width];
                    let attend =
                        Attend { qkv: &values, tokens, queries: queries.clone(), width, heads, causal };
                    attend.write(&Cells::new(&mut out, width));
                    let expected = expected.iter().flat_map(|sequence| sequence[queries.clone()].concat());
                    for (found, expected) in out.iter().zip(expected) {
                        assert!((found - expected).abs() < 1e-5, "{batch} x {tokens} x {heads} x {size}");
                    }
                }
            }
        }
    }

    #[test]
    fn great_scores_do_not_overflow() {
        let qkv = [1e3_f32, 1e3, 5.0, 1e3, 1e3, 5.0];
        let mut out = [0.0; 2];
        let attend = Attend { qkv: &qkv, tokens: 2, queries: 0..2, width: 1, heads: 1, causal: false };
        attend.write(&Cells::new(&mut out, 1));
        assert_eq!(out, [5.0, 5.0]);
    }
}
