//! What can go wrong with a folder's index, or with embeddings that are imported.

use std::io;
use std::path::PathBuf;

use crate::base::paths;

/// What went wrong with a folder's index, or with embeddings that are imported. The text names the folder or the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The folder for an index can't be made.
    #[error("can't make '{}' to keep the index in", paths::display(path))]
    NoIndexFolder {
        /// The folder that the index would be in.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// The folder is on another device than before and holds none of its pictures, as when its disk is not mounted.
    #[error(
        "folder '{}' is on another device than before, and none of its {pictures} pictures is there: its disk may not be \
         mounted",
        paths::display(folder)
    )]
    NotMounted {
        /// The root of the collection.
        folder: PathBuf,
        /// Number of pictures that were there.
        pictures: usize,
    },
    /// Embeddings have another length than those of the model.
    #[error(
        "embeddings '{}' have {found} numbers a row, those of model '{model}' have {expected}",
        paths::display(file)
    )]
    OtherDimension {
        /// The NumPy file.
        file: PathBuf,
        /// Numbers a row of the file.
        found: usize,
        /// The id of the model.
        model: String,
        /// Dimension of the model's embeddings.
        expected: usize,
    },
    /// A path can't be written as a line of text.
    #[error("'{}' does not fit on a line of text", paths::display(_0))]
    NotALine(PathBuf),
    /// A path in a list of lines holds a NUL, as lists do whose paths end with NUL.
    #[error("the path holds a NUL")]
    NulInPath,
    /// A path in a list of lines is not UTF-8.
    #[error("the path is not UTF-8")]
    PathNotUtf8,
}
