//! The vision tower: from pixels to projected states.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Shape, Tensor};
use half::f16;
use half::slice::HalfFloatSliceExt;
use parking_lot::Mutex;
use rayon::prelude::*;

use super::layer_norm::LayerNorm;
use super::layer_weights::LayerWeights;
use super::linear::{Linear, contiguous};
use super::placement::Placement;
use super::pooling_head::PoolingHead;
use super::scratch::Scratch;
use super::smoothing::Smoothing;
use super::transformer::{Pass, Transformer};
use crate::base::cpu::Arch;
use crate::clip::config::{ClipConfig, Family, VisionConfig};
use crate::clip::embedding::Pixels;
use crate::clip::error::ModelError;
use crate::clip::kernels::{Accumulate, OutputTiles};
use crate::clip::weights::Weights;

/// A vision transformer with what makes one vector of its states, as transformers' `CLIPVisionModelWithProjection` or
/// `SiglipVisionModel`.
pub(crate) struct VisionTower {
    /// The convolution over patches, as a product with flattened patches: from 3 x patch x patch to the width.
    patch_embedding: Linear,
    /// (tokens, width): added to each token. The bias of the patches is in it, and the class token is the first row.
    position_embedding: Tensor,
    /// CLIP has one.
    pre_norm: Option<LayerNorm>,
    transformer: Transformer,
    post_norm: LayerNorm,
    pooling: Pooling,
    config: VisionConfig,
    /// Whether the weights are laid out for the CPU's own kernels.
    fused: bool,
    scratch: Mutex<Scratch>,
    staging: Mutex<Staging>,
}

/// How one vector is made of the states of a picture.
enum Pooling {
    /// CLIP: the class token's state, projected from (pictures, width) to (pictures, projection).
    ClassToken(Linear),
    /// SigLIP: attention of a learned query to all patches.
    Head(Box<PoolingHead>),
}

