//! What can go wrong with an index and its files.

use std::io;
use std::path::PathBuf;

use crate::base::blockfile::BlockfileError;
use crate::base::model_key::Precision;
use thiserror::Error;

/// Why an index can't do what it was asked to.
#[derive(Debug, Error)]
pub(crate) enum IndexError {
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
pub(crate) enum FileError {
    /// It can't be read, is damaged, or of another kind or version.
    #[error(transparent)]
    Container(#[from] BlockfileError),
    /// It is sound, but not the file that was asked for.
    #[error("it is not the one that was asked for")]
    OtherFile,
    /// A number in it is out of range.
    #[error("{what} does not fit")]
    OutOfRange {
        /// What the number stands for.
        what: &'static str,
    },
    /// It is of another model.
    #[error("it is of model '{id}' ({precision})")]
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
