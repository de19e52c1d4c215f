//! What can go wrong with a model.

use std::path::{Path, PathBuf};

use crate::clip::hub::HubError;

/// What went wrong with a model; names the file or tensor and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Not in the local cache; the text names `pixseek models fetch`.
    #[error(
        "model '{0}' is not downloaded: run `pixseek models fetch {0}`; `pixseek demo` needs no download"
    )]
    NotDownloaded(String),
    /// The download was stopped half-way; the text names `pixseek models fetch`.
    #[error(
        "model '{id}' is only partly downloaded ({file} is missing): run `pixseek models fetch {id}` again"
    )]
    PartlyDownloaded {
        /// The hub id.
        id: String,
        /// The missing file.
        file: String,
    },
    /// Neither `demo`, nor a folder, nor a possible hub id.
    #[error(
        "there is no model '{0}': name a folder with config.json, or a Hugging Face id such as openai/clip-vit-base-patch32; `pixseek demo` needs no download"
    )]
    NoSuchModel(String),
    /// The folder lacks one of the files every model has.
    #[error("{file} is missing in the model folder {}", folder.display())]
    MissingFile {
        /// The file.
        file: String,
        /// The model's folder.
        folder: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that is damaged, contradictory or not supported.
    #[error("{}: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tensor the configuration asks for is not in the weights.
    #[error("{}: tensor '{name}' is missing", path.display())]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The weights, or the index of a sharded checkpoint.
        path: PathBuf,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: tensor '{name}' has shape {found:?}, but config.json asks for {expected:?}", path.display())]
    MisshapenTensor {
        /// The tensor.
        name: String,
        /// The file it is in.
        path: PathBuf,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// The tokenizer made something the text tower can't take.
    #[error("cannot turn the text into tokens: {0}")]
    Tokens(String),
    /// The input of a tower has the wrong size.
    #[error("a picture of {found} values was passed to a vision tower that takes {expected}")]
    PixelCount {
        /// What was passed.
        found: usize,
        /// 3 x size x size.
        expected: usize,
    },
    /// A vector that is zero, infinite or not a number: damaged weights.
    #[error("the model made a vector that is zero or not finite: are its weights damaged?")]
    NotFinite,
    /// A tensor operation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The system has no threads left.
    #[error("cannot start threads for the encoder: {0}")]
    Threads(String),
    /// A device that this build has no code for.
    #[error(
        "this pixseek was built without {0}: build it with `cargo install --path . --features {0}`, or pass --device cpu"
    )]
    DeviceNotBuilt(&'static str),
    /// A device that is not there.
    #[error("cannot use {name}: {source}; pass --device cpu")]
    NoDevice {
        /// `cuda` or `metal`.
        name: &'static str,
        /// Why.
        source: candle_core::Error,
    },
    /// The download failed.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl ModelError {
    /// [`ModelError::Invalid`].
    pub(crate) fn invalid(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Invalid { path: path.to_owned(), reason: reason.to_string() }
    }
}
