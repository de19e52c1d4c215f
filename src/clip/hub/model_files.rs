//! Which files of a repository pixseek needs, in the order in which they are fetched: what can show that a model is of
//! no use comes before the weights.

use std::path::{Path, PathBuf};

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
    let missing = match repository.file(CONFIG)? {
        Some(config) if layout::is_of_transformers(&config) => match fetch_transformers(repository, &config)?
        {
            None => return Ok(config),
            Some(missing) => missing,
        },
        Some(_) => WEIGHTS,
        None => CONFIG,
    };
    let open_clip = repository.file(OPEN_CLIP_CONFIG)?.ok_or_else(|| repository.lacks(missing))?;
    OpenClipConfig::parse(&files::read_json(&open_clip)?, &open_clip)?;
    fetch_tokenizer(repository)?;
    if repository.file(OPEN_CLIP_WEIGHTS)?.is_none() {
        repository.file(WEIGHTS)?.ok_or_else(|| repository.lacks(OPEN_CLIP_WEIGHTS))?;
    }
    Ok(open_clip)
}

/// Gets the files of a model of transformers. Of those that open_clip's layout has others for, it returns the name of the
/// first that is missing, before any weights are fetched.
fn fetch_transformers(
    repository: &dyn Repository,
    config: &Path,
) -> Result<Option<&'static str>, ModelError> {
    let json = files::read_json(config)?;
    ClipConfig::parse(&json, config)?;
    if files::is_siglip(&json) {
        fetch_siglip_tokenizer(repository)?;
    } else {
        fetch_tokenizer(repository)?;
    }
    if repository.file(PREPROCESSOR)?.is_none() && repository.file(PROCESSOR)?.is_none() {
        return Ok(Some(PREPROCESSOR));
    }
    if repository.file(WEIGHTS)?.is_none() {
        let Some(index) = repository.file(WEIGHTS_INDEX)? else { return Ok(Some(WEIGHTS)) };
        for shard in files::shard_names(&files::read_json(&index)?, &index)? {
            repository.file(&shard)?.ok_or_else(|| repository.lacks(&shard))?;
        }
    }
    Ok(None)
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
