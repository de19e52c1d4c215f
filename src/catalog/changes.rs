//! What changed since a reader last looked.

use half::f16;
use rusqlite::{Transaction, params};

use super::damage::DamagedRow;
use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::vector::Stored;
use crate::base::paths::is_relative;

/// A row for the index in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingRow {
    /// The picture's number.
    pub id: i64,
    /// Relative path, as stored.
    pub path: Vec<u8>,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// As stored; none when the picture is gone or has no vector of this model.
    pub vector: Option<Vec<f16>>,
}

/// All pictures that have a vector. The vectors are read in the order in which they lie (a cross join keeps it): looked up
/// one by one, most of their pages would be read several times. A reader that starts from nothing needs no other pictures.
const ALL: &str = "
    SELECT p.id, p.path, p.mtime_ns, 1, e.vector, e.hash, e.checksum, e.id
    FROM embeddings e CROSS JOIN pictures p ON p.hash = e.hash
    WHERE e.model = ?1 AND p.change > ?2 AND p.removed_at IS NULL AND p.error IS NULL";

/// Pictures that changed themselves, and those that only got another vector.
const CHANGED: &str = "
    SELECT p.id, p.path, p.mtime_ns, p.removed_at IS NULL AND p.error IS NULL, e.vector, e.hash, e.checksum, e.id
    FROM pictures p LEFT JOIN embeddings e ON e.model = ?1 AND e.hash = p.hash
    WHERE p.change > ?2
    UNION ALL
    SELECT p.id, p.path, p.mtime_ns, p.removed_at IS NULL AND p.error IS NULL, e.vector, e.hash, e.checksum, e.id
    FROM embeddings e JOIN pictures p ON p.hash = e.hash
    WHERE e.model = ?1 AND e.change > ?2 AND p.change <= ?2";

impl Catalog {
    /// The number of the last committed change, and of the last one that forgot rows for good.
    pub fn last_change(&self) -> Result<(i64, i64), CatalogError> {
        let number = |key| {
            self.ask(|connection| {
                Ok(connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))?)
            })
        };
        Ok((number("change")?, number("pruned")?))
    }

    /// Number of pictures and of vectors of `model` that changed after change number `since`.
    pub fn changed_since(&self, model: i64, since: i64) -> Result<usize, CatalogError> {
        self.ask(|connection| {
            Ok(connection.query_row(
                "SELECT (SELECT count(*) FROM pictures WHERE change > ?2)
                      + (SELECT count(*) FROM embeddings WHERE change > ?2 AND model = ?1)",
                [model, since],
                |row| row.get(0),
            )?)
        })
    }

    /// Hands what changed for `model` after change number `since` (0: everything) to `take`, row by row, and
    /// returns the number to ask with next time. A row without a vector is one to drop; from 0 on, there is none. A picture
    /// whose vector is damaged is as one without; it is warned of, and noted for [`Self::check_vectors`].
    ///
    /// # Errors
    /// Some rows may have been handed over by then.
    pub fn changes(
        &mut self,
        model: i64,
        dimension: usize,
        since: i64,
        take: impl FnMut(EmbeddingRow),
    ) -> Result<i64, CatalogError> {
        // One read transaction, so that the number belongs to the rows.
        let transaction =
            self.connection.transaction().map_err(|error| CatalogError::new(&self.path, error))?;
        let read = read(&transaction, model, dimension, since, take);
        drop(transaction);
        let Read { last, outside, damaged } = read.map_err(|kind| self.error(kind))?;
        self.warn_of_outside(outside);
        self.note_damaged(&damaged);
        Ok(last)
    }
}

/// What was read besides the rows.
struct Read {
    /// The last change number.
    last: i64,
    /// How many pictures were left out since their path leads out of the folder.
    outside: usize,
    /// The vectors that were left out since they are damaged.
    damaged: Vec<DamagedRow>,
}

fn read(
    transaction: &Transaction,
    model: i64,
    dimension: usize,
    since: i64,
    mut take: impl FnMut(EmbeddingRow),
) -> Result<Read, CatalogErrorKind> {
    let (mut outside, mut damaged) = (0, Vec::new());
    let last: i64 =
        transaction.query_row("SELECT value FROM meta WHERE key = 'change'", [], |row| row.get(0))?;
    if last > since {
        let mut statement = transaction.prepare(if since == 0 { ALL } else { CHANGED })?;
        let mut rows = statement.query(params![model, since])?;
        while let Some(row) = rows.next()? {
            let path: Vec<u8> = row.get(1)?;
            let is_inside = is_relative(&path);
            outside += usize::from(!is_inside);
            let is_alive = row.get(3)? && is_inside;
            if since == 0 && !is_alive {
                continue;
            }
            let bytes = row.get_ref(4)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
            let vector = match bytes.filter(|_| is_alive) {
                Some(bytes) => {
                    let hash = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
                    match (Stored { model, hash, bytes, checksum: row.get(6)? }).decode(dimension) {
                        Ok(vector) => Some(vector),
                        Err(reason) => {
                            damaged.push(DamagedRow { id: row.get(7)?, path: Some(path.clone()), reason });
                            None
                        }
                    }
                }
                None => None,
            };
            if since == 0 && vector.is_none() {
                continue;
            }
            take(EmbeddingRow { id: row.get(0)?, path, mtime_ns: row.get(2)?, vector });
        }
    }
    Ok(Read { last, outside, damaged })
}
