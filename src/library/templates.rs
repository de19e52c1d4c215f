//! Sentences around a word, whose embeddings are averaged: what is in pictures is rarely a word alone.

use super::error::LibraryError;
use super::unit::unit;
use crate::clip::{Embedding, TextEncoder};

/// The sentences around the words that name pictures, as in section 3.1.4 of the CLIP paper (Radford et al. 2021,
/// arXiv:2103.00020): a plain one, and the seven that its authors recommend in `Prompt_Engineering_for_ImageNet.ipynb`. They
/// name drawings best, too (`docs/design/queries.md`).
pub const NAMING_SENTENCES: [&str; 8] = [
    "a photo of a {}.",
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
];

/// The mean of a word's sentences, of unit length. The means of different words would else not be equally long, and the
/// longer ones come first more often.
pub(super) fn word_embedding(text: &TextEncoder, word: &str) -> Result<Embedding, LibraryError> {
    mean_embedding(text, word, &NAMING_SENTENCES)
}

/// The mean of the sentences that templates with `{}` make of a word, of unit length.
///
/// # Errors
/// When the model fails, or the mean points nowhere.
pub fn mean_embedding(text: &TextEncoder, word: &str, templates: &[&str]) -> Result<Embedding, LibraryError> {
    let sentences: Vec<String> =
        templates.iter().map(|template| template.replace("{}", word.trim())).collect();
    let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
    let embeddings = text.embed(&sentences)?;
    let mut mean = vec![0.0_f32; embeddings.first().map_or(0, Vec::len)];
    for embedding in &embeddings {
        mean.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += value);
    }
    unit(mean, f32::MIN_POSITIVE).ok_or(LibraryError::NoEmbedding)
}
