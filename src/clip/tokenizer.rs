//! Texts to token ids by a checkpoint's own tokenizer, and where the embedding is read off.

use std::path::{Path, PathBuf};

use tokenizers::TruncationParams;

use super::config::{HIGHEST_ID, TextConfig};
use super::error::ModelError;
use super::open_clip::{OpenClipTokenizer, white_space};
use crate::base::panics;

/// Token ids of one text, and the position whose state becomes its embedding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Start token, text, end token; not padded, at most [`TextConfig::context`] long.
    pub ids: Vec<u32>,
    /// The position of the end token.
    pub pooled: usize,
}

impl Tokens {
    /// The ids up to the pooled one: attention is causal, so that those after it change nothing.
    pub(crate) fn pooled_ids(&self) -> &[u32] {
        self.ids.get(..=self.pooled).unwrap_or(&self.ids)
    }
}

/// The reason that is given when the tokenizer library panics, as it does on some files that contradict themselves.
const CRASHED: &str = "the tokenizer crashed on it";

/// A checkpoint's own tokenizer.
pub(crate) struct Tokenizer {
    steps: Steps,
    /// Longest sequence, see [`TextConfig::context`].
    context: usize,
    /// See [`TextConfig::eos_token_id`].
    eos_token_id: u32,
    /// Number of token embeddings: ids are smaller.
    vocab_size: usize,
    /// The file, for messages.
    path: PathBuf,
}

/// Who turns texts into ids.
enum Steps {
    /// The steps that `tokenizer.json` describes; texts of open_clip's models have their white space cleaned before.
    Library { tokenizer: Box<tokenizers::Tokenizer>, cleans: bool },
    /// Those of open_clip, with the file's vocabulary.
    OpenClip(Box<OpenClipTokenizer>),
}

/// Reads `tokenizer.json`. `path` is for messages.
///
/// # Errors
/// When the file is damaged.
pub(super) fn read(json: &[u8], path: &Path) -> Result<tokenizers::Tokenizer, ModelError> {
    panics::catch(|| tokenizers::Tokenizer::from_bytes(json))
        .map_err(|_| ModelError::invalid(path, CRASHED))?
        .map_err(|error| ModelError::invalid(path, error))
}

impl Tokenizer {
    /// Follows the steps of a tokenizer; what it says of padding and truncation is not used. If `cleans`, white space is
    /// cleaned first, as open_clip does. `path` is for messages.
    ///
    /// # Errors
    /// When it makes no end token where the configuration asks for one, or, if it `cleans`, the end token is not the last.
    pub(crate) fn new(
        mut inner: tokenizers::Tokenizer,
        cleans: bool,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let invalid = |reason: &dyn std::fmt::Display| ModelError::invalid(path, reason);
        inner.with_padding(None);
        // The library subtracts the special tokens from the limit without a check.
        inner.with_truncation(None).map_err(|e| invalid(&e))?;
        let special = panics::catch(|| inner.encode_fast("", true)).map_err(|_| invalid(&CRASHED))?;
        let special = special.map_err(|e| invalid(&e))?.len();
        if special > config.context {
            return Err(invalid(&format!("adds {special} tokens to a text of at most {}", config.context)));
        }
        inner
            .with_truncation(Some(TruncationParams { max_length: config.context, ..Default::default() }))
            .map_err(|e| invalid(&e))?;
        let tokenizer =
            Self::with_steps(Steps::Library { tokenizer: Box::new(inner), cleans }, config, path)?;
        // open_clip pools the highest id, padding included, whose id is not in this file: it can't be higher than the last.
        if cleans && config.eos_token_id == HIGHEST_ID {
            let Tokens { ids, pooled } = tokenizer.encode("")?;
            if ids.get(pooled).map(|&id| id as usize + 1) != Some(config.vocab_size) {
                return Err(invalid(&"does not end texts with the highest token of the vocabulary"));
            }
        }
        Ok(tokenizer)
    }

