//! What the catalogue knows of pictures.

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;

use rusqlite::{OptionalExtension, Rows, params};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use crate::base::file_id::FileId;
use crate::base::paths::{is_relative, mtime_ns};

/// BLAKE3 of a file's bytes.
pub(crate) type Hash = [u8; 32];

/// A picture as the catalogue knows it, without its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The picture's number, which stays when its file moves.
    pub id: i64,
    /// Bytes of the file.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// What tells it from another file of that size and time.
    pub file_id: FileId,
    /// None when the file could not be read at all.
    pub hash: Option<Hash>,
    /// Why it could not be read, last time.
    pub error: Option<String>,
    /// The group of errors that `error` belongs to.
    pub error_kind: Option<String>,
    /// It is searchable, but only a part of the picture is there.
    pub damaged: bool,
    /// Version of the rules that it was decoded by.
    pub decoder: u32,
    /// The file was gone at the last look.
    pub removed: bool,
}

/// What decoding a picture tells besides its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInfo {
    /// Width and height in pixels, as displayed.
    pub dimensions: (u32, u32),
    /// Time of capture, in seconds since 1970.
    pub taken_at: Option<i64>,
    /// The format's name; none in rows of before it was noted.
    pub format: Option<String>,
    /// What is wrong with the file when only a part of the picture is there.
    pub damage: Option<String>,
}

/// A picture that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Relative path.
    pub path: Vec<u8>,
    /// What is wrong.
    pub reason: String,
    /// The group of errors that the reason belongs to; none in rows of before it was noted.
    pub kind: Option<String>,
    /// It can be searched all the same: a part of the picture is there.
    pub searchable: bool,
}

/// Counts for `status` and summaries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Searchable pictures.
    pub pictures: usize,
    /// Unreadable pictures.
    pub failed: usize,
    /// Searchable pictures of which only a part is there.
    pub damaged: usize,
}

