//! Why a model could not be downloaded.

use std::io;
use std::path::PathBuf;

/// Why a model could not be downloaded. The text says what happened; what can be done about it is for whoever shows
/// the error.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// `HF_HUB_OFFLINE` is set.
    #[error("model '{0}' is not downloaded, and HF_HUB_OFFLINE forbids to download it")]
    Offline(String),
    /// The hub doesn't know the id, or doesn't show it to us: it answers the same to both.
    #[error("{endpoint} has no model '{id}'")]
    NoSuchModel {
        /// The id.
        id: String,
        /// The hub's address.
        endpoint: String,
    },
    /// The token is not accepted, or does not open this model.
    #[error("{endpoint} refused access to '{id}' (HTTP {status})")]
    Refused {
        /// The id.
        id: String,
        /// The hub's address.
        endpoint: String,
        /// 401 or 403.
        status: u16,
    },
    /// The model's licence restricts its use, and nobody accepted that.
    #[error(
        "model '{id}' is not downloaded: its licence '{}' was not accepted",
        crate::base::escape::text(licence)
    )]
    NotAccepted {
        /// The id.
        id: String,
        /// The licence's name.
        licence: String,
        /// The hub's address.
        endpoint: String,
    },
    /// The model on the hub lacks a file that pixseek needs.
    #[error("model '{id}' has no {file}, which pixseek needs")]
    MissingFile {
        /// The id.
        id: String,
        /// The file.
        file: String,
    },
    /// The hub could not be reached, or the connection broke.
    #[error("could not download {file} of '{id}' from {endpoint} ({reason})")]
    Network {
        /// The id.
        id: String,
        /// The file under way.
        file: String,
        /// The hub's address.
        endpoint: String,
        /// The error of the connection, in words.
        reason: String,
    },
    /// The local cache can't be written.
    #[error("cannot write to {}: {reason}", crate::base::escape::path(path))]
    Write {
        /// The cache.
        path: PathBuf,
        /// The error of the system, for example that the disk is full.
        reason: io::Error,
    },
    /// The hub has the model only for those who accept its terms.
    #[error("{endpoint} shows '{id}' only to those who accepted its terms")]
    Gated {
        /// The id.
        id: String,
        /// The hub's address.
        endpoint: String,
    },
    /// The hub has the model, but not the commit that pixseek knows it by.
    #[error("{endpoint} no longer has the revision of '{id}' that pixseek asks for")]
    MissingCommit {
        /// The id.
        id: String,
        /// The hub's address.
        endpoint: String,
    },
    /// The hub doesn't want to be asked now.
    #[error("{endpoint} had too many requests from here (HTTP 429){}", later(*seconds))]
    TooManyRequests {
        /// The hub's address.
        endpoint: String,
        /// The time after which it wants to be asked again, if it says so.
        seconds: Option<u64>,
    },
    /// The hub answers with something that no hub should, so that nothing of it is used.
    #[error("the answer of {endpoint} for {file} of '{id}' can't be used ({reason})")]
    Answer {
        /// The id.
        id: String,
        /// The file.
        file: String,
        /// The hub's address.
        endpoint: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The model was changed on the hub again and again while it was downloaded.
    #[error("model '{0}' changed on the hub during the download")]
    Moved(String),
    /// The bytes are not those that the hub or our table promises. They have been removed.
    #[error("{file} of '{id}' arrived damaged ({reason}) and was removed")]
    Damaged {
        /// The id.
        id: String,
        /// The file.
        file: String,
        /// The length or checksum that is wrong.
        reason: String,
    },
}

fn later(seconds: Option<u64>) -> String {
    seconds.map(|seconds| format!(" and wants to be left alone for {seconds} s")).unwrap_or_default()
}
