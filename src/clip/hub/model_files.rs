//! Which files of a repository pixseek needs, in the order in which they are fetched: what can show that a model is of
//! no use comes before the weights.

use std::path::PathBuf;

use super::error::HubError;
use crate::clip::config::ClipConfig;
use crate::clip::error::ModelError;
use crate::clip::files::{
    self, CONFIG, PREPROCESSOR, PROCESSOR, TOKENIZER, WEIGHTS, WEIGHTS_INDEX, shard_names,
};

/// A repository whose files can be had one by one.
pub(super) trait Repository {
    /// Gets a file into the cache, and returns its path; none when there is no such file.
    fn file(&self, name: &str) -> Result<Option<PathBuf>, HubError>;
    /// The error of a repository that lacks a file.
    fn lacks(&self, name: &str) -> HubError;
}

/// Gets the files of a model. Returns the path of its configuration.
///
/// # Errors
/// When one is missing or can't be had, or the model is not supported.
pub(super) fn fetch_all(repository: &dyn Repository) -> Result<PathBuf, ModelError> {
    let required = |name: &str| repository.file(name)?.ok_or_else(|| repository.lacks(name));
    let config = required(CONFIG)?;
    ClipConfig::parse(&files::read_json(&config)?, &config)?;
    required(TOKENIZER)?;
    if repository.file(PREPROCESSOR)?.is_none() {
        repository.file(PROCESSOR)?.ok_or_else(|| repository.lacks(PREPROCESSOR))?;
    }
    if repository.file(WEIGHTS)?.is_none() {
        let index = repository.file(WEIGHTS_INDEX)?.ok_or_else(|| repository.lacks(WEIGHTS))?;
        for shard in shard_names(&files::read_json(&index)?, &index)? {
            required(&shard)?;
        }
    }
    Ok(config)
}
