//! What can go wrong with a model.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use super::hub::HubError;
use crate::base::escape;

/// What went wrong with a model. The text names the model, file or tensor; what can be done about it is for whoever
/// shows the error.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model of this hub id is not in the local cache.
    #[error("model '{0}' is not downloaded")]
    NotDownloaded(String),
    /// The download of the model was stopped half-way.
    #[error("model '{id}' is only partly downloaded ({file} is missing)")]
    PartlyDownloaded {
        /// The hub id.
        id: String,
        /// The missing file.
        file: String,
    },
    /// The name is neither `demo`, nor a folder, nor a possible hub id.
    #[error("there is no model '{0}'")]
    NoSuchModel(String),
    /// The folder lacks one of the files every model has.
    #[error("{file} is missing in the model folder {}", escape::path(folder))]
    MissingFile {
        /// The file.
        file: String,
        /// The model's folder.
        folder: PathBuf,
    },
    /// The folder has its weights only as Python objects, which are not opened.
    #[error(
        "the model folder {} has its weights only in {file}, which can run code when it is opened; \
         pixseek reads safetensors only",
        escape::path(folder)
    )]
    Pickled {
        /// The file with the weights.
        file: &'static str,
        /// The file that pixseek would read.
        wanted: &'static str,
        /// The model's folder.
        folder: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}: {reason}", escape::path(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        reason: io::Error,
    },
    /// A file says something that is damaged, contradictory or not supported.
    #[error("{}: {reason}", escape::path(path))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tensor the configuration asks for is not in the weights.
    #[error("{}: tensor '{name}' is missing", escape::path(path))]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The weights, or the index of a sharded checkpoint.
        path: PathBuf,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "{}: tensor '{name}' has shape {found:?}, but the configuration asks for {expected:?}",
        escape::path(path)
    )]
    MisshapenTensor {
        /// The tensor.
        name: String,
        /// The file it is in.
        path: PathBuf,
        /// Its shape, outermost dimension first.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// The text could not be turned into tokens that the text tower takes.
    #[error("cannot turn the text into tokens: {0}")]
    Tokens(String),
    /// The input of the vision tower has the wrong size.
    #[error("a picture of {found} values was passed to a vision tower that takes {expected}")]
    PixelCount {
        /// How many numbers were passed.
        found: usize,
        /// 3 x size x size.
        expected: usize,
    },
    /// An embedding is zero, infinite or not a number, as damaged weights make it.
    #[error("the model made a vector that is zero or not finite: are its weights damaged?")]
    NotFinite,
    /// A tensor operation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(candle_core::Error),
    /// The system has no threads left.
    #[error("cannot start threads for the encoder: {0}")]
    Threads(String),
    /// This build has no code for the device (`cuda` or `metal`).
    #[error("this pixseek was built without {0}")]
    DeviceNotBuilt(&'static str),
    /// The device is not there.
    #[error("cannot use {name}: {reason}")]
    NoDevice {
        /// `cuda` or `metal`.
        name: &'static str,
        /// The error of the driver.
        reason: candle_core::Error,
    },
    /// The download failed.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl ModelError {
    /// A file that says something wrong: [`ModelError::Invalid`]. The reason may quote the file.
    pub(super) fn invalid(path: &Path, reason: impl Display) -> Self {
        Self::Invalid { path: path.to_owned(), reason: escape::text(&reason.to_string()) }
    }

    /// A file that the system can't read: [`ModelError::Unreadable`].
    pub(super) fn unreadable(path: &Path, reason: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), reason }
    }
}

impl From<candle_core::Error> for ModelError {
    fn from(error: candle_core::Error) -> Self {
        Self::Tensor(error)
    }
}