impl Catalog {
    /// Every picture under `prefix` (empty: all), removed ones too, by relative path.
    pub fn known(&self, prefix: &[u8]) -> Result<HashMap<Vec<u8>, CatalogEntry>, CatalogError> {
        let (mut known, mut outside) = (HashMap::new(), 0);
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT path, id, size, mtime_ns, hash, error, removed_at IS NOT NULL, ctime_ns, inode, decoder,
                        damage IS NOT NULL, error_kind
                 FROM pictures",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let path = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                if !is_relative(path) {
                    outside += 1;
                } else if is_under(path, prefix) {
                    let entry = CatalogEntry {
                        id: row.get(1)?,
                        size: row.get(2)?,
                        mtime_ns: row.get(3)?,
                        hash: row.get(4)?,
                        error: row.get(5)?,
                        removed: row.get(6)?,
                        file_id: FileId { ctime_ns: row.get(7)?, inode: row.get(8)? },
                        decoder: row.get(9)?,
                        damaged: row.get(10)?,
                        error_kind: row.get(11)?,
                    };
                    known.insert(path.to_owned(), entry);
                }
            }
            Ok(())
        })?;
        self.warn_of_outside(outside);
        Ok(known)
    }

    /// The ids of all pictures, removed ones too.
    pub fn ids(&self) -> Result<HashSet<i64>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare("SELECT id FROM pictures")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The id of the picture at `path` if the file still has the size and time it was read with.
    pub fn unchanged(&self, path: &[u8], metadata: &Metadata) -> Result<Option<i64>, CatalogError> {
        self.ask(|connection| {
            Ok(connection
                .query_row(
                    "SELECT id FROM pictures WHERE path = ?1 AND size = ?2 AND mtime_ns = ?3 AND removed_at IS NULL",
                    params![path, metadata.len(), mtime_ns(metadata)],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// What is known of contents that were decoded before, perhaps under another name.
    pub fn image_info(&self, hash: Hash) -> Result<Option<ImageInfo>, CatalogError> {
        self.ask(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT width, height, taken_at, format, damage FROM pictures
                     WHERE hash = ?1 AND width IS NOT NULL ORDER BY decoder DESC LIMIT 1",
                )?
                .query_row([hash], |row| {
                    Ok(ImageInfo {
                        dimensions: (row.get(0)?, row.get(1)?),
                        taken_at: row.get(2)?,
                        format: row.get(3)?,
                        damage: row.get(4)?,
                    })
                })
                .optional()?)
        })
    }

    /// Searchable and unreadable pictures under `prefix` for `model`.
    pub fn counts(&self, model: Option<i64>, prefix: &[u8]) -> Result<Counts, CatalogError> {
        let (mut counts, mut outside) = (Counts::default(), 0);
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT p.path, p.error IS NOT NULL, EXISTS (
                     SELECT 1 FROM embeddings e WHERE e.model = ?1 AND e.hash = p.hash), p.damage IS NOT NULL
                 FROM pictures p WHERE p.removed_at IS NULL",
            )?;
            let mut rows = statement.query([model])?;
            while let Some(row) = rows.next()? {
                let path = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                if !is_relative(path) {
                    outside += 1;
                } else if is_under(path, prefix) {
                    let failed: bool = row.get(1)?;
                    counts.failed += usize::from(failed);
                    let searchable = !failed && row.get(2)?;
                    counts.pictures += usize::from(searchable);
                    counts.damaged += usize::from(searchable && row.get(3)?);
                }
            }
            Ok(())
        })?;
        self.warn_of_outside(outside);
        Ok(counts)
    }

    /// Unreadable and damaged pictures under `prefix`, by path.
    pub fn failures(&self, prefix: &[u8]) -> Result<Vec<Failure>, CatalogError> {
        let mut failures: Vec<Failure> = self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT path, coalesce(error, damage), error_kind, error IS NULL FROM pictures
                 WHERE coalesce(error, damage) IS NOT NULL AND removed_at IS NULL ORDER BY path",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Failure {
                    path: row.get(0)?,
                    reason: row.get(1)?,
                    kind: row.get(2)?,
                    searchable: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        let all = failures.len();
        failures.retain(|failure| is_relative(&failure.path));
        self.warn_of_outside(all - failures.len());
        failures.retain(|failure| is_under(&failure.path, prefix));
        Ok(failures)
    }

    /// Whether `Writer::prune` would forget anything: mostly not, and then readers need not look for what changed.
    pub fn is_prunable(&self, before: i64) -> Result<bool, CatalogError> {
        self.ask(|connection| {
            Ok(connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM pictures WHERE removed_at IS NOT NULL AND removed_at <= ?1)
                 OR EXISTS (SELECT 1 FROM embeddings e WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = e.hash))",
                [before],
                |row| row.get(0),
            )?)
        })
    }
}

/// Contents, with one of their paths.
pub(super) type ContentsAndPath = (Hash, Vec<u8>);

/// The contents of rows of (hash, path) that lie under `prefix` (empty: all), each once, in the order of the rows.
pub(super) fn contents_under(
    mut rows: Rows<'_>,
    prefix: &[u8],
) -> Result<Vec<ContentsAndPath>, CatalogErrorKind> {
    let (mut contents, mut seen) = (Vec::new(), HashSet::new());
    while let Some(row) = rows.next()? {
        let (hash, path): ContentsAndPath = (row.get(0)?, row.get(1)?);
        if is_relative(&path) && is_under(&path, prefix) && seen.insert(hash) {
            contents.push((hash, path));
        }
    }
    Ok(contents)
}

/// Whether a stored path lies in the folder `prefix` (empty: the root).
pub(crate) fn is_under(path: &[u8], prefix: &[u8]) -> bool {
    prefix.is_empty() || (path.starts_with(prefix) && path.get(prefix.len()) == Some(&b'/'))
}
