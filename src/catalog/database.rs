//! The SQLite catalogue: the truth about a collection. One [`Catalog`] is one connection; several
//! processes may have one each.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use half::f16;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use super::open::{self, beside, explain};
use super::vector;
use super::walk_options::WalkOptions;
use crate::base::model_key::{ModelKey, Precision, UnknownPrecision};
use crate::base::paths::{self, is_relative, mtime_ns};

/// A picture as the catalogue knows it, without its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    pub id: i64,
    pub size: u64,
    pub mtime_ns: i64,
    pub hash: Option<Hash>,
    /// Why it could not be read, last time.
    pub error: Option<String>,
    /// The file was gone at the last look.
    pub removed: bool,
}

/// What decoding a picture tells besides its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageInfo {
    /// Width and height in pixels, as displayed.
    pub dimensions: (u32, u32),
    /// Time of capture, in seconds since 1970.
    pub taken_at: Option<i64>,
}

/// BLAKE3 of a file's bytes.
pub type Hash = [u8; 32];

/// A row for the in-memory index.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingRow {
    pub id: i64,
    /// Relative path, as stored.
    pub path: Vec<u8>,
    pub mtime_ns: i64,
    /// As stored; none when the picture is gone or has no vector of this model.
    pub vector: Option<Vec<f16>>,
}

/// Counts for `status` and summaries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Searchable pictures.
    pub pictures: usize,
    /// Unreadable ones.
    pub failed: usize,
}

/// The name of the setting that has the precision which vectors of a model were last made with.
fn precision_of(model: &str) -> String {
    format!("precision of {model}")
}

/// The pictures that are searchable with a model, by path.
const SEARCHABLE: &str = "FROM pictures p JOIN embeddings e ON e.model = ?1 AND e.hash = p.hash
     WHERE p.removed_at IS NULL AND p.error IS NULL ORDER BY p.path";

/// One connection to the catalogue.
pub struct Catalog {
    pub(super) connection: Connection,
    path: PathBuf,
}

