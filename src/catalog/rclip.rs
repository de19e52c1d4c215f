//! The index of rclip, another program that searches pictures with CLIP (<https://github.com/yurijmikhalevich/rclip>): read,
//! never written.
//!
//! Its layout is that of `rclip/db.py` of rclip 3.3.0. `db_version` tells which model made the vectors: until version 2
//! open_clip's `ViT-B-32-quickgelu` with the weights `openai`, since version 3 `ViT-B-32-256` with `datacomp_s34b_b86k`
//! (rclip empties the index between the two).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, ffi, params};

use super::connection::guarded;
use crate::base::escape;

/// The newest version of the tables that is known.
const NEWEST: i64 = 4;
/// The first version whose vectors are those of the model that rclip has now.
const DATACOMP_SINCE: i64 = 3;
/// The first version with the column `indexing`.
const INDEXING_SINCE: i64 = 2;
/// Numbers of a vector.
pub(crate) const RCLIP_DIMENSION: usize = 512;
/// The longest path that is read, in bytes: Linux takes 4,096, other systems up to 32,767 characters.
const LONGEST_PATH: i64 = 100_000;
/// How long to wait while rclip writes.
const BUSY: Duration = Duration::from_secs(5);
/// How SQLite's files begin (<https://sqlite.org/fileformat.html>).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What went wrong with rclip's index. The text names the file.
#[derive(Debug, thiserror::Error)]
#[error("rclip's index '{}' {kind}", escape::path(path))]
pub struct RclipError {
    /// The file.
    pub path: PathBuf,
    /// What happened.
    pub kind: RclipErrorKind,
}

/// What happened to rclip's index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RclipErrorKind {
    /// There is no such file.
    #[error("is not there")]
    Missing,
    /// The file can't be opened.
    #[error("can't be read ({0})")]
    Unreadable(io::Error),
    /// The file is something else.
    #[error("is none: {0}")]
    Foreign(&'static str),
    /// A newer rclip made it.
    #[error("has version {version}, made by a newer rclip (pixseek knows up to {NEWEST})")]
    Newer {
        /// The version of its tables.
        version: i64,
    },
    /// rclip is writing to it.
    #[error("is locked by another program")]
    Busy,
    /// rclip was killed while it wrote, and what it had begun must be taken back first.
    #[error("was left half written")]
    HalfWritten,
    /// The database is broken.
    #[error("is damaged ({0})")]
    Damaged(rusqlite::Error),
    /// SQLite failed in another way.
    #[error("can't be read ({0})")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for RclipErrorKind {
    fn from(error: rusqlite::Error) -> Self {
        match (error.sqlite_error_code(), &error) {
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Busy,
            (_, rusqlite::Error::SqliteFailure(failure, _))
                if failure.extended_code == ffi::SQLITE_READONLY_ROLLBACK =>
            {
                Self::HalfWritten
            }
            (Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt), _) | (None, _) => {
                Self::Damaged(error)
            }
            _ => Self::Sqlite(error),
        }
    }
}

/// The models whose vectors rclip has kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RclipModel {
    /// `ViT-B-32-quickgelu` with OpenAI's weights, until rclip 2.
    OpenAi,
    /// `ViT-B-32-256` with the weights `datacomp_s34b_b86k`.
    DataComp,
}

/// A row of the index, without its vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RclipRow {
    /// The row's number.
    pub id: i64,
    /// The picture's path as rclip knew it, absolute.
    pub path: String,
    /// Modification time in seconds since 1970, rounded as Python rounds it.
    pub modified_at: f64,
    /// Bytes of the file.
    pub size: u64,
    /// Why it does not count for rclip just now.
    pub state: RclipState,
}

/// Whether a row counts for rclip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RclipState {
    /// It does.
    Present,
    /// Its file was gone.
    Deleted,
    /// rclip had begun to look for its file.
    Indexing,
}

/// rclip's index, opened.
#[derive(Debug)]
pub(crate) struct RclipIndex {
    connection: Connection,
    path: PathBuf,
    version: i64,
}

