//! What a store elsewhere is asked with, and what it tells.

use serde::{Deserialize, Serialize};

use super::place::{Place, Shard};
use crate::base::picture_facts::PictureFacts;

/// Who waits for the answers of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// One that asks once: answers see all that was entered before, and tell how many pictures filters leave.
    Once,
    /// One that looks at answers while typing: they come quickly, and may lack what was entered in the last few seconds.
    Browser,
}

/// How a folder is to be brought into a store.
#[derive(Debug, Clone)]
pub struct Publishing {
    /// The folder's place in the store.
    pub place: Place,
    /// The part of it that is this machine's; all without.
    pub shard: Option<Shard>,
    /// How a collection that is made is searched: `flat`, `hnsw`, `ivf_sq8` or `diskann`; by its size without.
    pub index: Option<String>,
    /// Number of pictures that are expected in this part, for the size of a collection that is made.
    pub expected: usize,
    /// Whether the store is to keep a thumbnail of each picture, for machines that can't reach its file.
    pub thumbnails: bool,
}

/// What was sent to a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Pictures that were entered or replaced.
    pub sent: usize,
    /// Pictures that were deleted.
    pub deleted: usize,
    /// Pictures whose vectors were taken from the store instead of being encoded.
    pub taken: usize,
    /// Pictures whose paths are too long for the store.
    pub left_out: usize,
    /// Thumbnails that were entered or replaced.
    pub thumbnails: usize,
}

/// How far a machine is with its part of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// The name of the root.
    pub root: String,
    /// The part, as `3/16`; none of all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<String>,
    /// The machine's name.
    pub host: String,
    /// Name and precision of the model.
    pub model: String,
    /// Files that the run has to read.
    pub total: usize,
    /// Those that are done, unreadable ones included.
    pub done: usize,
    /// Files that are unreadable.
    pub failed: usize,
    /// Pictures of the part that are in the store.
    pub stored: usize,
    /// Whether the run has come to its end.
    pub finished: bool,
    /// When this was written, in seconds since 1970.
    pub updated: i64,
}

/// What is known of a folder's part of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedStatus {
    /// Searchable pictures of the folder that was asked for.
    pub pictures: usize,
    /// How the server searches: `flat`, `hnsw`, `ivf_sq8` or `diskann`.
    pub index: String,
    /// How far the machines are that bring this root, with any model, into the store.
    pub runs: Vec<RunState>,
}

/// What a store knows of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFacts {
    /// What its file and its sidecars say.
    pub facts: PictureFacts,
    /// Bytes of the file.
    pub size: u64,
    /// Width and height in pixels, as displayed.
    pub dimensions: Option<(u32, u32)>,
}

/// A small version of a picture that a store keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredThumbnail {
    /// The bytes of a JPEG, as another machine made it: any bytes.
    pub jpeg: Vec<u8>,
    /// Width and height of the picture itself in pixels, as displayed, if they are known.
    pub size: Option<(u32, u32)>,
}
