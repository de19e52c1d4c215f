//! The text tower: from token ids to projected states.

use std::cell::RefCell;

use candle_core::{DType, Device, Tensor};

use super::kv_cache::KvCache;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use super::placement::Placement;
use super::transformer::{Pass, Transformer};
use crate::clip::config::{ClipConfig, Family, TextConfig};
use crate::clip::error::ModelError;
use crate::clip::weights::{Values, Weights};

/// A text transformer with its projection, as transformers' `CLIPTextModelWithProjection` or `SiglipTextModel`.
pub(crate) struct TextTower {
    /// Holds the token embeddings, of which a text needs a few rows: they stay in the file.
    weights: Weights,
    /// (context, width), row-major.
    position_embedding: Vec<f32>,
    transformer: Transformer,
    final_norm: LayerNorm,
    /// From (texts, width) to (texts, projection).
    projection: Linear,
    /// Whether a token sees only itself and those before it.
    causal: bool,
    config: TextConfig,
    device: Device,
    /// The numbers of the states.
    dtype: DType,
}

impl TextTower {
    /// Loads `text_model`, and `text_projection` of a CLIP model, whose place SigLIP's `text_model.head` has.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub(crate) fn load(
        weights: Weights,
        config: &ClipConfig,
        placement: &Placement,
    ) -> Result<Self, ModelError> {
        let text = config.text;
        let (width, eps) = (text.transformer.hidden_size, text.transformer.layer_norm_eps);
        token_table(&weights, &text)?;
        let model = weights.enter("text_model");
        let positions = model.enter("embeddings").enter("position_embedding");
        let (dimension, exact) = (config.projection_dim, placement.exact());
        let tower = Self {
            position_embedding: positions.values("weight", &[text.context, width])?.to_vec(),
            transformer: Transformer::load(&model.enter("encoder"), &text.transformer, placement)?,
            final_norm: LayerNorm::load(&model.enter("final_layer_norm"), width, eps, placement, None)?,
            projection: match config.family {
                Family::Clip => {
                    Linear::load_without_bias(&weights.enter("text_projection"), width, dimension, &exact)?
                }
                Family::Siglip => Linear::load(&model.enter("head"), width, dimension, &exact)?,
            },
            causal: config.family == Family::Clip,
            config: text,
            device: placement.device.clone(),
            dtype: placement.dtype(),
            weights,
        };
        tower.weights.check()?;
        Ok(tower)
    }

    /// Projects texts of one length by the states of their last tokens: (texts, projection), not normalized.
    ///
    /// CLIP's attention is causal, so that padding could not change the answer: there is none. SigLIP's texts are padded
    /// to the context, where the last token may be padding.
    ///
    /// # Errors
    /// When the lengths differ, the tower doesn't take such tokens, the file of the weights can't be read any more, or a tensor
    /// operation fails.
    pub(crate) fn forward(&self, texts: &[&[u32]]) -> Result<Tensor, ModelError> {
        self.run(texts, 0, None)
    }

    /// Projects one text, of which the tokens in `kv_cache` are not computed again: (1, projection), f32, not
    /// normalized. The cache must be of the first tokens of this text, and not of all; it is of all afterwards.
    ///
    /// # Errors
    /// As [`Self::forward`]; the cache is of no use then.
    pub(crate) fn forward_cached(
        &self,
        kv_cache: &RefCell<KvCache>,
        text: &[u32],
    ) -> Result<Tensor, ModelError> {
        if !self.causal || !self.transformer.supports_kv_cache() {
            return self.forward(&[text]);
        }
        let cached = kv_cache.borrow().tokens();
        self.run(&[text.get(cached..).unwrap_or_default()], cached, Some(kv_cache))
    }

    /// Runs the tower over tokens that begin at position `first` of their texts.
    fn run(
        &self,
        texts: &[&[u32]],
        first: usize,
        kv_cache: Option<&RefCell<KvCache>>,
    ) -> Result<Tensor, ModelError> {
        let TextConfig { vocab_size, context, transformer, .. } = self.config;
        let (length, width) = (texts.first().map_or(0, |text| text.len()), transformer.hidden_size);
        if length == 0 || first + length > context {
            let reason = format!("{} of them, but the model takes 1 to {context}", first + length);
            return Err(ModelError::Tokens(reason));
        }
        let ids = || texts.iter().flat_map(|text| text.iter());
        if texts.iter().any(|text| text.len() != length) || ids().any(|id| *id as usize >= vocab_size) {
            return Err(ModelError::Tokens("of different lengths, or not of the model's vocabulary".into()));
        }
        let table = token_table(&self.weights, &self.config)?;
        let mut x = vec![0.0; texts.len() * length * width];
        let positions = self.position_embedding[first * width..(first + length) * width].chunks_exact(width);
        for ((row, &id), position) in x.chunks_exact_mut(width).zip(ids()).zip(positions.cycle()) {
            table.read(id as usize * width, row);
            row.iter_mut().zip(position).for_each(|(x, position)| *x += position);
        }
        self.weights.check()?;
        let x = Tensor::from_vec(x, (texts.len(), length, width), &self.device)?.to_dtype(self.dtype)?;
        let pass = Pass { causal: self.causal, pooled: Some(length - 1), kv_cache };
        let x = self.transformer.forward(&x, pass)?;
        Ok(self.projection.forward(&self.final_norm.forward(&x)?)?)
    }
}

/// The token embeddings, (vocabulary, width).
fn token_table<'a>(weights: &'a Weights, config: &TextConfig) -> Result<Values<'a>, ModelError> {
    let shape = [config.vocab_size, config.transformer.hidden_size];
    weights.enter("text_model").enter("embeddings").enter("token_embedding").values("weight", &shape)
}
