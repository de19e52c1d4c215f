//! What an indexing run is asked for, what it tells on its way, and what comes of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::store::{Place, Shard};
use crate::catalog::{Omitted, WalkOptions};

/// How to index.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Read and encode everything again.
    pub force: bool,
    /// Forget deleted pictures now, and believe a folder that has become empty.
    pub prune: bool,
    /// Which files are looked at; `None` means as remembered.
    pub walk: Option<WalkOptions>,
    /// Leave the model that the collection is searched with as it is, instead of remembering the one of this run.
    pub keep_model: bool,
    /// Only the pictures of one part of the folder are this machine's; the others are left as they are.
    pub shard: Option<(Place, Shard)>,
    /// Leave it to a later run to make the thumbprints of pictures that were indexed before there were any.
    pub skip_thumbprints: bool,
}

/// How far an indexing run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The folder is still being walked, so that `total` is not known yet.
    pub walking: bool,
    /// Files that older versions read are looked at: `total` and `done` count those.
    pub checking: bool,
    /// What the files of known pictures say is read: `total` and `done` count those.
    pub facts: bool,
    /// Thumbprints of known pictures are made: `total` and `done` count those.
    pub thumbprints: bool,
    /// Number of picture files found so far, or in all.
    pub found: usize,
    /// Number of files that need reading.
    pub total: usize,
    /// Number of those that are done, failed ones included.
    pub done: usize,
    /// Number of those that are unreadable.
    pub failed: usize,
}

/// What listens to an indexing run while it goes on. It is called from several threads, so it must be quick.
pub trait Observer: Sync {
    /// The counts changed. With `committed`, new rows are visible to readers of the catalogue.
    fn progress(&self, progress: Progress, committed: bool);
    /// A file or folder could not be read, for this reason.
    fn unreadable(&self, path: &Path, reason: &str);
}

/// An observer that takes no notice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn progress(&self, _: Progress, _: bool) {}
    fn unreadable(&self, _: &Path, _: &str) {}
}

/// The counts of an indexing run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// New or changed pictures that are now searchable.
    pub indexed: usize,
    /// Searchable pictures that were so before: unchanged and moved ones.
    pub reused: usize,
    /// Pictures that are gone.
    pub removed: usize,
    /// Files that are unreadable now.
    pub failed: usize,
    /// Time taken, in seconds.
    pub seconds: f64,
    /// Searchable pictures.
    pub pictures: usize,
    /// What was left out, by reason.
    #[serde(rename = "left_out")]
    pub omitted: Omitted,
    /// Searchable pictures of which only a part is there.
    pub damaged: usize,
    /// Pictures that were read again although their files are what they were, by the reason in plain words.
    pub reread: BTreeMap<&'static str, usize>,
}

/// An indexing run, with what a follower needs to know besides the counts.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The counts.
    pub summary: Summary,
    /// Some file was read, or is gone.
    pub changed: bool,
    /// How long it took to find out what there is to do.
    pub looked: Duration,
}
