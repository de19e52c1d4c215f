//! Transformer blocks and their stack, as transformers' `CLIPEncoder` has them.

use std::cell::RefCell;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use parking_lot::Mutex;

use super::attention::{Attention, causal_mask};
use super::kv_cache::KvCache;
use super::layer_norm::LayerNorm;
use super::linear::contiguous;
use super::mlp::Mlp;
use super::placement::Placement;
use super::scratch::Scratch;
use super::smoothing::Smoothing;
use crate::clip::config::TransformerConfig;
use crate::clip::error::ModelError;
use crate::clip::kernels::{Accumulate, HeadsAttention, OutputTiles, Rows, stride_for};
use crate::clip::weights::Scope;

/// Attention and feed-forward layer, each with a norm before and a residual connection around it.
struct Block {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
}

impl Block {
    fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        [qkv, rest]: [&Placement; 2],
    ) -> std::result::Result<Self, ModelError> {
        let (size, eps) = (config.hidden_size, config.layer_norm_eps);
        let norm = |name, smoothing: Option<Smoothing>| {
            LayerNorm::load(&scope.enter(name), size, eps, rest, smoothing.as_ref())
        };
        let (attention, to_attention) = Attention::load(&scope.enter("self_attn"), config, [qkv, rest])?;
        let (mlp, to_mlp) = Mlp::load(&scope.enter("mlp"), config, rest)?;
        let (norm1, norm2) = (norm("layer_norm1", to_attention)?, norm("layer_norm2", to_mlp)?);
        Ok(Self { norm1, attention, norm2, mlp })
    }

    /// Applies the block to `x`, (batch, tokens, width), on other devices than the CPU. `mask`, (tokens, tokens), is added
    /// to the scores of attention.
    fn forward(&self, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let x = self.attention.forward_on_device(&self.norm1.forward(x)?, mask, x)?;
        self.mlp.forward_on_device(&self.norm2.forward(&x)?, &x)
    }
}

/// The stack of blocks of a tower.
pub(crate) struct Transformer {
    blocks: Vec<Block>,
    /// Width of the states.
    width: usize,
    /// Whether the weights are laid out for the CPU's own kernels.
    fused: bool,
    scratch: Mutex<Scratch>,
}

/// What a pass through a transformer computes.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
    /// Position in the pass of the token of each sequence whose state is wanted: the last block computes no other. None
    /// is the states of all.
    pub pooled: Option<usize>,
    /// Keys and values of the tokens before those of this pass, which adds its own. For one sequence, if `causal`.
    pub kv_cache: Option<&'a RefCell<KvCache>>,
}

