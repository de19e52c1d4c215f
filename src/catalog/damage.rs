//! Vectors that are not what was written: noticed when they are read, and given up so that they are made anew.
//!
//! A reader leaves a damaged vector out, warns of it and notes its row. The next run that writes looks at the rows that were
//! noted and at some others in turn, deletes those that are damaged, and so finds their pictures without a vector. Rows of
//! before there were checksums get theirs then.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::migrations;
use super::pictures::Hash;
use super::vector::{Stored, VectorError};
use crate::base::{causes, escape, paths};

/// A row of `embeddings` whose vector is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// The number of the row.
    pub id: i64,
    /// The relative path of a picture that has the contents; none if there is none any more.
    pub path: Option<Vec<u8>>,
    /// What is wrong with it.
    pub reason: VectorError,
}

/// What a look at all vectors found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VectorsChecked {
    /// Number of vectors, of all models.
    pub vectors: usize,
    /// Number of those that have no checksum yet.
    pub without_checksum: usize,
    /// The vectors that are damaged.
    pub damaged: Vec<DamagedRow>,
}

/// Rows that get their checksums in one transaction: some 4 MB.
const SEALED_AT_ONCE: usize = 4096;

/// Names in a warning.
const NAMES: usize = 3;

/// A row that is deleted, with the number of its model and its contents.
type GivenUp = ((i64, Hash), DamagedRow);

/// The columns of [`check`], with the dimension of the model last.
const ROWS: &str = "SELECT e.id, e.model, e.hash, e.vector, e.checksum, m.dimension
     FROM embeddings e LEFT JOIN models m ON m.key = e.model";

impl Catalog {
    /// Looks at the rows that readers found damaged and at `most` others, from where the last call stopped. Those that are
    /// damaged are deleted, and returned: their model's number and their contents. Rows without a checksum get one, all of
    /// them, unless `cancel` turns true.
    ///
    /// # Errors
    /// When the catalogue can't be read or written.
    pub fn check_vectors(
        &mut self,
        most: usize,
        cancel: &AtomicBool,
    ) -> Result<Vec<(i64, Hash)>, CatalogError> {
        // Older tables that can't be written look like present ones, and have no checksums.
        if self.ask(|connection| Ok(migrations::version(connection)?))? != migrations::VERSION {
            return Ok(Vec::new());
        }
        let mut damaged = self.seal(cancel)?;
        let after = self.checked_vectors()?;
        let noted = self.damaged_vectors()?;
        let (bad, next) = self.ask(|connection| {
            let mut bad = Vec::new();
            let mut one = connection.prepare_cached(&format!("{ROWS} WHERE e.id = ?1"))?;
            for row in &noted {
                if let Some(Err(_)) = one.query_row([row], check).optional()? {
                    bad.push(*row);
                }
            }
            let mut some =
                connection.prepare_cached(&format!("{ROWS} WHERE e.id > ?1 ORDER BY e.id LIMIT ?2"))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut rows = some.query([after, most])?;
            let (mut count, mut last) = (0, 0);
            while let Some(row) = rows.next()? {
                (count, last) = (count + 1, row.get(0)?);
                if check(row)?.is_err() && !bad.contains(&last) {
                    bad.push(last);
                }
            }
            // After the last one it begins anew.
            Ok((bad, if count == most { last } else { 0 }))
        })?;
        if !bad.is_empty() {
            damaged.extend(self.in_transaction(|transaction| delete(transaction, &bad))?);
        }
        self.set_damaged_vectors(&[])?;
        self.set_checked_vectors(next)?;
        let rows: Vec<DamagedRow> = damaged.iter().map(|(_, row)| row.clone()).collect();
        self.warn_of_damaged(&rows, "made anew where the picture is still there");
        Ok(damaged.into_iter().map(|(of, _)| of).collect())
    }

