//! Which files of a repository pixseek needs, in the order in which they are fetched: what can show that a model is of
//! no use comes before the weights.

use std::path::PathBuf;

use super::error::HubError;
use crate::clip::config::ClipConfig;
use crate::clip::error::ModelError;
use crate::clip::files::{
    self, CONFIG, MERGES, OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS, PREPROCESSOR, PROCESSOR, SENTENCEPIECE,
    TOKENIZER, TOKENIZER_CONFIG, VOCABULARY, WEIGHTS, WEIGHTS_INDEX,
};
use crate::clip::layout;
use crate::clip::open_clip::OpenClipConfig;
use crate::clip::siglip::{TokenizerClass, TokenizerConfig};

/// A repository whose files can be had one by one.
pub(super) trait Repository {
    /// Whether it has a file of this name.
    fn has(&self, name: &str) -> Result<bool, HubError>;
    /// Gets a file into the cache, and returns its path; none when there is no such file.
    fn file(&self, name: &str) -> Result<Option<PathBuf>, HubError>;
    /// The error of a repository that lacks a file.
    fn lacks(&self, name: &str) -> HubError;
}

/// Gets the files of a model: of the Hugging Face layout, or, where the repository has none of that, of open_clip's.
/// Returns the path of its configuration.
///
/// # Errors
/// When one is missing or can't be had, or the model is not supported.
pub(super) fn fetch_all(repository: &dyn Repository) -> Result<PathBuf, ModelError> {
    let config = repository.file(CONFIG)?;
    if let Some(config) = config.as_ref().filter(|config| layout::is_of_transformers(config))
        && (repository.has(WEIGHTS)? || repository.has(WEIGHTS_INDEX)?)
    {
        ClipConfig::parse(&files::read_json(config)?, config)?;
        if files::is_siglip(&files::read_json(config)?) {
            fetch_siglip_tokenizer(repository)?;
        } else {
            fetch_tokenizer(repository)?;
        }
        if repository.file(PREPROCESSOR)?.is_none() {
            repository.file(PROCESSOR)?.ok_or_else(|| repository.lacks(PREPROCESSOR))?;
        }
        if repository.file(WEIGHTS)?.is_none() {
            let index = repository.file(WEIGHTS_INDEX)?.ok_or_else(|| repository.lacks(WEIGHTS))?;
            for shard in files::shard_names(&files::read_json(&index)?, &index)? {
                repository.file(&shard)?.ok_or_else(|| repository.lacks(&shard))?;
            }
        }
        return Ok(config.clone());
    }
    let Some(open_clip) = repository.file(OPEN_CLIP_CONFIG)? else {
        return Err(repository.lacks(if config.is_some() { WEIGHTS } else { CONFIG }).into());
    };
    OpenClipConfig::parse(&files::read_json(&open_clip)?, &open_clip)?;
    fetch_tokenizer(repository)?;
    if repository.file(OPEN_CLIP_WEIGHTS)?.is_none() {
        repository.file(WEIGHTS)?.ok_or_else(|| repository.lacks(OPEN_CLIP_WEIGHTS))?;
    }
    Ok(open_clip)
}

/// Gets the files of a SigLIP model's tokenizer, which depend on its class.
fn fetch_siglip_tokenizer(repository: &dyn Repository) -> Result<(), ModelError> {
    let required = |name: &str| repository.file(name)?.ok_or_else(|| repository.lacks(name));
    let path = required(TOKENIZER_CONFIG)?;
    let tokenizer = TokenizerConfig::parse(&files::read_json(&path)?, &path)?;
    let class = tokenizer.class().map_err(|reason| ModelError::invalid(&path, reason))?;
    if class != TokenizerClass::Siglip || repository.file(SENTENCEPIECE)?.is_none() {
        required(TOKENIZER)?;
    }
    Ok(())
}

/// Gets `tokenizer.json`, or what serves in its place.
fn fetch_tokenizer(repository: &dyn Repository) -> Result<(), HubError> {
    if repository.file(TOKENIZER)?.is_none() {
        repository.file(VOCABULARY)?.ok_or_else(|| repository.lacks(TOKENIZER))?;
        repository.file(MERGES)?.ok_or_else(|| repository.lacks(MERGES))?;
    }
    Ok(())
}
