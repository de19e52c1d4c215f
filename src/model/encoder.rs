//! Texts and pictures to unit-length embeddings, in passes of bounded size.

use std::collections::BTreeMap;

use candle_core::Tensor;

use crate::model::text::TextTower;
use crate::model::tokenizer::{Tokenizer, Tokens};
use crate::model::vision::VisionTower;
use crate::model::{Embedding, ModelError, Pixels};

/// Most tokens of one pass through a tower: it bounds the memory of the activations (about 50 MB
/// for ViT-B, 100 MB for ViT-L) and is enough to keep the matrix kernel busy.
const TOKENS_PER_PASS: usize = 2048;

/// The text tower with its tokenizer.
pub struct TextEncoder {
    tokenizer: Tokenizer,
    tower: TextTower,
}

impl TextEncoder {
    pub(super) fn new(tokenizer: Tokenizer, tower: TextTower) -> Self {
        Self { tokenizer, tower }
    }

    /// Embeds each text; longer ones than the context are cut, keeping the end token.
    ///
    /// # Errors
    /// When a text can't be tokenized or a tensor operation fails.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, ModelError> {
        let tokens = texts.iter().map(|text| self.tokenizer.encode(text)).collect::<Result<Vec<_>, _>>()?;
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, tokens) in tokens.iter().enumerate() {
            by_length.entry(tokens.pooled).or_default().push(i);
        }
        let mut embeddings = vec![Embedding::new(); texts.len()];
        for (pooled, members) in by_length {
            for members in members.chunks((TOKENS_PER_PASS / (pooled + 1)).max(1)) {
                let group: Vec<&Tokens> = members.iter().map(|&i| &tokens[i]).collect();
                let rows = unit_rows(&self.tower.forward(&group, pooled)?)?;
                for (&i, row) in members.iter().zip(rows) {
                    embeddings[i] = row;
                }
            }
        }
        Ok(embeddings)
    }

    /// The token ids of a text as the tower gets them: start and end included, cut to the context.
    ///
    /// # Errors
    /// When the text can't be tokenized.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.tokenizer.encode(text)?.ids)
    }
}

/// The vision tower.
pub struct VisionEncoder {
    tower: VisionTower,
}

impl VisionEncoder {
    pub(super) fn new(tower: VisionTower) -> Self {
        Self { tower }
    }

    /// How many numbers a picture has: 3 x size x size.
    pub fn pixel_count(&self) -> usize {
        self.tower.pixel_count()
    }

    /// Embeds a batch of any size.
    ///
    /// # Errors
    /// When one of the pictures was prepared for another checkpoint, or a tensor operation fails.
    pub fn embed(&self, batch: &[Pixels]) -> Result<Vec<Embedding>, ModelError> {
        let expected = self.tower.pixel_count();
        if let Some(pixels) = batch.iter().find(|pixels| pixels.0.len() != expected) {
            return Err(ModelError::PixelCount { found: pixels.0.len(), expected });
        }
        let mut embeddings = Vec::with_capacity(batch.len());
        for pass in batch.chunks((TOKENS_PER_PASS / self.tower.tokens()).max(1)) {
            embeddings.extend(unit_rows(&self.tower.forward(pass)?)?);
        }
        Ok(embeddings)
    }
}

/// The rows of a matrix, each divided by its length.
fn unit_rows(rows: &Tensor) -> Result<Vec<Embedding>, ModelError> {
    let mut rows = rows.to_vec2::<f32>()?;
    for row in &mut rows {
        let length = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        if !length.is_finite() || length < f64::from(f32::MIN_POSITIVE) {
            return Err(ModelError::NotFinite);
        }
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn matrix(rows: &[[f32; 2]]) -> Tensor {
        Tensor::from_vec(rows.concat(), (rows.len(), 2), &Device::Cpu).unwrap()
    }

    #[test]
    fn rows_become_unit_vectors() {
        assert_eq!(unit_rows(&matrix(&[[3.0, 4.0], [0.0, -2e30]])).unwrap(), [[0.6, 0.8], [0.0, -1.0]]);
    }

    #[test]
    fn rows_without_a_direction_are_errors() {
        for row in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            assert!(matches!(unit_rows(&matrix(&[row])), Err(ModelError::NotFinite)));
        }
    }

    #[test]
    fn encoders_can_move_to_other_threads() {
        fn is_send<T: Send>() {}
        is_send::<TextEncoder>();
        is_send::<VisionEncoder>();
    }
}
