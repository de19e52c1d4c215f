//! Texts about all kinds of things, by which the scores of other texts are calibrated.

use super::error::LibraryError;
use super::tags::TagList;
use crate::clip::{Checkpoint, Embedding};

/// The texts, one a line.
const TEXTS: &str = include_str!("../../assets/neutral.txt");

/// The embeddings of the neutral texts, of unit length. They are kept beside the model, as those of a list of words are, so
/// that only the first use waits for the text tower.
///
/// # Errors
/// When the model can't be loaded or fails.
pub fn neutral_texts(checkpoint: &Checkpoint) -> Result<Vec<Embedding>, LibraryError> {
    let list = TagList::load_in(checkpoint, TagList::words_in(TEXTS), &["{}"], || ())?;
    Ok(list.into_vectors())
}