    /// Follows the steps of open_clip. `path` is for messages.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn of_open_clip(
        tokenizer: OpenClipTokenizer,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        Self::with_steps(Steps::OpenClip(Box::new(tokenizer)), config, path)
    }

    fn with_steps(steps: Steps, config: &TextConfig, path: &Path) -> Result<Self, ModelError> {
        let tokenizer = Self {
            steps,
            context: config.context,
            eos_token_id: config.eos_token_id,
            vocab_size: config.vocab_size,
            path: path.to_owned(),
        };
        tokenizer.encode("")?;
        Ok(tokenizer)
    }

    /// The ids of a text, start and end included, cut to the context.
    fn ids(&self, text: &str) -> tokenizers::Result<Vec<u32>> {
        match &self.steps {
            Steps::Library { tokenizer, cleans: false } => {
                Ok(tokenizer.encode_fast(text, true)?.get_ids().to_vec())
            }
            Steps::Library { tokenizer, cleans: true } => {
                Ok(tokenizer.encode_fast(white_space(text), true)?.get_ids().to_vec())
            }
            Steps::OpenClip(tokenizer) => tokenizer.encode(text, self.context),
        }
    }

    /// The ids of `text`, cut to the context with the end token kept, as transformers does with
    /// `truncation=True`, and the position that `CLIPTextModel` pools: the first end token, or, when
    /// `eos_token_id` is 2 as in the configurations that OpenAI's checkpoints were published with,
    /// the first of the highest ids (the end token is the last of that vocabulary).
    ///
    /// # Errors
    /// When there is no end token, or an id beyond the vocabulary.
    pub(crate) fn encode(&self, text: &str) -> Result<Tokens, ModelError> {
        let ids = panics::catch(|| self.ids(text))
            .map_err(|_| ModelError::invalid(&self.path, CRASHED))?
            .map_err(|e| ModelError::Tokens(e.to_string()))?;
        if let Some(id) = ids.iter().find(|&&id| id as usize >= self.vocab_size) {
            return Err(ModelError::invalid(
                &self.path,
                format!("makes token {id}, but the configuration has a vocabulary of {}", self.vocab_size),
            ));
        }
        let pooled = if self.eos_token_id == HIGHEST_ID {
            let highest = ids.iter().max();
            ids.iter().position(|id| Some(id) == highest)
        } else {
            ids.iter().position(|&id| id == self.eos_token_id)
        };
        let Some(pooled) = pooled else {
            return Err(ModelError::invalid(
                &self.path,
                format!("does not end texts with token {}, as the configuration asks", self.eos_token_id),
            ));
        };
        Ok(Tokens { ids, pooled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::config::ClipConfig;

    /// Bytes as words: "a" and "b" are known, everything else is the unknown token 3.
    fn json(post_processor: &str) -> String {
        format!(
            r#"{{"version": "1.0", "truncation": {{"direction": "Left", "max_length": 3, "strategy": "LongestFirst", "stride": 0}},
                "padding": {{"strategy": {{"Fixed": 20}}, "direction": "Left", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "a"}},
                "added_tokens": [], "normalizer": null,
                "pre_tokenizer": {{"type": "Whitespace"}}, "post_processor": {post_processor}, "decoder": null,
                "model": {{"type": "WordLevel", "vocab": {{"a": 0, "b": 1, "[S]": 2, "[U]": 3, "[E]": 4, "z": 9}}, "unk_token": "[U]"}}}}"#
        )
    }

    const TEMPLATE: &str = r#"{"type": "RobertaProcessing", "sep": ["[E]", 4], "cls": ["[S]", 2], "trim_offsets": false, "add_prefix_space": false}"#;

    fn tokenizer(post_processor: &str, eos: u32) -> Result<Tokenizer, String> {
        let config = format!(
            r#"{{"text_config": {{"max_position_embeddings": 5, "vocab_size": 9, "eos_token_id": {eos}}}}}"#
        );
        let config = ClipConfig::parse(config.as_bytes(), Path::new("config.json")).unwrap();
        let path = Path::new("m/tokenizer.json");
        read(json(post_processor).as_bytes(), path)
            .and_then(|inner| Tokenizer::new(inner, false, &config.text, path))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn long_texts_are_cut_and_keep_the_end_token() {
        let tokenizer = tokenizer(TEMPLATE, 4).unwrap();
        assert_eq!(tokenizer.encode("a b").unwrap(), Tokens { ids: vec![2, 0, 1, 4], pooled: 3 });
        assert_eq!(tokenizer.encode("a b a b a b").unwrap(), Tokens { ids: vec![2, 0, 1, 0, 4], pooled: 4 });
        assert_eq!(tokenizer.encode("").unwrap(), Tokens { ids: vec![2, 4], pooled: 1 });
    }

    #[test]
    fn an_end_token_of_2_means_the_highest_id() {
        let tokenizer = tokenizer(TEMPLATE, 2).unwrap();
        assert_eq!(tokenizer.encode("b a").unwrap().pooled, 3);
    }

    #[test]
    fn the_first_end_token_counts() {
        let tokenizer = tokenizer(TEMPLATE, 1).err().unwrap();
        assert!(tokenizer.contains("does not end texts with token 1"), "{tokenizer}");
    }

    #[test]
    fn damaged_and_unfit_files_are_errors_that_name_the_file() {
        let error = tokenizer("null", 4).err().unwrap();
        assert!(error.starts_with("m/tokenizer.json: does not end texts with token 4"), "{error}");
        // The library looks the special token up without a check.
        let template = r#"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}}"#;
        let error = tokenizer(template, 4).err().unwrap();
        assert_eq!(error, "m/tokenizer.json: the tokenizer crashed on it");
        let error = tokenizer("{", 4).err().unwrap();
        assert!(error.starts_with("m/tokenizer.json: "), "{error}");
        let error = tokenizer(TEMPLATE, 4).unwrap().encode("z").unwrap_err().to_string();
        assert!(error.contains("makes token 9, but the configuration has a vocabulary of 9"), "{error}");
    }
}