impl VisionTower {
    /// Loads `vision_model`, and `visual_projection` of a CLIP model.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        weights: &Weights,
        config: &ClipConfig,
        placement: &Placement,
    ) -> Result<Self, ModelError> {
        let vision = &config.vision;
        let (width, eps) = (vision.transformer.hidden_size, vision.transformer.layer_norm_eps);
        let (patch, patches) = (vision.patch_size, vision.grid() * vision.grid());
        let model = weights.enter("vision_model");
        let embeddings = model.enter("embeddings");
        let filters = embeddings.enter("patch_embedding").values("weight", &[width, 3, patch, patch])?;
        let positions = |rows| embeddings.enter("position_embedding").values("weight", &[rows, width]);
        let positions = match config.family {
            Family::Clip => {
                let mut positions = positions(patches + 1)?.to_vec();
                let class = embeddings.values("class_embedding", &[width])?.to_vec();
                positions.iter_mut().zip(&class).for_each(|(position, class)| *position += class);
                positions
            }
            Family::Siglip => {
                let mut positions = positions(patches)?.to_vec();
                let bias = embeddings.enter("patch_embedding").values("bias", &[width])?.to_vec();
                positions.iter_mut().zip(bias.iter().cycle()).for_each(|(position, bias)| *position += bias);
                positions
            }
        };
        let positions_count = positions.len() / width;
        let norm = |name, smoothing: Option<Smoothing>| {
            LayerNorm::load(&model.enter(name), width, eps, placement, smoothing.as_ref())
        };
        let projection = weights.enter("visual_projection");
        let (pooling, to_pooling) = match config.family {
            Family::Clip => (
                Pooling::ClassToken(Linear::load_without_bias(
                    &projection,
                    width,
                    config.projection_dim,
                    &placement.exact(),
                )?),
                None,
            ),
            Family::Siglip => {
                let (head, smoothing) =
                    PoolingHead::load(&model.enter("head"), &vision.transformer, placement)?;
                (Pooling::Head(Box::new(head)), smoothing)
            }
        };
        let tower = Self {
            patch_embedding: Linear::pack(
                LayerWeights::new("patch_embedding", filters, 3 * patch * patch, width),
                placement,
            )?,
            position_embedding: Tensor::from_vec(positions, (positions_count, width), &placement.device)?
                .to_dtype(placement.dtype())?,
            // The name has this typo in every checkpoint.
            pre_norm: (config.family == Family::Clip).then(|| norm("pre_layrnorm", None)).transpose()?,
            transformer: Transformer::load(&model.enter("encoder"), &vision.transformer, placement)?,
            post_norm: norm("post_layernorm", to_pooling)?,
            pooling,
            config: *vision,
            fused: placement.is_fused(),
            scratch: Mutex::default(),
            staging: Mutex::default(),
        };
        weights.check()?;
        Ok(tower)
    }

    /// How many numbers a picture has: 3 x size x size.
    pub(crate) fn pixel_count(&self) -> usize {
        3 * self.config.image_size * self.config.image_size
    }

    /// Number of tokens of one picture: patches, and the class token if there is one. Memory and time of a batch grow
    /// with it.
    pub(crate) fn tokens(&self) -> usize {
        let patches = self.config.grid() * self.config.grid();
        if self.has_class_token() { patches + 1 } else { patches }
    }

    fn has_class_token(&self) -> bool {
        matches!(self.pooling, Pooling::ClassToken(_))
    }

    /// Whether it computes on the CPU.
    pub(crate) fn is_on_cpu(&self) -> bool {
        self.position_embedding.device().is_cpu()
    }

    /// Multiplications and additions that one picture takes, in the products with weights: of CLIP's last block only
    /// those that the class token needs.
    pub(crate) fn operations(&self) -> u64 {
        let VisionConfig { transformer, patch_size, .. } = self.config;
        let (width, inner, tokens) = (transformer.hidden_size, transformer.intermediate_size, self.tokens());
        let (qkv, rest) = (3 * width * width, width * width + 2 * width * inner);
        let blocks = transformer.layers * tokens * (qkv + rest);
        let end = match &self.pooling {
            Pooling::ClassToken(projection) => blocks - (tokens - 1) * rest + width * projection.outputs(),
            Pooling::Head(_) => blocks + tokens * 2 * width * width + rest,
        };
        2 * (end + tokens * 3 * patch_size * patch_size * width) as u64
    }

    /// Projects pictures of [`Self::pixel_count`] numbers each: (pictures, projection), not normalized.
    ///
    /// # Errors
    /// When a picture has another size, or a tensor operation fails.
    pub(crate) fn forward(&self, batch: &[Pixels]) -> Result<Tensor, ModelError> {
        let expected = self.pixel_count();
        if let Some(pixels) = batch.iter().find(|pixels| pixels.0.len() != expected) {
            return Err(ModelError::PixelCount { found: pixels.0.len(), expected });
        }
        let x = if self.fused {
            self.position_embedding.apply_op1_no_bwd(&Embed { tower: self, batch })?
        } else {
            let x = self.patch_embedding.forward_add(&self.patches(batch)?, &self.position_embedding)?;
            match &self.pre_norm {
                Some(norm) => norm.forward(&x)?,
                None => x,
            }
        };
        let pass = |pooled| Pass { causal: false, pooled, kv_cache: None };
        Ok(match &self.pooling {
            Pooling::ClassToken(projection) => {
                let x = self.transformer.forward(&x, pass(Some(0)))?;
                projection.forward(&self.post_norm.forward(&x)?)?
            }
            Pooling::Head(head) => {
                head.forward(&self.transformer.forward(&x, pass(None))?, &self.post_norm)?
            }
        })
    }

    /// Cuts pictures into patches, flattened as the filters are, on other devices than our kernels' CPU: (pictures, tokens,
    /// 3 x patch x patch), in the numbers of the states.
    fn patches(&self, batch: &[Pixels]) -> candle_core::Result<Tensor> {
        let (tokens, flat) = (self.tokens(), self.patch_embedding.inputs());
        let (shape, count) = ((batch.len(), tokens, flat), batch.len() * tokens * flat);
        let device = self.position_embedding.device();
        // Another thread may be using it; that one's memory stays, and ours is let go.
        let mut staging = std::mem::take(&mut *self.staging.lock());
        let patches = match self.position_embedding.dtype() {
            // Half the bytes on the way to the GPU, which takes longer than the tower does.
            DType::F16 => {
                let patches = at_least(&mut staging.f16, count);
                self.write_patches(batch, patches, |from, to| to.convert_from_f32_slice(from));
                Tensor::from_slice(patches, shape, device)
            }
            _ => {
                let patches = at_least(&mut staging.f32, count);
                self.write_patches(batch, patches, |from, to| to.copy_from_slice(from));
                Tensor::from_slice(patches, shape, device)
            }
        };
        *self.staging.lock() = staging;
        patches
    }

    /// Writes the patches of all tokens of all pictures one after the other, as [`Self::write_patch`] does.
    fn write_patches<T: Clone + Default + Send>(
        &self,
        batch: &[Pixels],
        patches: &mut [T],
        convert: impl Fn(&[f32], &mut [T]) + Sync,
    ) {
        let flat = self.patch_embedding.inputs();
        patches
            .par_chunks_exact_mut(flat)
            .enumerate()
            .for_each(|(token, out)| self.write_patch(batch, token, out, &convert));
    }

    /// Writes the patch of one of the tokens of all pictures, as numbers that `convert` makes. For a class token the first
    /// of each picture is zero, so that the product leaves room for it.
    fn write_patch<T: Clone + Default>(
        &self,
        batch: &[Pixels],
        token: usize,
        out: &mut [T],
        convert: impl Fn(&[f32], &mut [T]),
    ) {
        let VisionConfig { image_size: size, patch_size: patch, .. } = self.config;
        let (grid, tokens, before) = (self.config.grid(), self.tokens(), usize::from(self.has_class_token()));
        let Some(i) = (token % tokens).checked_sub(before) else {
            return out.fill(T::default());
        };
        let pixels = &batch[token / tokens].0;
        let (top, left) = (i / grid * patch, i % grid * patch);
        for (line, out) in out.chunks_exact_mut(patch).enumerate() {
            let (channel, row) = (line / patch, top + line % patch);
            let start = (channel * size + row) * size + left;
            convert(&pixels[start..start + patch], out);
        }
    }

    /// The states of all tokens before the first block, (pictures x tokens, width), by our own kernels.
    fn embed(&self, batch: &[Pixels], positions: &[f32]) -> Vec<f32> {
        let width = self.patch_embedding.outputs();
        let mut x = positions.repeat(batch.len());
        // Another thread may be using it; that one's memory stays, and ours is let go.
        let mut scratch = std::mem::take(&mut *self.scratch.lock());
        let Scratch { rows, bytes, .. } = &mut scratch;
        let copy = |from: &[f32], to: &mut [f32]| to.copy_from_slice(from);
        let patch = |token, out: &mut [f32]| self.write_patch(batch, token, out, copy);
        let patches = self.patch_embedding.written_input(x.len() / width.max(1), patch, rows, bytes);
        self.patch_embedding.multiply(&patches, &OutputTiles::new(&mut x, width), Accumulate::Yes, None);
        *self.scratch.lock() = scratch;
        if let Some(norm) = &self.pre_norm {
            let arch = Arch::in_use();
            x.par_chunks_exact_mut(width.max(1)).for_each_init(
                || vec![0.0; width],
                |normed, row| {
                    norm.normalize_row(arch, row, normed);
                    row.copy_from_slice(normed);
                },
            );
        }
        x
    }
}

/// From the embeddings of the positions, (tokens, width), to the states of the tokens of pictures before the first block,
/// (pictures, tokens, width).
struct Embed<'a> {
    tower: &'a VisionTower,
    batch: &'a [Pixels],
}

impl CustomOp1 for Embed<'_> {
    fn name(&self) -> &'static str {
        "embed patches"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (tokens, width) = layout.shape().dims2()?;
        let x = self.tower.embed(self.batch, contiguous(storage, layout)?);
        Ok((CpuStorage::F32(x), (self.batch.len(), tokens, width).into()))
    }
}

/// The first `count` numbers of memory that is used again.
fn at_least<T: Clone + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}

/// Memory that patches wait in for a GPU: fresh memory would cost more time than the GPU takes.
#[derive(Default)]
struct Staging {
    f16: Vec<f16>,
    f32: Vec<f32>,
}
