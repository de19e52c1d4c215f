//! Writing to the catalogue: one transaction a batch, each with a change number of its own.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::facts::FactsRecord;
use super::pictures::Hash;
use super::vector::{self, Stored};
use super::{facts, filter_facts, texts, thumbprints};
use crate::base::file_id::FileId;
use crate::base::thumbprint::Thumbprint;

/// Finds a row of a file that is gone by its content. SQLite has an index of just these rows.
pub(super) const REMOVED_BY_HASH: &str =
    "SELECT id FROM pictures WHERE hash = ?1 AND removed_at IS NOT NULL ORDER BY id LIMIT 1";

/// What was learnt about one file.
#[derive(Debug, Clone, Default)]
pub struct PictureRecord {
    /// Relative path.
    pub path: Vec<u8>,
    /// Bytes of the file.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// What tells it from another file of that size and time.
    pub file_id: FileId,
    /// None when the file could not be read at all.
    pub hash: Option<Hash>,
    /// Width and height as displayed.
    pub dimensions: Option<(u32, u32)>,
    /// Seconds since 1970.
    pub taken_at: Option<i64>,
    /// The format's name, if it was decoded.
    pub format: Option<String>,
    /// What is wrong with it although it can be searched.
    pub damage: Option<String>,
    /// Why it can't be searched.
    pub error: Option<String>,
    /// The group of errors that `error` belongs to.
    pub error_kind: Option<String>,
    /// Version of the rules that it was decoded by.
    pub decoder: u32,
    /// What the file and its sidecars say; none where they were not read, as of files that can't be.
    pub facts: Option<Box<FactsRecord>>,
    /// The thumbprint of its contents, if they were decoded just now.
    pub thumbprint: Option<Box<Thumbprint>>,
}

/// How a [`PictureRecord`] came into the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A path never seen, or one with other contents than before.
    New,
    /// The same contents at the same path.
    Unchanged,
    /// Contents whose old path is gone: the row with this id now has this path.
    Moved(i64),
}

/// An open write transaction.
pub struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    change: i64,
    /// The catalogue's file.
    path: &'a Path,
}