impl RclipIndex {
    /// Opens the index at `path` for reading.
    ///
    /// # Errors
    /// When the file is missing, locked, damaged, another program's, or of a newer rclip.
    pub(crate) fn open(path: &Path) -> Result<Self, RclipError> {
        let failed = |kind| RclipError { path: path.to_owned(), kind };
        let connection = connect(path).map_err(failed)?;
        let version = check(&connection).map_err(failed)?;
        Ok(Self { connection, path: path.to_owned(), version })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The model that made the vectors.
    pub(crate) fn model(&self) -> RclipModel {
        if self.version < DATACOMP_SINCE { RclipModel::OpenAi } else { RclipModel::DataComp }
    }

    /// Calls `each` with every row whose path is text that a path can be. Returns the number of the other rows.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub(crate) fn rows(&self, mut each: impl FnMut(RclipRow)) -> Result<usize, RclipError> {
        let indexing = if self.version < INDEXING_SINCE { "NULL" } else { "indexing" };
        let sql = format!(
            "SELECT id, CASE WHEN typeof(filepath) = 'text' AND length(CAST(filepath AS BLOB)) <= {LONGEST_PATH}
                             THEN filepath END,
                    modified_at, size, deleted IS NOT NULL, {indexing} IS NOT NULL
             FROM images"
        );
        let mut odd = 0;
        self.ask(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let path = match row.get_ref(1)? {
                    ValueRef::Text(bytes) => str::from_utf8(bytes).ok().map(str::to_owned),
                    _ => None,
                };
                // An integer where the seconds have no fraction.
                let modified_at = match row.get_ref(2)? {
                    ValueRef::Integer(seconds) => Some(seconds as f64),
                    ValueRef::Real(seconds) => Some(seconds),
                    _ => None,
                };
                let size = match row.get_ref(3)? {
                    ValueRef::Integer(size) => u64::try_from(size).ok(),
                    _ => None,
                };
                let state = match (row.get(4)?, row.get(5)?) {
                    (true, _) => RclipState::Deleted,
                    (false, true) => RclipState::Indexing,
                    (false, false) => RclipState::Present,
                };
                match (path, modified_at, size) {
                    (Some(path), Some(modified_at), Some(size)) => {
                        each(RclipRow { id: row.get(0)?, path, modified_at, size, state });
                    }
                    _ => odd += 1,
                }
            }
            Ok(())
        })?;
        Ok(odd)
    }

    /// The vector of a row as it is stored, [`RCLIP_DIMENSION`] numbers; none if it is of another length, or the row
    /// has changed since it was read.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub(crate) fn vector(&self, row: &RclipRow) -> Result<Option<Vec<f32>>, RclipError> {
        let length = RCLIP_DIMENSION * size_of::<f32>();
        let bytes: Option<Vec<u8>> = self.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT vector FROM images WHERE id = ?1 AND filepath = ?2 AND modified_at = ?3 AND size = ?4
                 AND deleted IS NULL AND typeof(vector) = 'blob' AND length(vector) = ?5",
            )?;
            let values = params![row.id, row.path, row.modified_at, row.size, length];
            Ok(statement.query_row(values, |row| row.get(0)).optional()?)
        })?;
        let (numbers, rest) = match &bytes {
            Some(bytes) => bytes.as_chunks::<4>(),
            None => return Ok(None),
        };
        debug_assert!(rest.is_empty(), "the query asks for this length");
        Ok(Some(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect()))
    }

    /// Runs statements. Errors get the file's name.
    fn ask<T>(
        &self,
        statements: impl FnOnce(&Connection) -> Result<T, RclipErrorKind>,
    ) -> Result<T, RclipError> {
        statements(&self.connection).map_err(|kind| RclipError { path: self.path.clone(), kind })
    }
}

/// Opens the file for reading, once it is known to be a database at all.
fn connect(path: &Path) -> Result<Connection, RclipErrorKind> {
    let metadata = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => RclipErrorKind::Missing,
        _ => RclipErrorKind::Unreadable(error),
    })?;
    if !metadata.is_file() {
        return Err(RclipErrorKind::Foreign("it is no file"));
    }
    let mut magic = [0; MAGIC.len()];
    match File::open(path).and_then(|mut file| file.read_exact(&mut magic)) {
        Ok(()) if magic == *MAGIC => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(RclipErrorKind::Unreadable(error));
        }
        _ => return Err(RclipErrorKind::Foreign("it is no SQLite database")),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = guarded(Connection::open_with_flags(path, flags)?)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// The version of the tables, once they are known to be rclip's.
fn check(connection: &Connection) -> Result<i64, RclipErrorKind> {
    let is_table = |name: &str| {
        connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ?1)",
            [name],
            |row| row.get::<_, bool>(0),
        )
    };
    if !(is_table("images")? && is_table("db_version")?) {
        return Err(RclipErrorKind::Foreign("it has not the tables of rclip's"));
    }
    let has = |name: &str| {
        connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM pragma_table_info('images') WHERE name = ?1)",
            [name],
            |row| row.get::<_, bool>(0),
        )
    };
    for column in ["id", "deleted", "filepath", "modified_at", "size", "vector"] {
        if !has(column)? {
            return Err(RclipErrorKind::Foreign("it has not the columns of rclip's"));
        }
    }
    // As rclip takes it: without a row it is the first version.
    let version: Option<i64> =
        connection.query_row("SELECT version FROM db_version LIMIT 1", [], |row| row.get(0)).optional()?;
    let version = version.unwrap_or(1);
    match version {
        ..1 => Err(RclipErrorKind::Foreign("its version is none of rclip's")),
        1..=NEWEST if version >= INDEXING_SINCE && !has("indexing")? => {
            Err(RclipErrorKind::Foreign("it has not the columns of rclip's"))
        }
        1..=NEWEST => Ok(version),
        _ => Err(RclipErrorKind::Newer { version }),
    }
}
