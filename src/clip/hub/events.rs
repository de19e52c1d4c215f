//! What a download reports, and what it asks.

use std::time::Duration;

use super::licence::Licence;

/// Who looks on while a model is downloaded. All is called on the thread that downloads.
pub trait FetchObserver {
    /// Something happens.
    fn event(&self, event: FetchEvent<'_>);

    /// Says whether the model may be downloaded under its licence. It is asked once, before anything large is
    /// downloaded, about every licence: [`Licence::needs_consent`] says which of them restrict use.
    fn accepts(&self, id: &str, licence: &Licence) -> bool;
}

/// What happens during a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchEvent<'a> {
    /// Bytes arrived.
    Received(FetchProgress<'a>),
    /// The checksum of a file is computed, which takes a moment for large ones.
    Checking {
        /// The file's name.
        file: &'a str,
    },
    /// Another process downloads the file. This one waits for it.
    Waiting {
        /// The file's name.
        file: &'a str,
    },
    /// Something failed that may pass. It is tried again after a while, from where it stopped.
    Retrying {
        /// The file's name.
        file: &'a str,
        /// What failed, safe to show.
        reason: &'a str,
        /// The time until then.
        wait: Duration,
    },
}

/// How far the download of one file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchProgress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes of the whole file.
    pub total: u64,
}