    /// Looks at all vectors, and changes nothing.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn verify_vectors(&self) -> Result<VectorsChecked, CatalogError> {
        self.ask(|connection| {
            let mut found = VectorsChecked::default();
            let mut statement = connection.prepare(ROWS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.vectors += 1;
                found.without_checksum += usize::from(row.get::<_, Option<i64>>(4)?.is_none());
                if let Err(reason) = check(row)? {
                    let hash: Option<Hash> = row.get(2).ok();
                    let path = hash.map(|hash| path_of(connection, hash)).transpose()?.flatten();
                    found.damaged.push(DamagedRow { id: row.get(0)?, path, reason });
                }
            }
            Ok(found)
        })
    }

    /// Warns of vectors that were left out since they are damaged, and notes them for the next run. That they can't be noted
    /// is no reason to stop: a run that writes comes by them in time.
    pub(super) fn note_damaged(&self, damaged: &[DamagedRow]) {
        if damaged.is_empty() {
            return;
        }
        self.warn_of_damaged(damaged, "left out until the folder is indexed again");
        if self.is_readonly() {
            return;
        }
        let noted = self.damaged_vectors().and_then(|known| {
            let mut rows: BTreeSet<i64> = known.into_iter().collect();
            rows.extend(damaged.iter().map(|row| row.id));
            self.set_damaged_vectors(&rows.into_iter().collect::<Vec<_>>())
        });
        if let Err(error) = noted {
            tracing::info!("{}", causes::in_words(&error));
        }
    }

    /// Warns of each damaged row once for every way in which it is dealt with.
    fn warn_of_damaged(&self, damaged: &[DamagedRow], dealt_with: &'static str) {
        static WARNED: Mutex<BTreeSet<(PathBuf, i64, &'static str)>> = Mutex::new(BTreeSet::new());
        let mut warned = WARNED.lock();
        let is_new = |row: &&DamagedRow| warned.insert((self.path.clone(), row.id, dealt_with));
        let rows: Vec<&DamagedRow> = damaged.iter().filter(is_new).collect();
        let Some(first) = rows.first() else { return };
        let names: Vec<String> = rows
            .iter()
            .filter_map(|row| row.path.as_deref())
            .take(NAMES)
            .map(|path| format!("'{}'", escape::path(&paths::from_bytes(path))))
            .collect();
        let more = rows.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (count, catalog) = (rows.len(), escape::path(&self.path));
        let (vectors, are) = if count == 1 { ("vector is", "is") } else { ("vectors are", "are") };
        tracing::warn!(
            "catalogue '{catalog}': {count} {vectors} damaged ({}) and {are} {dealt_with}: {}{more}",
            first.reason,
            names.join(", ")
        );
    }

    /// Gives rows without a checksum theirs. Those that can't be what was written are deleted, and returned.
    fn seal(&mut self, cancel: &AtomicBool) -> Result<Vec<GivenUp>, CatalogError> {
        let mut damaged = Vec::new();
        let is_left = |catalog: &Self| {
            catalog.ask(|connection| {
                Ok(connection.query_row(
                    "SELECT EXISTS (SELECT 1 FROM embeddings WHERE checksum IS NULL)",
                    [],
                    |row| row.get::<_, bool>(0),
                )?)
            })
        };
        while is_left(self)? && !cancel.load(Ordering::Relaxed) {
            damaged.extend(self.in_transaction(seal_some)?);
        }
        Ok(damaged)
    }
}

/// What is wrong with a row of [`ROWS`]. Columns that a flipped bit made something else are damage, too.
fn check(row: &Row<'_>) -> rusqlite::Result<Result<(), VectorError>> {
    let blob = |column| row.get_ref(column).map(|value| value.as_blob().unwrap_or_default());
    let stored = Stored { model: row.get(1)?, hash: blob(2)?, bytes: blob(3)?, checksum: row.get(4)? };
    let dimension: usize = row.get::<_, Option<usize>>(5)?.unwrap_or(0);
    Ok(match stored.checksum {
        Some(_) => stored.decode(dimension).map(drop),
        None => stored.check_plausible(dimension),
    })
}

/// Deletes those of these rows that are damaged now: another process may have replaced some. The model, the contents and
/// what was wrong with each are returned.
fn delete(transaction: &Transaction, ids: &[i64]) -> Result<Vec<GivenUp>, CatalogErrorKind> {
    let mut one = transaction.prepare_cached(&format!("{ROWS} WHERE e.id = ?1"))?;
    let mut damaged = Vec::new();
    for &id in ids {
        let found = one
            .query_row([id], |row| Ok((check(row)?, row.get(1)?, row.get::<_, Hash>(2).unwrap_or_default())))
            .optional()?;
        let Some((Err(reason), model, hash)) = found else { continue };
        transaction.prepare_cached("DELETE FROM embeddings WHERE id = ?1")?.execute([id])?;
        damaged.push(((model, hash), DamagedRow { id, path: path_of(transaction, hash)?, reason }));
    }
    Ok(damaged)
}

/// Gives the first rows without a checksum theirs, as [`Catalog::seal`].
fn seal_some(transaction: &Transaction) -> Result<Vec<GivenUp>, CatalogErrorKind> {
    let mut bad = Vec::new();
    let mut sums = Vec::with_capacity(SEALED_AT_ONCE);
    {
        let mut statement = transaction.prepare_cached(&format!(
            "{ROWS} WHERE e.checksum IS NULL ORDER BY e.id LIMIT {SEALED_AT_ONCE}"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            if check(row)?.is_err() {
                bad.push(id);
                continue;
            }
            let blob = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_blob()?);
            let stored = Stored { model: row.get(1)?, hash: blob(2)?, bytes: blob(3)?, checksum: None };
            sums.push((id, stored.checksum()));
        }
    }
    let mut update = transaction.prepare_cached("UPDATE embeddings SET checksum = ?2 WHERE id = ?1")?;
    for (id, checksum) in sums {
        update.execute([id, checksum])?;
    }
    delete(transaction, &bad)
}

/// The path of a picture that has these contents, if there is one.
fn path_of(connection: &Connection, hash: Hash) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(
            "SELECT path FROM pictures WHERE hash = ?1 AND removed_at IS NULL ORDER BY path LIMIT 1",
        )?
        .query_row([hash], |row| row.get(0))
        .optional()
}
