//! The vectors of a model, without regard to what changed.

use std::collections::{HashMap, HashSet};

use half::f16;
use rusqlite::params;

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::pictures::{Hash, is_under};
use super::vector::Stored;
use crate::base::escape;
use crate::base::paths::{self, is_relative};

/// The pictures that are searchable with a model, in the order of their paths.
const SEARCHABLE: &str = "FROM pictures p JOIN embeddings e ON e.model = ?1 AND e.hash = p.hash
     WHERE p.removed_at IS NULL AND p.error IS NULL ORDER BY p.path";

impl Catalog {
    /// The contents that have a vector of `model`.
    pub fn embedded(&self, model: i64) -> Result<HashSet<Hash>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare("SELECT hash FROM embeddings WHERE model = ?1")?;
            let hashes = statement.query_map([model], |row| row.get(0))?;
            Ok(hashes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The contents whose vector of `model` was made by rules of decoding before version `decoder`, with their version.
    pub fn outdated(&self, model: i64, decoder: u32) -> Result<HashMap<Hash, u32>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection
                .prepare("SELECT hash, decoder FROM embeddings WHERE model = ?1 AND decoder < ?2")?;
            let hashes =
                statement.query_map(params![model, decoder], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(hashes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Begins to read: until what is returned is dropped, nothing changes for this connection.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn reading(&self) -> Result<impl Sized, CatalogError> {
        self.connection.unchecked_transaction().map_err(|error| self.error(error))
    }

    /// Hands the paths of the searchable pictures under `prefix` to `take`, in the order of their bytes.
    ///
    /// # Errors
    /// Also what `take` returns. Some paths may have been handed over by then.
    pub fn searchable_paths<E: From<CatalogError>>(
        &self,
        model: i64,
        prefix: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut outside = 0;
        let sqlite = |error: rusqlite::Error| E::from(self.error(error));
        let mut statement =
            self.connection.prepare(&format!("SELECT p.path {SEARCHABLE}")).map_err(sqlite)?;
        let mut rows = statement.query(params![model]).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            let path = row.get_ref(0).map_err(sqlite)?.as_blob().map_err(|error| sqlite(error.into()))?;
            if !is_relative(path) {
                outside += 1;
            } else if is_under(path, prefix) {
                take(path)?;
            }
        }
        self.warn_of_outside(outside);
        Ok(())
    }

    /// Hands the vectors of the searchable pictures under `prefix` to `take`, each of `dimension` numbers as stored, in the
    /// order of [`Self::searchable_paths`].
    ///
    /// # Errors
    /// When one of them is damaged, also what `take` returns. Some vectors may have been handed over by then.
    pub fn vectors<E: From<CatalogError>>(
        &self,
        model: i64,
        dimension: usize,
        prefix: &[u8],
        mut take: impl FnMut(&[f16]) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |kind: CatalogErrorKind| E::from(self.error(kind));
        let sqlite = |error: rusqlite::Error| failed(error.into());
        let mut statement = self
            .connection
            .prepare(&format!("SELECT p.path, e.vector, e.hash, e.checksum {SEARCHABLE}"))
            .map_err(sqlite)?;
        let mut rows = statement.query(params![model]).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            let blob = |column| Ok(row.get_ref(column)?.as_blob()?);
            let path = blob(0).map_err(sqlite)?;
            if is_relative(path) && is_under(path, prefix) {
                let (bytes, hash) = (blob(1).map_err(sqlite)?, blob(2).map_err(sqlite)?);
                let stored = Stored { model, hash, bytes, checksum: row.get(3).map_err(sqlite)? };
                let vector = stored.decode(dimension).map_err(|reason| {
                    let picture = escape::path(&paths::from_bytes(path));
                    failed(CatalogErrorKind::DamagedVector { picture, reason })
                })?;
                take(&vector)?;
            }
        }
        Ok(())
    }
}
