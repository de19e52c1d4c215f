//! SigLIP's pooling of a picture's patches to one vector.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use parking_lot::Mutex;

use super::device_ops;
use super::layer_norm::LayerNorm;
use super::layer_weights::LayerWeights;
use super::linear::{Linear, contiguous, write_rows};
use super::mlp::Mlp;
use super::placement::{Calibrating, Placement};
use super::probe_attention::{ProbeAttention, ProbeScratch};
use super::scratch::Scratch;
use super::smoothing::{Applied, Smoothing};
use crate::base::cpu::Arch;
use crate::clip::config::TransformerConfig;
use crate::clip::error::ModelError;
use crate::clip::kernels::{Accumulate, HeadsAttention, OutputTiles, Rows};
use crate::clip::weights::{Scope, Values};

/// Multi-head attention of one learned query to all patches, then a feed-forward layer with a norm before and a residual
/// connection around it, as transformers' `SiglipMultiheadAttentionPoolingHead`.
pub(crate) struct PoolingHead {
    attention: ProbedBy,
    /// From (pictures, width) to (pictures, width).
    out: Linear,
    norm: LayerNorm,
    mlp: Mlp,
    /// Number of heads, which divides the width.
    heads: usize,
    /// Whether the weights are laid out for the CPU's own kernels.
    fused: bool,
    scratch: Mutex<(Scratch, ProbeScratch)>,
}

/// How the learned query attends. It is projected and scaled when the model is loaded, as it is the same for every
/// picture.
enum ProbedBy {
    /// By the keys and values of all patches, on other devices than the CPU, or where they are bytes or recorded for those.
    KeysAndValues {
        /// (width)
        query: Vec<f32>,
        /// From (patches, width) to (patches, 2 x width): keys and values side by side.
        kv: Linear,
    },
    /// In f32 by our own kernels.
    Folded(ProbeAttention),
}

