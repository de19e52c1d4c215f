//! The vision tower: pixels to projected states.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::model::config::{ClipConfig, VisionConfig};
use crate::model::layers::{LayerNorm, Linear, Transformer, Unpacked};
use crate::model::weights::Weights;
use crate::model::{ModelError, Pixels};

/// A CLIP vision transformer with its projection.
pub struct VisionTower {
    /// The convolution over patches, as a product with flattened patches.
    patch_embedding: Linear,
    /// (1, 1, width): class embedding plus its position.
    class_token: Tensor,
    /// (patches, width)
    position_embedding: Tensor,
    pre_norm: LayerNorm,
    transformer: Transformer,
    post_norm: LayerNorm,
    projection: Linear,
    config: VisionConfig,
}

impl VisionTower {
    /// Loads `vision_model` and `visual_projection`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(weights: &Weights, config: &ClipConfig) -> Result<Self, ModelError> {
        let vision = &config.vision;
        let (width, eps) = (vision.transformer.hidden_size, vision.transformer.layer_norm_eps);
        let (patch, patches) = (vision.patch_size, vision.grid() * vision.grid());
        let model = weights.enter("vision_model");
        let embeddings = model.enter("embeddings");
        let filters = embeddings.enter("patch_embedding").values("weight", &[width, 3, patch, patch])?;
        let class = embeddings.values("class_embedding", &[width])?.to_vec();
        let positions = embeddings.enter("position_embedding").values("weight", &[patches + 1, width])?;
        let positions = Tensor::from_vec(positions.to_vec(), (patches + 1, width), &Device::Cpu)?;
        let class = (Tensor::from_vec(class, (1, width), &Device::Cpu)? + positions.narrow(0, 0, 1)?)?;
        Ok(Self {
            patch_embedding: Unpacked::new(&filters, 3 * patch * patch).pack(),
            class_token: class.unsqueeze(0)?,
            position_embedding: positions.narrow(0, 1, patches)?.contiguous()?,
            // The name has this typo in every checkpoint.
            pre_norm: LayerNorm::load(&model.enter("pre_layrnorm"), width, eps)?,
            transformer: Transformer::load(&model.enter("encoder"), &vision.transformer)?,
            post_norm: LayerNorm::load(&model.enter("post_layernorm"), width, eps)?,
            projection: Linear::load_without_bias(
                &weights.enter("visual_projection"),
                width,
                config.projection_dim,
            )?,
            config: *vision,
        })
    }

    /// How many numbers a picture has: 3 x size x size.
    pub fn pixel_count(&self) -> usize {
        3 * self.config.image_size * self.config.image_size
    }

    /// Tokens of one picture, which is what memory and time of a batch grow with.
    pub fn tokens(&self) -> usize {
        self.config.grid() * self.config.grid() + 1
    }

    /// Embeds pictures of [`Self::pixel_count`] values each: (pictures, projection), not normalized.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn forward(&self, batch: &[Pixels]) -> candle_core::Result<Tensor> {
        let width = self.class_token.dim(2)?;
        let patches = self.patch_embedding.forward(&self.patches(batch)?)?;
        let patches = patches.broadcast_add(&self.position_embedding)?;
        let class = self.class_token.expand((batch.len(), 1, width))?.contiguous()?;
        let x = Tensor::cat(&[&class, &patches], 1)?;
        let x = self.transformer.forward(self.pre_norm.forward(&x)?, false)?;
        let x = x.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
        self.projection.forward(&self.post_norm.forward(&x)?)
    }

    /// Cuts pictures into patches, flattened as the filters are: (pictures, patches, 3 x patch x patch).
    fn patches(&self, batch: &[Pixels]) -> candle_core::Result<Tensor> {
        let VisionConfig { image_size: size, patch_size: patch, .. } = self.config;
        let grid = self.config.grid();
        let flat = 3 * patch * patch;
        let mut patches = vec![0f32; batch.len() * grid * grid * flat];
        patches.par_chunks_exact_mut(flat).enumerate().for_each(|(i, out)| {
            let pixels = &batch[i / (grid * grid)].0;
            let (top, left) = (i / grid % grid * patch, i % grid * patch);
            for (line, out) in out.chunks_exact_mut(patch).enumerate() {
                let (channel, row) = (line / patch, top + line % patch);
                let start = (channel * size + row) * size + left;
                out.copy_from_slice(&pixels[start..start + patch]);
            }
        });
        Tensor::from_vec(patches, (batch.len(), grid * grid, flat), &Device::Cpu)
    }
}
