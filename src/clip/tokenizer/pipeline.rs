//! From a text to token ids by the steps that `tokenizer.json` names.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokenizers::{
    DecoderWrapper, NormalizerWrapper, PaddingDirection, PostProcessorWrapper, PreTokenizerWrapper,
    TokenizerImpl, TruncationDirection, TruncationParams,
};

use super::bpe_table::BpeTable;
use super::tokenizer_json::{self, Padding, Settings, Side};
use crate::base::panics;

/// The library's steps around our own model.
type Compact =
    TokenizerImpl<BpeTable, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// The reason that is given when the tokenizer library panics, as it does on some files that contradict themselves.
pub(super) const CRASHED: &str = "the tokenizer crashed on it";

/// The steps of a `tokenizer.json`: special tokens, normalizer, words, model, post-processor.
pub(in crate::clip) struct Pipeline {
    model: PipelineModel,
    /// What the file says of padding, which the pipeline itself does not do.
    padding: Option<Padding>,
    /// The side where the file has long texts cut.
    cut: Option<Side>,
}

enum PipelineModel {
    /// Byte-pair encoding over [`BpeTable`].
    Compact(Box<Compact>),
    /// What that can't do, by the library alone.
    Library(Box<tokenizers::Tokenizer>),
}

impl Pipeline {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// When it is damaged, as a reason.
    pub(in crate::clip) fn parse(json: &[u8]) -> Result<Self, String> {
        match tokenizer_json::parse(json)? {
            Some((settings, table)) => Self::compact(settings, table),
            None => Self::library(json),
        }
    }

    /// Reads a `tokenizer.json` by the library alone.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(in crate::clip) fn library(json: &[u8]) -> Result<Self, String> {
        let parsed = panics::catch(|| tokenizers::Tokenizer::from_bytes(json));
        Self::of_library(parsed.map_err(|_| CRASHED)?.map_err(|error| error.to_string())?)
    }

    /// Follows the steps of a tokenizer of the library.
    ///
    /// # Errors
    /// When the library refuses to cut no texts, as a reason.
    pub(in crate::clip) fn of_library(mut library: tokenizers::Tokenizer) -> Result<Self, String> {
        let padding = library.get_padding().map(|padding| Padding {
            direction: match padding.direction {
                PaddingDirection::Left => Side::Left,
                PaddingDirection::Right => Side::Right,
            },
            pad_token: padding.pad_token.clone(),
        });
        let cut = library.get_truncation().map(|truncation| match truncation.direction {
            TruncationDirection::Left => Side::Left,
            TruncationDirection::Right => Side::Right,
        });
        library.with_padding(None);
        // The library subtracts the special tokens from the limit without a check.
        library.with_truncation(None).map_err(|error| error.to_string())?;
        Ok(Self { model: PipelineModel::Library(Box::new(library)), padding, cut })
    }

    /// Puts the steps together around a table.
    ///
    /// # Errors
    /// When one of them is damaged, as a reason.
    pub(in crate::clip) fn compact(settings: Settings, table: BpeTable) -> Result<Self, String> {
        let Settings { added_tokens, normalizer, pre_tokenizer, post_processor, padding, truncation, rules } =
            settings;
        let built = panics::catch(|| {
            let mut compact = Compact::new(table.with_rules(rules));
            compact
                .with_normalizer(step::<NormalizerWrapper>(normalizer)?)
                .map_err(|error| error.to_string())?
                .with_pre_tokenizer(step::<PreTokenizerWrapper>(pre_tokenizer)?)
                .with_post_processor(step::<PostProcessorWrapper>(post_processor)?);
            compact.add_tokens(added_tokens).map_err(|error| error.to_string())?;
            Ok::<_, String>(compact)
        });
        let compact = built.map_err(|_| CRASHED)??;
        let cut = truncation.map(|truncation| truncation.direction);
        Ok(Self { model: PipelineModel::Compact(Box::new(compact)), padding, cut })
    }

    /// What the file says of padding.
    pub(in crate::clip) fn padding(&self) -> Option<&Padding> {
        self.padding.as_ref()
    }

    /// The side where the file has long texts cut.
    pub(in crate::clip) fn cut(&self) -> Option<Side> {
        self.cut
    }

    /// Cuts texts to `most` tokens, special ones included.
    ///
    /// # Errors
    /// When the special tokens alone are more, as a reason.
    pub(in crate::clip) fn limit(&mut self, most: usize, cut: Side) -> Result<(), String> {
        let special = self.encode("")?.len();
        if special > most {
            return Err(format!("adds {special} tokens to a text of at most {most}"));
        }
        let direction = match cut {
            Side::Left => TruncationDirection::Left,
            Side::Right => TruncationDirection::Right,
        };
        let truncation = Some(TruncationParams { max_length: most, direction, ..Default::default() });
        match &mut self.model {
            PipelineModel::Compact(compact) => compact.with_truncation(truncation).map(drop),
            PipelineModel::Library(library) => library.with_truncation(truncation).map(drop),
        }
        .map_err(|error| error.to_string())
    }

    /// The ids of a text, special tokens included.
    ///
    /// # Errors
    /// When the tokenizer can't cope with the text, as a reason.
    pub(in crate::clip) fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoding = panics::catch(|| match &self.model {
            PipelineModel::Compact(compact) => compact.encode_fast(text, true),
            PipelineModel::Library(library) => library.encode_fast(text, true),
        });
        let encoding = encoding.map_err(|_| CRASHED)?.map_err(|error| error.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The id of a token.
    pub(in crate::clip) fn token_id(&self, token: &str) -> Option<u32> {
        match &self.model {
            PipelineModel::Compact(compact) => compact.token_to_id(token),
            PipelineModel::Library(library) => library.token_to_id(token),
        }
    }
}

/// A step of the pipeline; `null` is none.
fn step<T: DeserializeOwned>(json: Value) -> Result<Option<T>, String> {
    serde_json::from_value(json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