impl Transformer {
    /// Loads `layers.0`, `layers.1`, ...
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        let exact = placement.exact();
        // What is lost before the tokens have met is lost for all: the first queries, keys and values stay
        // in f32, which is most of the matter for a quarter of a block (docs/design/encoder.md has the figures).
        let placements = |block| if block == 0 { [&exact, placement] } else { [placement, placement] };
        let blocks = (0..config.layers)
            .map(|i| Block::load(&scope.enter("layers").enter(&i.to_string()), config, placements(i)))
            .collect::<std::result::Result<_, _>>()?;
        let (width, fused) = (config.hidden_size, placement.is_fused());
        Ok(Self { blocks, width, fused, scratch: Mutex::default() })
    }

    /// Whether [`Pass::kv_cache`] can be given.
    pub(crate) fn supports_kv_cache(&self) -> bool {
        self.fused
    }

    /// Runs all blocks over `x`, (batch, tokens, width): the states of the pooled tokens, (batch, width), or of all,
    /// (batch, tokens, width).
    ///
    /// # Errors
    /// When the shapes don't fit or a tensor operation fails.
    pub(crate) fn forward(&self, x: &Tensor, pass: Pass<'_>) -> Result<Tensor> {
        if self.fused {
            return x.apply_op1_no_bwd(&Fused { transformer: self, pass });
        }
        if pass.kv_cache.is_some() {
            candle_core::bail!("keys and values are kept on the CPU only");
        }
        let mask = pass.causal.then(|| causal_mask(x)).transpose()?;
        let x = self.blocks.iter().try_fold(x.clone(), |x, block| block.forward(&x, mask.as_ref()))?;
        match pass.pooled {
            Some(pooled) => x.narrow(1, pooled, 1)?.squeeze(1)?.contiguous(),
            None => Ok(x),
        }
    }

    /// Runs all blocks over `x`, (sequences x tokens, width), in place; leaves only the pooled rows,
    /// (sequences, width), or all.
    fn run(&self, x: &mut Vec<f32>, tokens: usize, pass: Pass<'_>, scratch: &mut Scratch) {
        let width = self.width;
        let mut cache = pass.kv_cache.map(RefCell::borrow_mut);
        let seen = cache.as_ref().map_or(0, |cache| cache.tokens());
        if let Some(cache) = &mut cache {
            cache.blocks.resize_with(self.blocks.len(), Vec::new);
        }
        for (i, Block { norm1, attention, norm2, mlp }) in self.blocks.iter().enumerate() {
            let rows = x.len() / width;
            let Scratch { rows: floats, bytes, qkv, attended, .. } = scratch;
            let qkv = match &mut cache {
                Some(cache) => &mut cache.blocks[i],
                None => qkv,
            };
            qkv.resize((seen + rows) * 3 * width, 0.0);
            let normed =
                attention.qkv.normed_input(norm1, Rows { values: x, width, stride: width }, floats, bytes);
            let new = OutputTiles::new(&mut qkv[seen * 3 * width..], 3 * width);
            attention.qkv.multiply(&normed, &new, Accumulate::No, None);

            let queries = match pass.pooled.filter(|_| i + 1 == self.blocks.len()) {
                Some(pooled) => {
                    pool(x, tokens * width, pooled * width, width);
                    seen + pooled..seen + pooled + 1
                }
                None => seen..seen + tokens,
            };
            let stride = stride_for(width);
            attended.resize(rows / tokens * queries.len() * stride, 0.0);
            let (heads, causal) = (attention.heads, pass.causal);
            HeadsAttention { qkv, tokens: seen + tokens, queries, width, heads, causal }
                .write(&OutputTiles::new(attended, stride));
            let attended = attention.out.input(Rows { values: attended, width, stride }, bytes);
            attention.out.multiply(&attended, &OutputTiles::new(x, width), Accumulate::Yes, None);
            mlp.add(norm2, x, scratch);
        }
        if let Some(cache) = &mut cache {
            cache.extend(tokens);
        }
    }
}

/// Keeps `width` numbers of every `sequence` of numbers in `x`: those from `first` on.
fn pool(x: &mut Vec<f32>, sequence: usize, first: usize, width: usize) {
    let sequences = x.len() / sequence;
    for i in 0..sequences {
        x.copy_within(i * sequence + first..i * sequence + first + width, i * width);
    }
    x.truncate(sequences * width);
}

/// A whole stack as one operation: states stay in memory that is used again, and nothing is computed that
/// the pooled token doesn't depend on.
struct Fused<'a> {
    transformer: &'a Transformer,
    pass: Pass<'a>,
}

impl CustomOp1 for Fused<'_> {
    fn name(&self) -> &'static str {
        "transformer"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self { transformer, pass } = self;
        let (batch, tokens, width) = layout.shape().dims3()?;
        if width != transformer.width || pass.pooled.is_some_and(|pooled| pooled >= tokens) {
            candle_core::bail!(
                "a transformer {} wide was applied to {:?}",
                transformer.width,
                layout.shape()
            );
        }
        if pass.kv_cache.is_some() && (batch != 1 || !pass.causal || pass.pooled != Some(tokens - 1)) {
            candle_core::bail!("keys and values are kept for one causal sequence, to its end");
        }
        let mut x = contiguous(storage, layout)?.to_vec();
        // Another thread may be using it; that one's memory stays, and ours is let go.
        let mut scratch = std::mem::take(&mut *transformer.scratch.lock());
        transformer.run(&mut x, tokens, *pass, &mut scratch);
        *transformer.scratch.lock() = scratch;
        let shape = if pass.pooled.is_some() { (batch, width).into() } else { (batch, tokens, width).into() };
        Ok((CpuStorage::F32(x), shape))
    }
}

#[cfg(test)]
mod tests;
