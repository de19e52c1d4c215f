//! What can go wrong with a folder's index, or with embeddings that are imported.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::base::dirs::DirsError;
use crate::base::model_key::Precision;
use crate::base::{escape, paths};
use crate::catalog::{CatalogError, RclipError};
use crate::clip::ModelError;
use crate::index::IndexError;
use crate::picture::PictureError;

use super::query_error::QueryFailure;
use super::store::StoreError;
pub(super) use crate::base::causes::in_words as with_causes;

/// What went wrong with a folder's index, or with embeddings that are imported. The text names the folder or the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// Something is wrong with the catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Something is wrong with the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Something is wrong with a file that is derived from the catalogue, or the system has no thread left.
    #[error(transparent)]
    Index(#[from] IndexFailure),
    /// Something is wrong with a store elsewhere.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// Something is wrong with rclip's index.
    #[error(transparent)]
    Rclip(#[from] RclipError),
    /// A model can't be the one that made the vectors of rclip's index.
    #[error(
        "the vectors of rclip's index '{}' are those of model '{wanted}', not of '{}'",
        paths::display(index),
        escape::text(model)
    )]
    NotRclipsModel {
        /// rclip's index.
        index: PathBuf,
        /// The id of the model that was chosen.
        model: String,
        /// The hub id of rclip's model.
        wanted: &'static str,
    },
    /// A model makes other vectors of the same pictures than those of rclip's index.
    #[error(
        "the vectors of rclip's index '{}' are not those of model '{}' ({}): nothing is imported",
        paths::display(index),
        escape::text(model),
        match median {
            Some(median) => format!("median cosine {median:.3} of {compared} pictures"),
            None => "no picture could be decoded to compare them".to_owned(),
        }
    )]
    NotRclipsVectors {
        /// rclip's index.
        index: PathBuf,
        /// The id of the model.
        model: String,
        /// Number of pictures that were encoded to compare the vectors.
        compared: usize,
        /// The median of the cosines; none when no picture could be decoded.
        median: Option<f64>,
    },
    /// There is no data folder: no home folder is known.
    #[error(transparent)]
    NoDataFolder(Box<dyn Error + Send + Sync>),
    /// A folder is missing or can't be looked at.
    #[error("folder '{}'", paths::display(path))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A folder went away while it was read.
    #[error("folder '{}' went away meanwhile", paths::display(path))]
    WentAway {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// What should be a folder is a file.
    #[error("'{}' is a file", paths::display(_0))]
    NotAFolder(PathBuf),
    /// The folder of all collections can't be read.
    #[error("data folder '{}'", paths::display(path))]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A file can't be read.
    #[error("'{}'", paths::display(path))]
    CantRead {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A file can't be written.
    #[error("can't write '{}'", paths::display(path))]
    CantWrite {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A file can't be made.
    #[error("can't make '{}'", paths::display(path))]
    CantMake {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A folder can't be deleted.
    #[error("can't delete '{}'", paths::display(path))]
    CantDelete {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A picture can't be read.
    #[error("picture '{}'", paths::display(path))]
    Picture {
        /// The picture's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: PictureError,
    },
    /// A part of a query can't be answered.
    #[error(transparent)]
    Query(#[from] QueryFailure),
    /// The encoder made nothing of a text or a picture.
    #[error("the encoder gave no embedding")]
    NoEmbedding,
    /// The system has no thread left to build graphs with.
    #[error("no threads to build graphs with")]
    NoThreads(#[source] io::Error),
    /// The system watches no more folders: its limit is reached.
    #[error("the system watches no more folders (fs.inotify.max_user_watches{})", now(*.limit))]
    NoMoreFolders {
        /// The limit, if it is known.
        limit: Option<u64>,
        /// The error of the watcher.
        #[source]
        reason: notify::Error,
    },
    /// The system has no more watchers: its limit is reached.
    #[error("the system has no more watchers (fs.inotify.max_user_instances{})", now(*.limit))]
    NoMoreWatchers {
        /// The limit, if it is known.
        limit: Option<u64>,
        /// The error of the watcher.
        #[source]
        reason: notify::Error,
    },
    /// The system does not watch the folder.
    #[error("the system does not watch the folder")]
    NotWatched(#[source] notify::Error),
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
    /// A folder has no index of its own in the data folder.
    #[error("folder '{}' has no index of its own", paths::display(_0))]
    NoIndex(PathBuf),
    /// The index of a folder lies beside its pictures, and so goes where they go.
    #[error("the index of folder '{}' lies beside its pictures, and moves with them", paths::display(_0))]
    MovesByItself(PathBuf),
    /// The folder of an index beside its pictures is a link. A stranger's could lead to any folder of the user's.
    #[error("'{}' is a link to another folder, which pixseek does not write to", paths::display(_0))]
    LinkedIndex(PathBuf),
    /// Another process writes to an index.
    #[error("another pixseek is writing to the index in '{}'", paths::display(_0))]
    InUse(PathBuf),
    /// A folder has an index already, or is part of a folder that has one.
    #[error("folder '{}' has an index already, that of '{}'", paths::display(folder), paths::display(of))]
    HasIndex {
        /// The folder.
        folder: PathBuf,
        /// The root of its index.
        of: PathBuf,
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
    /// A path in a list is empty.
    #[error("there is no path")]
    NoPath,
    /// A path in a list leads out of the folder.
    #[error("'{}' is outside folder '{}'", paths::display(path), paths::display(folder))]
    OutsideFolder {
        /// The path.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// A path in a list is that of the folder.
    #[error("'{}' is the folder itself", paths::display(_0))]
    FolderItself(PathBuf),
    /// A folder has nothing to export.
    #[error("folder '{}' has no {precision} vectors of model '{model}'", paths::display(folder))]
    NothingToExport {
        /// The folder.
        folder: PathBuf,
        /// The id of the model.
        model: String,
        /// The model's precision.
        precision: Precision,
    },
    /// A folder has too few classes to judge a model by.
    #[error("folder '{}' has fewer than two folders with readable pictures", paths::display(_0))]
    NoClasses(PathBuf),
    /// None of the pictures in a list of captions can be read.
    #[error("no picture of '{}' can be read", paths::display(_0))]
    NoCaptions(PathBuf),
    /// A line of a list of captions is not a name, a tab and a caption.
    #[error("'{}', line {line}: no name, tab and caption in UTF-8", paths::display(list))]
    NoCaption {
        /// The list.
        list: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
    /// Embeddings, or the list of their pictures, are not as they should be.
    #[error("{0}")]
    Unfit(String),
    /// Embeddings can't be read.
    #[error(transparent)]
    Unreadable(io::Error),
    /// Embeddings, or a list of paths, can't be read or written.
    #[error("{context}")]
    Transfer {
        /// The file, and where in it.
        context: String,
        /// What is wrong there.
        #[source]
        reason: Box<LibraryError>,
    },
}

impl LibraryError {
    /// Whether a store could not be reached just now, and may answer later.
    #[cfg(feature = "milvus")]
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }

    /// What raises the system's limit that was reached, if that is what went wrong.
    pub fn how_to_raise_limit(&self) -> Option<&'static str> {
        match self {
            Self::NoMoreFolders { .. } => {
                Some("raise the limit with `sudo sysctl fs.inotify.max_user_watches=1048576`")
            }
            Self::NoMoreWatchers { .. } => Some(
                "raise the limit with `sudo sysctl fs.inotify.max_user_instances=1024`, or that of open files with \
                 `ulimit -n`",
            ),
            _ => None,
        }
    }

    /// Why the system tells of no changes, with all causes and what helps.
    pub(crate) fn why_polling(&self) -> String {
        let raise = self.how_to_raise_limit().map(|raise| format!(": {raise}"));
        with_causes(self) + &raise.unwrap_or_default()
    }

    /// What is wrong in a place that `context` names.
    pub(super) fn within(self, context: String) -> Self {
        Self::Transfer { context, reason: Box::new(self) }
    }
}

impl From<DirsError> for LibraryError {
    fn from(error: DirsError) -> Self {
        Self::NoDataFolder(error.into())
    }
}

impl From<IndexError> for LibraryError {
    fn from(error: IndexError) -> Self {
        Self::Index(IndexFailure(error))
    }
}

/// What went wrong with the vectors in memory, or with a file of them or of graphs. The text names the file.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct IndexFailure(IndexError);

/// What a limit is, as words that follow its name.
fn now(limit: Option<u64>) -> String {
    limit.map(|limit| format!(", now {limit}")).unwrap_or_default()
}
