//! The text tower: token ids to projected states.

use candle_core::{Device, Tensor};

use crate::model::ModelError;
use crate::model::config::ClipConfig;
use crate::model::layers::{LayerNorm, Linear, Transformer};
use crate::model::tokenizer::Tokens;
use crate::model::weights::Weights;

/// A CLIP text transformer with its projection.
pub struct TextTower {
    /// (vocabulary, width)
    token_embedding: Tensor,
    /// (context, width)
    position_embedding: Tensor,
    transformer: Transformer,
    final_norm: LayerNorm,
    projection: Linear,
}

impl TextTower {
    /// Loads `text_model` and `text_projection`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(weights: &Weights, config: &ClipConfig) -> Result<Self, ModelError> {
        let text = &config.text;
        let (width, eps) = (text.transformer.hidden_size, text.transformer.layer_norm_eps);
        let model = weights.enter("text_model");
        let embedding = |name, count| -> Result<Tensor, ModelError> {
            let values = model.enter("embeddings").enter(name).values("weight", &[count, width])?;
            Ok(Tensor::from_vec(values.to_vec(), (count, width), &Device::Cpu)?)
        };
        Ok(Self {
            token_embedding: embedding("token_embedding", text.vocab_size)?,
            position_embedding: embedding("position_embedding", text.context)?,
            transformer: Transformer::load(&model.enter("encoder"), &text.transformer)?,
            final_norm: LayerNorm::load(&model.enter("final_layer_norm"), width, eps)?,
            projection: Linear::load_without_bias(
                &weights.enter("text_projection"),
                width,
                config.projection_dim,
            )?,
        })
    }

    /// Embeds texts that pool at the same position: (texts, projection), not normalized.
    ///
    /// Attention is causal, so that tokens after the pooled one can't change the answer: they are
    /// left out, and no padding is needed.
    ///
    /// # Errors
    /// When a tensor operation fails.
    ///
    /// # Panics
    /// When one of the texts is shorter than `pooled` says.
    pub fn forward(&self, texts: &[&Tokens], pooled: usize) -> candle_core::Result<Tensor> {
        let length = pooled + 1;
        let ids: Vec<u32> = texts.iter().flat_map(|t| &t.ids[..length]).copied().collect();
        let ids = Tensor::from_vec(ids, texts.len() * length, &Device::Cpu)?;
        let width = self.token_embedding.dim(1)?;
        let tokens = self.token_embedding.index_select(&ids, 0)?.reshape((texts.len(), length, width))?;
        let x = tokens.broadcast_add(&self.position_embedding.narrow(0, 0, length)?)?;
        let x = self.transformer.forward(x, true)?;
        let x = x.narrow(1, pooled, 1)?.squeeze(1)?.contiguous()?;
        self.projection.forward(&self.final_norm.forward(&x)?)
    }
}
