//! The tokenizer of a checkpoint, of whichever family.

use super::error::ModelError;
use super::siglip::SiglipTokenizer;
use super::tokenizer::{Tokenizer, Tokens};

/// The tokenizer of a checkpoint.
pub(super) enum TextTokenizer {
    /// Texts as long as they are; the end token is pooled.
    Clip(Tokenizer),
    /// Texts padded to the context; the last position is pooled.
    Siglip(SiglipTokenizer),
}

impl TextTokenizer {
    /// The ids of a text as the tower gets them, and the position that is pooled.
    ///
    /// # Errors
    /// When the text can't be turned into tokens that the tower takes.
    pub(super) fn encode(&self, text: &str) -> Result<Tokens, ModelError> {
        match self {
            Self::Clip(tokenizer) => tokenizer.encode(text),
            Self::Siglip(tokenizer) => {
                let ids = tokenizer.encode(text)?;
                Ok(Tokens { pooled: ids.len().saturating_sub(1), ids })
            }
        }
    }
}
