//! What the towers are shown before they are rounded: drawings and captions that come with the program.

use rayon::prelude::*;

use super::embedding::{Embedding, Pixels};
use super::encoder::unit_rows;
use super::error::ModelError;
use super::preprocess::Preprocessor;
use super::text_tokenizer::TextTokenizer;
use super::towers::TextTower;
use crate::base::pixels::ReducedImage;
use crate::demo::held_out;

/// Fewest and most drawings.
const PICTURES: (usize, usize) = (4, 12);
/// About the number of tokens of all drawings: so many rows of numbers tell enough, and a large model takes seconds for
/// them. A ViT-B/32 makes 50 of a drawing, in 40 ms.
const PICTURE_TOKENS: usize = 1024;
/// Number of tokens of all texts from which on no more are shown.
const MOST_TEXT_TOKENS: usize = 768;
/// The seed of both: everybody has the same.
const SEED: u64 = 0x0ca1_1b8a;
/// Short queries, which captions are not.
const QUERIES: [&str; 8] =
    ["", "a", "dog", "a photo of a cat", "sunset", "two people on a beach", "IMG_1234.jpg", "rouge"];

/// Drawings for calibration, prepared for a checkpoint that makes so many tokens of each.
pub(super) fn pictures(preprocessor: &Preprocessor, tokens: usize) -> Vec<Pixels> {
    prepared(preprocessor, (PICTURE_TOKENS / tokens.max(1)).clamp(PICTURES.0, PICTURES.1), SEED)
}

/// `count` drawings, prepared for a checkpoint. Equal seeds give equal drawings.
pub(super) fn prepared(preprocessor: &Preprocessor, count: usize, seed: u64) -> Vec<Pixels> {
    let pictures = held_out::pictures(count, seed, false);
    pictures.into_par_iter().map(|(picture, _)| preprocessor.apply(&ReducedImage::upright(picture))).collect()
}

/// The embeddings of the texts for calibration by a tower, in passes of one each.
///
/// # Errors
/// When the tower fails.
pub(super) fn embed_texts(
    tokenizer: &TextTokenizer,
    tower: &TextTower,
) -> Result<Vec<Embedding>, ModelError> {
    let (mut embeddings, mut tokens) = (Vec::new(), 0);
    for text in texts() {
        let ids = tokenizer.encode(&text)?;
        embeddings.extend(unit_rows(&tower.forward(&[ids.pooled_ids()])?)?);
        tokens += ids.pooled_ids().len();
        if tokens >= MOST_TEXT_TOKENS {
            break;
        }
    }
    Ok(embeddings)
}

/// Texts for calibration: captions, and a query after every fourth.
fn texts() -> Vec<String> {
    let captions = held_out::captions(4 * QUERIES.len(), SEED);
    let with_query = |(captions, query): (&[String], &str)| [captions, &[query.to_owned()]].concat();
    captions.chunks(4).zip(QUERIES).flat_map(with_query).collect()
}
