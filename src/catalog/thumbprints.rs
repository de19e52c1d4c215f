//! Thumbprints, by which copies of pictures are recognised. As vectors, they belong to contents.

use rusqlite::{Transaction, params};

use super::database::Catalog;
use super::error::CatalogError;
use super::pictures::{ContentsAndPath, Hash, contents_under, is_under};
use crate::base::paths::is_relative;
use crate::base::thumbprint::{THUMBPRINT_VERSION, Thumbprint};

/// What tells which pictures look alike, and which of them is the best.
#[derive(Debug, Clone, PartialEq)]
pub struct LookRow {
    /// The picture's number.
    pub id: i64,
    /// Relative path.
    pub path: Vec<u8>,
    /// Bytes of the file.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Width and height in pixels, as displayed.
    pub dimensions: Option<(u32, u32)>,
    /// When the picture was taken, or its file modified, in seconds since 1970 as if local time were UTC.
    pub taken: Option<i64>,
    /// The contents.
    pub hash: Hash,
    /// Their thumbprint; none where it was not made yet, or could not be.
    pub thumbprint: Option<Thumbprint>,
}

const LOOKS: &str = "
    SELECT p.id, p.path, p.size, p.mtime_ns, p.width, p.height, f.taken, p.hash, t.print
    FROM pictures p LEFT JOIN facts f ON f.picture = p.id
    LEFT JOIN thumbprints t ON t.hash = p.hash AND t.version = ?1
    WHERE p.removed_at IS NULL AND p.error IS NULL AND p.hash IS NOT NULL";

impl Catalog {
    /// Contents of readable pictures under `prefix` (empty: all) of which no thumbprint of the present version was ever
    /// tried, each with one of its paths, in the order of these; and the number of the last change that this knows.
    pub fn without_thumbprint(&self, prefix: &[u8]) -> Result<(Vec<ContentsAndPath>, i64), CatalogError> {
        let since = self.thumbprinted()?;
        let (last, _) = self.last_change()?;
        if since == last {
            return Ok((Vec::new(), last));
        }
        let contents = self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT hash, path FROM pictures p
                 WHERE change > ?1 AND removed_at IS NULL AND error IS NULL AND hash IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM thumbprints t WHERE t.hash = p.hash AND version = ?2)
                 ORDER BY path",
            )?;
            contents_under(statement.query(params![since, THUMBPRINT_VERSION])?, prefix)
        })?;
        Ok((contents, last))
    }

    /// Notes thumbprints, or that there can be none, of contents. All or nothing is noted.
    pub fn note_thumbprints(&mut self, prints: &[(Hash, Option<Thumbprint>)]) -> Result<(), CatalogError> {
        self.in_transaction(|transaction| {
            Ok(prints.iter().try_for_each(|(hash, print)| put(transaction, *hash, print.as_ref()))?)
        })
    }

    /// A number that grows with every thumbprint that is written; 0 without any.
    pub fn last_thumbprint(&self) -> Result<i64, CatalogError> {
        self.ask(|connection| {
            Ok(connection.query_row("SELECT coalesce(max(id), 0) FROM thumbprints", [], |row| row.get(0))?)
        })
    }

    /// The readable pictures under `prefix` (empty: all) with what tells which of them look alike, in no order.
    pub fn looks(&self, prefix: &[u8]) -> Result<Vec<LookRow>, CatalogError> {
        let mut outside = 0;
        let looks = self.ask(|connection| {
            let mut statement = connection.prepare(LOOKS)?;
            let mut rows = statement.query([THUMBPRINT_VERSION])?;
            let mut looks = Vec::new();
            while let Some(row) = rows.next()? {
                let path: Vec<u8> = row.get(1)?;
                let is_inside = is_relative(&path);
                outside += usize::from(!is_inside);
                if !is_inside || !is_under(&path, prefix) {
                    continue;
                }
                let width: Option<u32> = row.get(4)?;
                let print = row.get_ref(8)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
                looks.push(LookRow {
                    id: row.get(0)?,
                    path,
                    size: row.get::<_, i64>(2)?.try_into().unwrap_or(0),
                    mtime_ns: row.get(3)?,
                    dimensions: width.zip(row.get(5)?),
                    taken: row.get(6)?,
                    hash: row.get(7)?,
                    // One of another length is as good as none.
                    thumbprint: print.and_then(Thumbprint::from_bytes),
                });
            }
            Ok(looks)
        })?;
        self.warn_of_outside(outside);
        Ok(looks)
    }
}

/// Enters or replaces the thumbprint of contents, or that there can be none.
pub(super) fn put(transaction: &Transaction, hash: Hash, print: Option<&Thumbprint>) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO thumbprints (hash, version, print) VALUES (?1, ?2, ?3)")?
        .execute(params![hash, THUMBPRINT_VERSION, print.map(|print| print.0)])?;
    Ok(())
}

/// Forgets the thumbprints of contents that no picture has any more.
pub(super) fn prune(transaction: &Transaction) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM thumbprints WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = thumbprints.hash)",
        [],
    )?;
    Ok(())
}