impl PoolingHead {
    /// Loads `probe`, `attention` (as torch's `MultiheadAttention` names its parts), `layernorm` and `mlp`. With it comes how its
    /// inputs are to be changed, which are normalized by another's norm.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        config: &TransformerConfig,
        placement: &Placement,
    ) -> std::result::Result<(Self, Option<Smoothing>), ModelError> {
        let width = config.hidden_size;
        let attention = scope.enter("attention");
        let weight = attention.values("in_proj_weight", &[3 * width, width])?;
        let bias = attention.values("in_proj_bias", &[3 * width])?.to_vec();
        let (query_bias, kv_bias) = bias.split_at(width);
        let probe = scope.values("probe", &[1, 1, width])?.to_vec();
        let scale = ((width / config.heads) as f64).powf(-0.5);
        let kv = weight.part(width * width, 2 * width * width);
        let kv = LayerWeights::new(&format!("{}.kv", attention.name()), kv, width, 2 * width);
        let kv = kv.with_bias(kv_bias.to_vec());
        let normed = placement.smoothing(&kv, Applied::Before);
        let kv = kv.with_smoothed_inputs(normed.clone(), Applied::Before);
        let (mlp, to_mlp) = Mlp::load(&scope.enter("mlp"), config, placement)?;
        let query = project_query(&probe, &weight, query_bias, scale);
        let records = matches!(placement.calibrating, Calibrating::Record(_));
        let folds = placement.is_fused() && !placement.rounds(width) && !records;
        let head = Self {
            attention: match folds {
                true => ProbedBy::Folded(ProbeAttention::new(&query, &kv, config.heads)),
                false => ProbedBy::KeysAndValues { query, kv: Linear::pack(kv, placement)? },
            },
            out: Linear::load(&attention.enter("out_proj"), width, width, &placement.exact())?,
            norm: LayerNorm::load(
                &scope.enter("layernorm"),
                width,
                config.layer_norm_eps,
                placement,
                to_mlp.as_ref(),
            )?,
            mlp,
            heads: config.heads,
            fused: placement.is_fused(),
            scratch: Mutex::default(),
        };
        Ok((head, normed))
    }

    /// Pools the states of pictures, (pictures, patches, width), each normalized by `post_norm` before: (pictures, width).
    ///
    /// # Errors
    /// When the shapes don't fit or a tensor operation fails.
    pub(crate) fn forward(&self, x: &Tensor, post_norm: &LayerNorm) -> Result<Tensor> {
        let (false, ProbedBy::KeysAndValues { query, kv }) = (self.fused, &self.attention) else {
            return x.apply_op1_no_bwd(&Fused { head: self, post_norm });
        };
        let (kv, bias) = kv.product_on_device(&post_norm.forward(x)?)?;
        let kv = device_ops::split_heads(&kv, bias, 2, self.heads)?;
        let (keys, values) = (kv.get(0)?, kv.get(1)?);
        let (pictures, _, _, size) = keys.dims4()?;
        let query = Tensor::from_slice(query, (1, self.heads, 1, size), kv.device())?;
        let query =
            query.to_dtype(kv.dtype())?.broadcast_as((pictures, self.heads, 1, size))?.contiguous()?;
        let attended = device_ops::attend(&query, &keys, &values, None)?.squeeze(1)?;
        let pooled = self.out.forward(&attended)?;
        self.mlp.forward_on_device(&self.norm.forward(&pooled)?, &pooled)
    }

    /// Pools the states of pictures, (pictures x patches, width), by our own kernels: (pictures, width).
    fn run(
        &self,
        x: &[f32],
        patches: usize,
        post_norm: &LayerNorm,
        scratch: &mut (Scratch, ProbeScratch),
    ) -> Vec<f32> {
        let width = self.out.inputs();
        let pictures = x.len() / (patches * width).max(1);
        let x = Rows { values: x, width, stride: width };
        let (scratch, probe_scratch) = scratch;
        let Scratch { rows, bytes, qkv, attended, .. } = scratch;
        match &self.attention {
            ProbedBy::Folded(attention) => {
                let arch = Arch::in_use();
                let normalize = |row, out: &mut [f32]| post_norm.normalize_row(arch, x.row(row), out);
                let normed = write_rows(x.count(), width, normalize, rows);
                attention.attend(normed, patches, attended, probe_scratch);
            }
            ProbedBy::KeysAndValues { query, kv } => {
                // The layout of a block's attention, whose queries are left out but for the first of each picture.
                qkv.resize(pictures * patches * 3 * width, 0.0);
                let normed = kv.normed_input(post_norm, x, rows, bytes);
                kv.multiply(&normed, &OutputTiles::new(&mut qkv[width..], 3 * width), Accumulate::No, None);
                for picture in qkv.chunks_exact_mut(patches * 3 * width) {
                    picture[..width].copy_from_slice(query);
                }
                attended.resize(pictures * width, 0.0);
                HeadsAttention {
                    qkv,
                    tokens: patches,
                    queries: 0..1,
                    width,
                    heads: self.heads,
                    causal: false,
                }
                .write(&OutputTiles::new(attended, width));
            }
        }
        let mut pooled = vec![0.0; pictures * width];
        let attended = self.out.input(Rows { values: attended, width, stride: width }, bytes);
        self.out.multiply(&attended, &OutputTiles::new(&mut pooled, width), Accumulate::No, None);
        self.mlp.add(&self.norm, &mut pooled, scratch);
        pooled
    }
}

/// The query that every picture is asked with: `probe` through the first third of torch's `in_proj`, scaled.
fn project_query(probe: &[f32], weight: &Values<'_>, bias: &[f32], scale: f64) -> Vec<f32> {
    let mut row = vec![0.0; probe.len()];
    let project = |(output, bias): (usize, &f32)| {
        weight.read(output * probe.len(), &mut row);
        let product: f64 = row.iter().zip(probe).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        ((product + f64::from(*bias)) * scale) as f32
    };
    bias.iter().enumerate().map(project).collect()
}

/// The whole head as one operation, on memory that is used again.
struct Fused<'a> {
    head: &'a PoolingHead,
    post_norm: &'a LayerNorm,
}

impl CustomOp1 for Fused<'_> {
    fn name(&self) -> &'static str {
        "pooling head"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self { head, post_norm } = self;
        let (pictures, patches, width) = layout.shape().dims3()?;
        if width != head.out.inputs() || patches == 0 {
            candle_core::bail!(
                "a pooling head {} wide was applied to {:?}",
                head.out.inputs(),
                layout.shape()
            );
        }
        let x = contiguous(storage, layout)?;
        // Another thread may be using it; that one's memory stays, and ours is let go.
        let mut scratch = std::mem::take(&mut *head.scratch.lock());
        let pooled = head.run(x, patches, post_norm, &mut scratch);
        *head.scratch.lock() = scratch;
        Ok((CpuStorage::F32(pooled), (pictures, width).into()))
    }
}