impl Catalog {
    /// Opens the catalogue at `path`, making it if `create`.
    ///
    /// # Errors
    /// When it can't be opened or written, is damaged, or was made by a newer pixseek; the text names
    /// the file and the way out.
    pub fn open(path: &Path, create: bool) -> Result<Self> {
        let connection = open::connect(path, create).map_err(|error| explain(error, path))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has everything that was committed written into the file itself.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn flush(&self) -> Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| explain(error.into(), &self.path))
    }

    /// Bytes on disk, the write-ahead log included.
    pub fn bytes(&self) -> u64 {
        [self.path.clone(), beside(&self.path, "-wal")]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|meta| meta.len())
            .sum()
    }

    /// A remembered setting of the collection.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(self
            .connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
            .optional()?)
    }

    /// Remembers a setting of the collection.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        if self.setting(key)?.as_deref() != Some(value) {
            self.connection
                .execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [key, value])
                .map_err(|error| explain(error.into(), &self.path))?;
        }
        Ok(())
    }

    /// Forgets a setting, if it still has this value.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn forget_setting(&self, key: &str, value: &str) -> Result<()> {
        self.connection
            .execute("DELETE FROM meta WHERE key = ?1 AND value = ?2", [key, value])
            .map_err(|error| explain(error.into(), &self.path))?;
        Ok(())
    }

    /// How the folder was walked last time.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn walk_options(&self) -> Result<WalkOptions> {
        Ok(match self.setting("walk")? {
            Some(text) => serde_json::from_str(&text).context("remembered walk flags")?,
            None => WalkOptions::default(),
        })
    }

    /// Remembers how the folder is walked.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn set_walk_options(&self, options: &WalkOptions) -> Result<()> {
        self.set_setting("walk", &serde_json::to_string(options)?)
    }

    /// The model this collection was last indexed with.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn last_model(&self) -> Result<Option<String>> {
        self.setting("model")
    }

    /// The precision of the vectors that a model's were last indexed with, if there are any.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn last_precision(&self, id: &str) -> Result<Option<Precision>> {
        if let Some(own) = self.setting(&precision_of(id))? {
            return Ok(Some(own.parse()?));
        }
        if self.last_model()?.as_deref() != Some(id) {
            return Ok(self.newest_key(id, None)?.map(|key| key.precision));
        }
        // Catalogues of before there was a choice have no such setting.
        let name = self.setting("precision")?;
        Ok(Some(name.map_or(Ok(Precision::F32), |name| name.parse())?))
    }

    /// Remembers what was indexed, of the collection or only of a part (`is_whole` is false): then nothing that is
    /// remembered changes. With `keep_model`, only the precision is remembered, for the next time with this model.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn remember_run(&self, key: &ModelKey, is_whole: bool, keep_model: bool) -> Result<()> {
        let setting = precision_of(&key.id);
        match keep_model {
            true if is_whole || self.setting(&setting)?.is_none() => {
                self.set_setting(&setting, key.precision.as_str())
            }
            false if is_whole || self.last_model()?.is_none() => self.remember_model(key),
            _ => Ok(()),
        }
    }

    /// Remembers what the collection is searched with.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn remember_model(&self, key: &ModelKey) -> Result<()> {
        self.set_setting(&precision_of(&key.id), key.precision.as_str())?;
        let known = (self.last_model()?, self.setting("precision")?);
        if known != (Some(key.id.clone()), Some(key.precision.to_string())) {
            self.connection
                .execute(
                    "INSERT OR REPLACE INTO meta VALUES ('model', ?1), ('precision', ?2)",
                    [&key.id, key.precision.as_str()],
                )
                .map_err(|error| explain(error.into(), &self.path))?;
        }
        Ok(())
    }

    /// The row number of a model, if the catalogue has heard of it.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn find_model(&self, key: &ModelKey) -> Result<Option<i64>> {
        Ok(self
            .connection
            .query_row(
                "SELECT key FROM models WHERE id = ?1 AND revision = ?2 AND precision = ?3 AND dimension = ?4",
                params![key.id, key.revision, key.precision.as_str(), key.dimension],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// The key of the newest vectors of the model with this id, in this precision if one is given.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn newest_key(&self, id: &str, precision: Option<Precision>) -> Result<Option<ModelKey>> {
        Ok(self
            .connection
            .query_row(
                "SELECT id, revision, precision, dimension FROM models WHERE id = ?1 AND (?2 IS NULL OR precision = ?2)
                 ORDER BY EXISTS (SELECT 1 FROM embeddings WHERE model = key) DESC, key DESC LIMIT 1",
                params![id, precision.map(Precision::as_str)],
                model_key,
            )
            .optional()?)
    }

    /// The keys of all models that the folder was indexed with, each with whether there are vectors of it: those of which
    /// there are come first, and among them the one that was entered last.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn keys(&self) -> Result<Vec<(ModelKey, bool)>> {
        let mut statement = self.connection.prepare(
            "SELECT id, revision, precision, dimension, EXISTS (SELECT 1 FROM embeddings WHERE model = key) AS filled
             FROM models ORDER BY filled DESC, key DESC",
        )?;
        let keys = statement.query_map([], |row| Ok((model_key(row)?, row.get(4)?)))?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    /// The row number of a model, entered if it is new.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn model(&self, key: &ModelKey) -> Result<i64> {
        if let Some(model) = self.find_model(key)? {
            return Ok(model);
        }
        self.connection
            .execute(
                "INSERT OR IGNORE INTO models (id, revision, precision, dimension) VALUES (?1, ?2, ?3, ?4)",
                params![key.id, key.revision, key.precision.as_str(), key.dimension],
            )
            .map_err(|error| explain(error.into(), &self.path))?;
        self.find_model(key)?.ok_or_else(|| {
            anyhow!(
                "model '{}' changed its dimension: its vectors in '{}' can't be used",
                key.id,
                paths::display(&self.path)
            )
        })
    }

    /// The id of the picture at `path` if the file still has the size and time it was read with.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn unchanged(&self, path: &[u8], metadata: &Metadata) -> Result<Option<i64>> {
        Ok(self
            .connection
            .query_row(
                "SELECT id FROM pictures WHERE path = ?1 AND size = ?2 AND mtime_ns = ?3 AND removed_at IS NULL",
                params![path, metadata.len(), mtime_ns(metadata)],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// Every picture under `prefix` (empty: all), removed ones too, by relative path. Here and in every other answer,
    /// pictures whose path leads out of the folder are left out.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn known(&self, prefix: &[u8]) -> Result<HashMap<Vec<u8>, CatalogEntry>> {
        let mut statement = self
            .connection
            .prepare("SELECT path, id, size, mtime_ns, hash, error, removed_at IS NOT NULL FROM pictures")?;
        let rows = statement.query_map([], |row| {
            let known = CatalogEntry {
                id: row.get(1)?,
                size: row.get(2)?,
                mtime_ns: row.get(3)?,
                hash: row.get(4)?,
                error: row.get(5)?,
                removed: row.get(6)?,
            };
            Ok((row.get::<_, Vec<u8>>(0)?, known))
        })?;
        let (mut known, mut unbelievable) = (HashMap::new(), 0);
        for row in rows {
            let (path, picture) = row?;
            if !is_relative(&path) {
                unbelievable += 1;
            } else if is_under(&path, prefix) {
                known.insert(path, picture);
            }
        }
        self.warn_of(unbelievable);
        Ok(known)
    }

    /// What is known of contents that were decoded before, perhaps under another name.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn image_info(&self, hash: Hash) -> Result<Option<ImageInfo>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT width, height, taken_at FROM pictures WHERE hash = ?1 AND width IS NOT NULL LIMIT 1",
            )?
            .query_row([hash], |row| {
                Ok(ImageInfo { dimensions: (row.get(0)?, row.get(1)?), taken_at: row.get(2)? })
            })
            .optional()?)
    }

    /// The contents that have a vector of `model`.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn embedded(&self, model: i64) -> Result<HashSet<Hash>> {
        let mut statement = self.connection.prepare("SELECT hash FROM embeddings WHERE model = ?1")?;
        let hashes = statement.query_map([model], |row| row.get(0))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    /// The number of the last committed change, and of the last one that forgot rows for good.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn last_change(&self) -> Result<(i64, i64)> {
        let number = |key| -> Result<i64> {
            Ok(self.connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))?)
        };
        Ok((number("change")?, number("pruned")?))
    }

    /// The ids of all pictures, removed ones too.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn ids(&self) -> Result<HashSet<i64>> {
        let mut statement = self.connection.prepare("SELECT id FROM pictures")?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Number of pictures and of vectors of `model` that changed after change number `since`.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn changed_since(&self, model: i64, since: i64) -> Result<usize> {
        Ok(self.connection.query_row(
            "SELECT (SELECT count(*) FROM pictures WHERE change > ?2)
                  + (SELECT count(*) FROM embeddings WHERE change > ?2 AND model = ?1)",
            [model, since],
            |row| row.get(0),
        )?)
    }

    /// Hands what changed for `model` after change number `since` (0: everything) to `take`, row by row, and
    /// returns the number to ask with next time. A row without a vector is one to drop; from 0 on, there is none.
    ///
    /// # Errors
    /// When the catalogue can't be read or holds a vector of the wrong length; some rows may have been handed
    /// over by then.
    pub fn changes(
        &mut self,
        model: i64,
        dimension: usize,
        since: i64,
        mut take: impl FnMut(EmbeddingRow),
    ) -> Result<i64> {
        // One read transaction, so that the number belongs to the rows.
        let transaction = self.connection.transaction()?;
        let mut unbelievable = 0;
        let last: i64 =
            transaction.query_row("SELECT value FROM meta WHERE key = 'change'", [], |row| row.get(0))?;
        if last > since {
            // From the start, the vectors are read in the order in which they lie (a cross join keeps it): looked up one by
            // one, most of their pages would be read several times. Pictures without one are nothing to who has none.
            let all = "SELECT p.id, p.path, p.mtime_ns, 1, e.vector
                 FROM embeddings e CROSS JOIN pictures p ON p.hash = e.hash
                 WHERE e.model = ?1 AND p.change > ?2 AND p.removed_at IS NULL AND p.error IS NULL";
            let changed =
                "SELECT p.id, p.path, p.mtime_ns, p.removed_at IS NULL AND p.error IS NULL, e.vector
                 FROM pictures p LEFT JOIN embeddings e ON e.model = ?1 AND e.hash = p.hash
                 WHERE p.change > ?2
                 UNION ALL
                 SELECT p.id, p.path, p.mtime_ns, p.removed_at IS NULL AND p.error IS NULL, e.vector
                 FROM embeddings e JOIN pictures p ON p.hash = e.hash
                 WHERE e.model = ?1 AND e.change > ?2 AND p.change <= ?2";
            let mut statement = transaction.prepare(if since == 0 { all } else { changed })?;
            let mut found = statement.query(params![model, since])?;
            while let Some(row) = found.next()? {
                let path: Vec<u8> = row.get(1)?;
                let is_believable = is_relative(&path);
                unbelievable += usize::from(!is_believable);
                let alive = row.get(3)? && is_believable;
                if since == 0 && !alive {
                    continue;
                }
                let bytes = row.get_ref(4)?.as_blob_or_null()?.filter(|_| alive);
                let vector = bytes
                    .map(|bytes| vector::decode(bytes, dimension))
                    .transpose()
                    .with_context(|| format!("catalogue '{}'", paths::display(&self.path)))?;
                take(EmbeddingRow { id: row.get(0)?, path, mtime_ns: row.get(2)?, vector });
            }
        }
        drop(transaction);
        self.warn_of(unbelievable);
        Ok(last)
    }

    /// Begins to read: until what is returned is dropped, nothing changes for this connection.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn reading(&self) -> Result<impl Sized> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Hands the paths of the searchable pictures under `prefix` to `take`, by path.
    ///
    /// # Errors
    /// When the catalogue can't be read, and what `take` returns.
    pub fn searchable_paths(
        &self,
        model: i64,
        prefix: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare(&format!("SELECT p.path {SEARCHABLE}"))?;
        let mut rows = statement.query(params![model])?;
        let mut unbelievable = 0;
        while let Some(row) = rows.next()? {
            let path = row.get_ref(0)?.as_blob()?;
            if !is_relative(path) {
                unbelievable += 1;
            } else if is_under(path, prefix) {
                take(path)?;
            }
        }
        self.warn_of(unbelievable);
        Ok(())
    }

    /// Hands the vectors of the searchable pictures under `prefix` to `take`, as stored, in the order of
    /// [`Self::searchable_paths`].
    ///
    /// # Errors
    /// When the catalogue can't be read or holds a vector of the wrong length, and what `take` returns.
    pub fn vectors(
        &self,
        model: i64,
        dimension: usize,
        prefix: &[u8],
        mut take: impl FnMut(&[f16]) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare(&format!("SELECT p.path, e.vector {SEARCHABLE}"))?;
        let mut rows = statement.query(params![model])?;
        while let Some(row) = rows.next()? {
            let path = row.get_ref(0)?.as_blob()?;
            if is_relative(path) && is_under(path, prefix) {
                let vector = vector::decode(row.get_ref(1)?.as_blob()?, dimension)
                    .with_context(|| format!("catalogue '{}'", paths::display(self.path())))?;
                take(&vector)?;
            }
        }
        Ok(())
    }

    /// Whether there is anything to forget, as `Writer::prune` does: mostly not, and then readers need not
    /// look for what changed.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn is_prunable(&self, before: i64) -> Result<bool> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM pictures WHERE removed_at IS NOT NULL AND removed_at <= ?1)
             OR EXISTS (SELECT 1 FROM embeddings e WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = e.hash))",
            [before],
            |row| row.get(0),
        )?)
    }

    /// Searchable and unreadable pictures under `prefix` for `model`.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn counts(&self, model: Option<i64>, prefix: &[u8]) -> Result<Counts> {
        let mut statement = self.connection.prepare(
            "SELECT p.path, p.error IS NOT NULL, EXISTS (
                 SELECT 1 FROM embeddings e WHERE e.model = ?1 AND e.hash = p.hash)
             FROM pictures p WHERE p.removed_at IS NULL",
        )?;
        let mut rows = statement.query([model])?;
        let (mut counts, mut unbelievable) = (Counts::default(), 0);
        while let Some(row) = rows.next()? {
            let path = row.get_ref(0)?.as_blob()?;
            if !is_relative(path) {
                unbelievable += 1;
            } else if is_under(path, prefix) {
                let failed: bool = row.get(1)?;
                counts.failed += usize::from(failed);
                counts.pictures += usize::from(!failed && row.get(2)?);
            }
        }
        self.warn_of(unbelievable);
        Ok(counts)
    }

    /// Unreadable pictures under `prefix` with their reasons, by path.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn failures(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, String)>> {
        let mut statement = self.connection.prepare(
            "SELECT path, error FROM pictures WHERE error IS NOT NULL AND removed_at IS NULL ORDER BY path",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
        let mut failures = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let all = failures.len();
        failures.retain(|(path, _)| is_relative(path));
        self.warn_of(all - failures.len());
        failures.retain(|(path, _)| is_under(path, prefix));
        Ok(failures)
    }

    /// Warns of rows that were left out since their path leads out of the folder: once for every catalogue.
    pub(super) fn warn_of(&self, unbelievable: usize) {
        static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if unbelievable > 0 && WARNED.lock().insert(self.path.clone()) {
            tracing::warn!(
                "catalogue '{}': {unbelievable} pictures are left out, since their paths lead out of the folder",
                paths::display(&self.path)
            );
        }
    }
}

/// A key from a row of id, revision, precision and dimension.
fn model_key(row: &rusqlite::Row<'_>) -> rusqlite::Result<ModelKey> {
    let precision = row.get_ref(2)?.as_str()?.parse();
    Ok(ModelKey {
        id: row.get(0)?,
        revision: row.get(1)?,
        precision: precision.map_err(|error: UnknownPrecision| from_sql(2, error))?,
        dimension: row.get(3)?,
    })
}

/// A text in a column that can't be understood.
fn from_sql(column: usize, error: UnknownPrecision) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

/// Whether a stored path lies in the folder `prefix` (empty: the root).
pub fn is_under(path: &[u8], prefix: &[u8]) -> bool {
    prefix.is_empty() || (path.starts_with(prefix) && path.get(prefix.len()) == Some(&b'/'))
}

#[cfg(test)]
mod tests;
