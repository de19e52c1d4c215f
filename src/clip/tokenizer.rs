//! Texts to token ids, and where the embedding is read off.
//!
//! `tokenizer.json` (`tokenizer_json`) -> a [`Pipeline`] of its steps, around our own byte-pair encoding (`bpe_table`),
//! whose tables a [`TokenizerCache`] keeps for the next start.

use std::path::{Path, PathBuf};

use super::config::{HIGHEST_ID, TextConfig};
use super::error::ModelError;
use super::files;
use super::open_clip::{OpenClipTokenizer, white_space};
use crate::base::panics;

mod bpe_table;
mod cache;
mod pipeline;
mod tokenizer_json;

pub(super) use bpe_table::BpeTable;
pub(super) use cache::TokenizerCache;
use pipeline::CRASHED;
pub(super) use pipeline::Pipeline;
pub(super) use tokenizer_json::{Settings, Side};

impl Pipeline {
    /// Reads the `tokenizer.json` at `path`, or its compact form if `cache` has it; else `cache` gets it. `adapt` changes
    /// the settings that the file has, for what else is known of the tokenizer; the source of `cache` has to say so.
    ///
    /// # Errors
    /// When the file can't be read, is damaged, or is refused by `adapt`, which is not given settings for a tokenizer
    /// that has no compact form.
    pub(super) fn load(
        path: &Path,
        cache: Option<&TokenizerCache>,
        adapt: impl FnOnce(Option<(&mut Settings, &BpeTable)>) -> Result<(), String>,
    ) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::invalid(path, reason);
        if let Some((settings, table)) = cache.and_then(TokenizerCache::read) {
            return Self::compact(settings, table).map_err(invalid);
        }
        let json = files::read_json(path)?;
        let Some((mut settings, table)) = tokenizer_json::parse(&json).map_err(invalid)? else {
            adapt(None).map_err(invalid)?;
            return Self::library(&json).map_err(invalid);
        };
        adapt(Some((&mut settings, &table))).map_err(invalid)?;
        let table = table.with_rules(settings.rules.clone());
        let kept = cache.map(|cache| (cache, settings.clone(), table.clone()));
        let pipeline = Self::compact(settings, table).map_err(invalid)?;
        // Kept only once it is known to work.
        if let Some((cache, settings, table)) = kept {
            cache.write(&settings, &table);
        }
        Ok(pipeline)
    }
}

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
    Pipeline { pipeline: Box<Pipeline>, cleans: bool },
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
    /// Follows the steps of `tokenizer.json`; what it says of padding and truncation is not used. If `cleans`, white space
    /// is cleaned first, as open_clip does. `path` is for messages.
    ///
    /// # Errors
    /// When it makes no end token where the configuration asks for one, or, if it `cleans`, the end token is not the last.
    pub(crate) fn new(
        mut pipeline: Pipeline,
        cleans: bool,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        pipeline.limit(config.context, Side::Right).map_err(|reason| ModelError::invalid(path, reason))?;
        let tokenizer =
            Self::with_steps(Steps::Pipeline { pipeline: Box::new(pipeline), cleans }, config, path)?;
        // open_clip pools the highest id, padding included, whose id is not in this file: it can't be higher than the last.
        if cleans && config.eos_token_id == HIGHEST_ID {
            let Tokens { ids, pooled } = tokenizer.encode("")?;
            if ids.get(pooled).map(|&id| id as usize + 1) != Some(config.vocab_size) {
                return Err(ModelError::invalid(
                    path,
                    "does not end texts with the highest token of the vocabulary",
                ));
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
    fn ids(&self, text: &str) -> Result<Vec<u32>, String> {
        match &self.steps {
            Steps::Pipeline { pipeline, cleans: false } => pipeline.encode(text),
            Steps::Pipeline { pipeline, cleans: true } => pipeline.encode(&white_space(text)),
            Steps::OpenClip(tokenizer) => panics::catch(|| tokenizer.encode(text, self.context))
                .map_err(|_| CRASHED)?
                .map_err(|error| error.to_string()),
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
        let ids = self.ids(text).map_err(|reason| ModelError::invalid(&self.path, reason))?;
        check_ids(&ids, self.vocab_size, &self.path)?;
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

/// Refuses ids that a text tower with a vocabulary of this size has no embeddings for.
///
/// # Errors
/// With the first of them.
pub(super) fn check_ids(ids: &[u32], vocab_size: usize, path: &Path) -> Result<(), ModelError> {
    match ids.iter().find(|&&id| id as usize >= vocab_size) {
        Some(id) => Err(ModelError::invalid(
            path,
            format!("makes token {id}, but the configuration has a vocabulary of {vocab_size}"),
        )),
        None => Ok(()),
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
        Pipeline::parse(json(post_processor).as_bytes())
            .map_err(|reason| ModelError::invalid(path, reason))
            .and_then(|pipeline| Tokenizer::new(pipeline, false, &config.text, path))
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
