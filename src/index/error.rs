//! What can go wrong with an index and its files.

use std::io;
use std::path::PathBuf;

use crate::base::model_key::Precision;
use thiserror::Error;

/// Why an index can't do what it was asked to.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The system has no thread left.
    #[error("no threads to search with")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The folder with the files of an index can't be listed.
    #[error("folder '{}'", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file can't be written.
    #[error("can't write '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file can't be deleted.
    #[error("can't delete '{}'", path.display())]
    Delete {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A lock file can't be made.
    #[error("can't lock '{}'", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file can't be used, and is to be made anew.
    #[error("'{}'", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
    /// A graph can't be built.
    #[error("a graph can't be built")]
    Graph(#[from] GraphError),
}

/// Why a file of an index can't be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// It can't be read.
    #[error("it can't be read")]
    Io(#[from] io::Error),
    /// It does not begin or end as files of this kind do.
    #[error("it is no {kind} of pixseek's")]
    Magic {
        /// The kind of file.
        kind: &'static str,
    },
    /// It was written by another version of the program.
    #[error("version {found}, not {expected}")]
    Version {
        /// The version of the file.
        found: u32,
        /// The version that this program writes.
        expected: u32,
    },
    /// Its numbers don't fit its length.
    #[error("{found} bytes instead of {expected}")]
    Length {
        /// Bytes that are there.
        found: u64,
        /// Bytes that there should be.
        expected: u64,
    },
    /// A number in it is out of range.
    #[error("{what} does not fit")]
    OutOfRange {
        /// What the number stands for.
        what: &'static str,
    },
    /// A checksum is wrong.
    #[error("the checksum of its {part} is wrong")]
    Checksum {
        /// The part of the file.
        part: &'static str,
    },
    /// It is of another model, or damaged.
    #[error("it is of model '{id}' ({precision}), or damaged")]
    OtherModel {
        /// The model's id.
        id: String,
        /// The model's precision.
        precision: Precision,
    },
    /// The graph in it is not sound.
    #[error("its graph")]
    Graph(#[from] GraphError),
}

/// Why links are no graph, or could not be built.
#[derive(Debug, Error)]
pub enum GraphError {
    /// It can't be serialized.
    #[error("it can't be serialized")]
    Encode(#[from] bincode::error::EncodeError),
    /// It can't be deserialized.
    #[error("it can't be deserialized")]
    Decode(#[from] bincode::error::DecodeError),
    /// Bytes are left over.
    #[error("{0} bytes too many")]
    TrailingBytes(usize),
    /// It has links of another number of points.
    #[error("links of {found} points, not {expected}")]
    Points {
        /// Points that it has links of.
        found: usize,
        /// Points that there are.
        expected: usize,
    },
    /// A link leads to no point.
    #[error("a link that leads nowhere")]
    Link,
}
