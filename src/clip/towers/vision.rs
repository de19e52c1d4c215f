//! The vision tower: from pixels to projected states.

use candle_core::Tensor;
use rayon::prelude::*;

use super::layer_norm::LayerNorm;
use super::layer_weights::LayerWeights;
use super::linear::Linear;
use super::placement::Placement;
use super::transformer::{Pass, Transformer};
use crate::clip::config::{ClipConfig, VisionConfig};
use crate::clip::embedding::Pixels;
use crate::clip::error::ModelError;
use crate::clip::weights::Weights;

/// A CLIP vision transformer with its projection, as transformers' `CLIPVisionModelWithProjection`.
pub(crate) struct VisionTower {
    /// The convolution over patches, as a product with flattened patches: from 3 x patch x patch to the width.
    patch_embedding: Linear,
    /// (1 + patches, width): added to each token; the first row is the class token itself.
    position_embedding: Tensor,
    pre_norm: LayerNorm,
    transformer: Transformer,
    post_norm: LayerNorm,
    /// From (pictures, width) to (pictures, projection).
    projection: Linear,
    config: VisionConfig,
}

impl VisionTower {
    /// Loads `vision_model` and `visual_projection`.
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
        let class = embeddings.values("class_embedding", &[width])?.to_vec();
        let positions = embeddings.enter("position_embedding").values("weight", &[patches + 1, width])?;
        let mut positions = positions.to_vec();
        positions.iter_mut().zip(&class).for_each(|(position, class)| *position += class);
        let norm = |name| LayerNorm::load(&model.enter(name), width, eps, &placement.device);
        let (dimension, device) = (config.projection_dim, &placement.device);
        Ok(Self {
            patch_embedding: Linear::pack(
                LayerWeights::new("patch_embedding", filters, 3 * patch * patch, width),
                placement,
            )?,
            position_embedding: Tensor::from_vec(positions, (patches + 1, width), device)?,
            // The name has this typo in every checkpoint.
            pre_norm: norm("pre_layrnorm")?,
            transformer: Transformer::load(&model.enter("encoder"), &vision.transformer, placement)?,
            post_norm: norm("post_layernorm")?,
            projection: Linear::load_without_bias(
                &weights.enter("visual_projection"),
                width,
                dimension,
                &placement.exact(),
            )?,
            config: *vision,
        })
    }

    /// How many numbers a picture has: 3 x size x size.
    pub(crate) fn pixel_count(&self) -> usize {
        3 * self.config.image_size * self.config.image_size
    }

    /// Number of tokens of one picture: patches and class token. Memory and time of a batch grow with it.
    pub(crate) fn tokens(&self) -> usize {
        self.config.grid() * self.config.grid() + 1
    }

    /// Whether it computes on the CPU.
    pub(crate) fn is_on_cpu(&self) -> bool {
        self.position_embedding.device().is_cpu()
    }

    /// Multiplications and additions that one picture takes, in the products with weights: of the last block
    /// only those that the class token needs.
    pub(crate) fn operations(&self) -> u64 {
        let VisionConfig { transformer, patch_size, .. } = self.config;
        let (width, inner, tokens) = (transformer.hidden_size, transformer.intermediate_size, self.tokens());
        let (qkv, rest) = (3 * width * width, width * width + 2 * width * inner);
        let blocks = transformer.layers * tokens * (qkv + rest) - (tokens - 1) * rest;
        let ends = tokens * 3 * patch_size * patch_size * width + width * self.projection.outputs();
        2 * (blocks + ends) as u64
    }

    /// Projects pictures of [`Self::pixel_count`] numbers each: (pictures, projection), f32, not normalized.
    ///
    /// # Errors
    /// When a picture has another size, or a tensor operation fails.
    pub(crate) fn forward(&self, batch: &[Pixels]) -> Result<Tensor, ModelError> {
        let expected = self.pixel_count();
        if let Some(pixels) = batch.iter().find(|pixels| pixels.0.len() != expected) {
            return Err(ModelError::PixelCount { found: pixels.0.len(), expected });
        }
        let x = self.patch_embedding.forward_add(&self.patches(batch)?, &self.position_embedding)?;
        let pass = Pass { causal: false, pooled: 0, kv_cache: None };
        let x = self.transformer.forward(&self.pre_norm.forward(&x)?, pass)?;
        Ok(self.projection.forward(&self.post_norm.forward(&x)?)?)
    }

    /// Cuts pictures into patches, flattened as the filters are: (pictures, 1 + patches, 3 x patch x patch). The first of
    /// each picture is zero, so that the product leaves room for the class token.
    fn patches(&self, batch: &[Pixels]) -> candle_core::Result<Tensor> {
        let VisionConfig { image_size: size, patch_size: patch, .. } = self.config;
        let (grid, tokens) = (self.config.grid(), self.tokens());
        let flat = 3 * patch * patch;
        let mut patches = vec![0f32; batch.len() * tokens * flat];
        patches.par_chunks_exact_mut(flat).enumerate().for_each(|(i, out)| {
            let Some(i_patch) = (i % tokens).checked_sub(1) else { return };
            let pixels = &batch[i / tokens].0;
            let (top, left) = (i_patch / grid * patch, i_patch % grid * patch);
            for (line, out) in out.chunks_exact_mut(patch).enumerate() {
                let (channel, row) = (line / patch, top + line % patch);
                let start = (channel * size + row) * size + left;
                out.copy_from_slice(&pixels[start..start + patch]);
            }
        });
        Tensor::from_vec(patches, (batch.len(), tokens, flat), self.position_embedding.device())
    }
}