impl Catalog {
    /// Runs `write` in a transaction: all of it is committed, or nothing.
    ///
    /// # Errors
    /// Also what `write` returns.
    pub fn write<T>(
        &mut self,
        write: impl FnOnce(&Writer) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        let path = &self.path;
        let failed = |error: rusqlite::Error| CatalogError::new(path, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let change = transaction
            .query_row("UPDATE meta SET value = value + 1 WHERE key = 'change' RETURNING value", [], |row| {
                row.get(0)
            })
            .map_err(failed)?;
        let written = write(&Writer { transaction: &transaction, change, path })?;
        transaction.commit().map_err(failed)?;
        Ok(written)
    }
}

impl Writer<'_> {
    /// Marks pictures as gone; their vectors stay for when the contents come back. Returns how many
    /// were still there.
    pub fn remove(&self, ids: &[i64], now: i64) -> Result<usize, CatalogError> {
        self.run(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE pictures SET removed_at = ?2, change = ?3 WHERE id = ?1 AND removed_at IS NULL",
            )?;
            ids.iter()
                .try_fold(0, |removed, id| Ok(removed + statement.execute(params![id, now, self.change])?))
        })
    }

    /// Takes back that pictures, by id and relative path, are gone: their files are where they were. Returns how many were
    /// marked as gone and have that path.
    pub fn restore(&self, pictures: &[(i64, Vec<u8>)]) -> Result<usize, CatalogError> {
        self.run(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE pictures SET removed_at = NULL, change = ?3
                 WHERE id = ?1 AND path = ?2 AND removed_at IS NOT NULL",
            )?;
            pictures.iter().try_fold(0, |restored, (id, path)| {
                Ok(restored + statement.execute(params![id, path, self.change])?)
            })
        })
    }

    /// Enters or updates one picture.
    pub fn record(&self, record: &PictureRecord) -> Result<Recorded, CatalogError> {
        self.run(|_| self.try_record(record))
    }

    /// Enters or replaces the vector of some contents, which were decoded by the rules of version `decoder`.
    pub fn embedding(
        &self,
        model: i64,
        hash: Hash,
        embedding: &[f32],
        decoder: u32,
    ) -> Result<(), CatalogError> {
        let bytes = vector::encode(embedding);
        let checksum = Stored { model, hash: &hash, bytes: &bytes, checksum: None }.checksum();
        self.run(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO embeddings (model, hash, vector, change, decoder, checksum)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (model, hash) DO UPDATE SET vector = ?3, change = ?4, decoder = ?5, checksum = ?6",
                )?
                .execute(params![model, hash, bytes, self.change, decoder, checksum])?;
            Ok(())
        })
    }

    /// Enters or replaces what the file of a picture, which has this path, and its sidecars say.
    pub fn facts(&self, picture: i64, path: &[u8], record: &FactsRecord) -> Result<(), CatalogError> {
        self.run(|transaction| {
            filter_facts::note_reread(transaction, self.change)?;
            Ok(facts::put(transaction, picture, path, record)?)
        })
    }

    /// Forgets pictures that were removed before `before` (seconds since 1970), and vectors that no
    /// picture has any more. Returns how many pictures.
    pub fn prune(&self, before: i64) -> Result<usize, CatalogError> {
        self.run(|transaction| {
            let forgotten = transaction
                .execute("DELETE FROM pictures WHERE removed_at IS NOT NULL AND removed_at <= ?1", [before])?;
            if forgotten > 0 {
                facts::prune(transaction)?;
            }
            let vectors = transaction.execute(
                "DELETE FROM embeddings WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = embeddings.hash)",
                [],
            )?;
            thumbprints::prune(transaction)?;
            texts::prune(transaction)?;
            if forgotten + vectors > 0 {
                self.forgot()?;
            }
            Ok(forgotten)
        })
    }

    /// Runs statements. Errors get the file's name.
    fn run<T>(
        &self,
        statements: impl FnOnce(&Transaction) -> Result<T, CatalogErrorKind>,
    ) -> Result<T, CatalogError> {
        statements(self.transaction).map_err(|kind| CatalogError::new(self.path, kind))
    }

    fn try_record(&self, record: &PictureRecord) -> Result<Recorded, CatalogErrorKind> {
        let at_path: Option<(i64, Option<Hash>, bool)> = self
            .transaction
            .prepare_cached("SELECT id, hash, removed_at IS NULL FROM pictures WHERE path = ?1")?
            .query_row([&record.path], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let (id, outcome) = match (at_path, record.hash) {
            (Some((id, hash, true)), _) if hash == record.hash => (Some(id), Recorded::Unchanged),
            (Some((id, _, true)), _) => (Some(id), Recorded::New),
            (gone, hash) => match self.find_removed(hash)? {
                Some(id) => {
                    if let Some((stale, ..)) = gone.filter(|&(stale, ..)| stale != id) {
                        self.transaction.execute("DELETE FROM pictures WHERE id = ?1", [stale])?;
                        facts::remove(self.transaction, stale)?;
                        // Readers that still have it are not told that it went: they have to start over.
                        self.forgot()?;
                    }
                    (Some(id), Recorded::Moved(id))
                }
                None => (gone.map(|(id, ..)| id), Recorded::New),
            },
        };
        let (width, height) = record.dimensions.unzip();
        let id: i64 = self
            .transaction
            .prepare_cached(
                "INSERT INTO pictures (id, path, size, mtime_ns, hash, width, height, taken_at, error, change,
                                       ctime_ns, inode, format, decoder, damage, error_kind)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (id) DO UPDATE SET path = ?2, size = ?3, mtime_ns = ?4, hash = ?5,
                     width = ?6, height = ?7, taken_at = ?8, error = ?9, removed_at = NULL, change = ?10,
                     ctime_ns = ?11, inode = ?12, format = ?13, decoder = ?14, damage = ?15, error_kind = ?16
                 RETURNING id",
            )?
            .query_row(
                params![
                id,
                record.path,
                record.size,
                record.mtime_ns,
                record.hash,
                width,
                height,
                record.taken_at,
                record.error,
                self.change,
                record.file_id.ctime_ns,
                record.file_id.inode,
                record.format,
                record.decoder,
                record.damage,
                record.error_kind,
            ], |row| row.get(0))?;
        if let (Some(hash), Some(print)) = (record.hash, &record.thumbprint) {
            thumbprints::put(self.transaction, hash, Some(print))?;
        }
        match &record.facts {
            Some(record_of_facts) => facts::put(self.transaction, id, &record.path, record_of_facts)?,
            None => facts::remove(self.transaction, id)?,
        }
        Ok(outcome)
    }

    fn find_removed(&self, hash: Option<Hash>) -> rusqlite::Result<Option<i64>> {
        let Some(hash) = hash else { return Ok(None) };
        self.transaction.prepare_cached(REMOVED_BY_HASH)?.query_row([hash], |row| row.get(0)).optional()
    }

    /// Notes that rows were deleted rather than marked as gone.
    fn forgot(&self) -> rusqlite::Result<()> {
        self.transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'pruned'", [self.change])?;
        Ok(())
    }
}
