//! What can go wrong with a catalogue.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use super::vector::VectorError;
use crate::base::escape;

/// What went wrong with a catalogue. The text names the file.
#[derive(Debug, thiserror::Error)]
#[error("catalogue '{}': {kind}", escape::path(path))]
pub struct CatalogError {
    /// The catalogue's file.
    pub path: PathBuf,
    /// What happened.
    pub kind: CatalogErrorKind,
}

impl CatalogError {
    pub(super) fn new(path: &Path, kind: impl Into<CatalogErrorKind>) -> Self {
        Self { path: path.to_owned(), kind: kind.into() }
    }
}

/// What happened to a catalogue. Texts of the file are escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogErrorKind {
    /// The file is no database, or one that is broken.
    #[error("it is damaged ({0})")]
    Damaged(rusqlite::Error),
    /// A picture's vector is not what was written, or none of its model.
    #[error("the vector of '{picture}' is damaged ({reason})")]
    DamagedVector {
        /// The picture's relative path, escaped.
        picture: String,
        /// What is wrong with it.
        reason: VectorError,
    },
    /// A remembered setting makes no sense.
    #[error("it is damaged (setting '{name}': {reason})")]
    DamagedSetting {
        /// The setting's name in the table `meta`.
        name: String,
        /// What is wrong with its value.
        reason: String,
    },
    /// The disk is full. What was committed before is kept.
    #[error("the disk is full")]
    DiskFull,
    /// Opening or writing is not permitted.
    #[error("it can't be written ({0})")]
    NotWritable(rusqlite::Error),
    /// Another program holds its lock for longer than we wait.
    #[error("another program holds its lock")]
    Busy,
    /// The file, or its log, is a symbolic link. A stranger's could lead to any file of the user's, so none is followed.
    #[error("it or its log is a link to another file, which pixseek does not write to")]
    Link,
    /// The file is the database of another program.
    #[error("it is another program's file")]
    Foreign,
    /// There is something in the database that pixseek does not put there, and that may run code of its own.
    #[error("it has a {kind} '{name}', which is not pixseek's")]
    OddSchema {
        /// `view`, `trigger` or `virtual table`.
        kind: String,
        /// Its name.
        name: String,
    },
    /// A newer pixseek made it.
    #[error("it has version {version}, made by a newer pixseek (this one knows {known})")]
    Newer {
        /// The version of its tables.
        version: i64,
        /// The newest version that this program reads.
        known: i64,
    },
    /// A model of the same name, revision and precision has vectors of another length there.
    #[error("model '{model}' changed its dimension: its vectors can't be used")]
    OtherDimension {
        /// The model's id.
        model: String,
    },
    /// SQLite failed in another way.
    #[error("{0}")]
    Sqlite(rusqlite::Error),
}

impl CatalogErrorKind {
    /// Whether the file is whole, and only can't be written just now.
    pub(crate) fn is_for_want_of_a_disk(&self) -> bool {
        matches!(self, Self::DiskFull | Self::NotWritable(_) | Self::Busy)
    }
}

/// What SQLite says of tables that are not those of the catalogue's version.
const ODD_TABLES: [&str; 5] =
    ["no such table", "no such column", "has no column named", "already exists", "duplicate column name"];

impl From<rusqlite::Error> for CatalogErrorKind {
    fn from(error: rusqlite::Error) -> Self {
        // A statement that can't be compiled has no code.
        if matches!(error.sqlite_error_code(), Some(ErrorCode::Unknown) | None) {
            let text = error.to_string();
            if ODD_TABLES.iter().any(|odd| text.contains(odd)) {
                return Self::Damaged(error);
            }
        }
        match (error.sqlite_error_code(), &error) {
            (Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt), _)
            | (
                None,
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..),
            ) => Self::Damaged(error),
            (Some(ErrorCode::DiskFull), _) => Self::DiskFull,
            // The index of the log, which is a file that has to grow.
            (_, rusqlite::Error::SqliteFailure(failure, _))
                if matches!(failure.extended_code, ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMOPEN) =>
            {
                Self::DiskFull
            }
            (_, rusqlite::Error::SqliteFailure(failure, _))
                if failure.extended_code == ffi::SQLITE_IOERR_WRITE =>
            {
                Self::NotWritable(error)
            }
            (Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied), _) => {
                Self::NotWritable(error)
            }
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}
