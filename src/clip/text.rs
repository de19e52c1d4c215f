//! The text tower: token ids to projected states.

use std::cell::RefCell;

use candle_core::{Device, Tensor};

use crate::clip::ModelError;
use crate::clip::config::{ClipConfig, TextConfig};
use crate::clip::layers::{LayerNorm, Linear, Pass, Past, Placement, Transformer};
use crate::clip::weights::{Values, Weights};

/// A CLIP text transformer with its projection.
pub struct TextTower {
    /// Holds the table of token embeddings, of which a text needs a few rows: it stays in the file.
    weights: Weights,
    /// (context, width), row-major.
    position_embedding: Vec<f32>,
    transformer: Transformer,
    final_norm: LayerNorm,
    projection: Linear,
    config: TextConfig,
    device: Device,
}

impl TextTower {
    /// Loads `text_model` and `text_projection`.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen.
    pub fn load(weights: Weights, config: &ClipConfig, placement: &Placement) -> Result<Self, ModelError> {
        let text = config.text;
        let (width, eps) = (text.transformer.hidden_size, text.transformer.layer_norm_eps);
        token_table(&weights, &text)?;
        let model = weights.enter("text_model");
        let positions = model.enter("embeddings").enter("position_embedding");
        Ok(Self {
            position_embedding: positions.values("weight", &[text.context, width])?.to_vec(),
            transformer: Transformer::load(&model.enter("encoder"), &text.transformer, placement)?,
            final_norm: LayerNorm::load(&model.enter("final_layer_norm"), width, eps, &placement.device)?,
            projection: Linear::load_without_bias(
                &weights.enter("text_projection"),
                width,
                config.projection_dim,
                &placement.exact(),
            )?,
            config: text,
            device: placement.device.clone(),
            weights,
        })
    }

    /// Embeds texts of one length by the states of their last tokens: (texts, projection), not normalized.
    ///
    /// Attention is causal, so that padding could not change the answer: there is none.
    ///
    /// # Errors
    /// When the lengths differ or a tensor operation fails.
    pub fn forward(&self, texts: &[&[u32]]) -> Result<Tensor, ModelError> {
        let length = texts.first().map_or(0, |text| text.len());
        self.run(texts, length, 0, None)
    }

    /// Embeds one text, of which the tokens that `past` has seen are not computed again: (1, projection), not
    /// normalized. `past` must be of the first tokens of this text, and not of all; it has seen all
    /// afterwards.
    ///
    /// # Errors
    /// When a tensor operation fails; `past` is of no use then.
    pub fn continue_from(&self, past: &RefCell<Past>, text: &[u32]) -> Result<Tensor, ModelError> {
        if !self.transformer.remembers() {
            return self.forward(&[text]);
        }
        let seen = past.borrow().tokens();
        self.run(&[&text[seen..]], text.len() - seen, seen, Some(past))
    }

    fn run(
        &self,
        texts: &[&[u32]],
        length: usize,
        first: usize,
        past: Option<&RefCell<Past>>,
    ) -> Result<Tensor, ModelError> {
        let width = self.config.transformer.hidden_size;
        let table = token_table(&self.weights, &self.config)?;
        let mut x = vec![0.0; texts.len() * length * width];
        let positions = self.position_embedding[first * width..(first + length) * width].chunks_exact(width);
        let ids = texts.iter().flat_map(|text| text.iter());
        for ((row, &id), position) in x.chunks_exact_mut(width).zip(ids).zip(positions.cycle()) {
            table.read(id as usize * width, row);
            row.iter_mut().zip(position).for_each(|(x, position)| *x += position);
        }
        let x = Tensor::from_vec(x, (texts.len(), length, width), &self.device)?;
        let x = self.transformer.forward(&x, Pass { causal: true, pooled: length - 1, past })?;
        Ok(self.projection.forward(&self.final_norm.forward(&x)?)?)
    }
}

/// (vocabulary, width)
fn token_table<'a>(weights: &'a Weights, config: &TextConfig) -> Result<Values<'a>, ModelError> {
    let shape = [config.vocab_size, config.transformer.hidden_size];
    weights.enter("text_model").enter("embeddings").enter("token_embedding").values("weight", &shape)
}
