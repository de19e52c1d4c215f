//! One connection to the catalogue. Several processes may have one each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::connection::beside;
use super::error::{CatalogError, CatalogErrorKind};
use super::open;
use crate::base::escape;

/// One connection to the catalogue of a folder.
///
/// Pictures whose path leads out of the folder are left out of every answer; that is warned of once.
pub struct Catalog {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl Catalog {
    /// Opens the catalogue at `path`, making it if `create`.
    ///
    /// # Errors
    /// When it can't be opened, is damaged, is another program's file, or was made by a newer pixseek.
    pub fn open(path: &Path, create: bool) -> Result<Self, CatalogError> {
        let connection = open::connect(path, create).map_err(|kind| CatalogError::new(path, kind))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has everything that was committed written into the file itself.
    pub fn flush(&self) -> Result<(), CatalogError> {
        self.ask(|connection| Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?))
    }

    /// Whether nothing can be written.
    pub fn is_readonly(&self) -> bool {
        self.connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(false)
    }

    /// Bytes on disk, the write-ahead log included.
    pub fn bytes(&self) -> u64 {
        [self.path.clone(), beside(&self.path, "-wal")]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|meta| meta.len())
            .sum()
    }

    /// Runs statements of which all are committed, or none. Errors get the file's name.
    pub(super) fn in_transaction<T>(
        &mut self,
        run: impl FnOnce(&Transaction) -> Result<T, CatalogErrorKind>,
    ) -> Result<T, CatalogError> {
        let path = &self.path;
        let failed = |error: rusqlite::Error| CatalogError::new(path, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let done = run(&transaction).map_err(|kind| CatalogError::new(path, kind))?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    /// Runs statements. Errors get the file's name.
    pub(super) fn ask<T>(
        &self,
        statements: impl FnOnce(&Connection) -> Result<T, CatalogErrorKind>,
    ) -> Result<T, CatalogError> {
        statements(&self.connection).map_err(|kind| self.error(kind))
    }

    pub(super) fn error(&self, kind: impl Into<CatalogErrorKind>) -> CatalogError {
        CatalogError::new(&self.path, kind)
    }

    /// Warns of pictures that are left out since their path leads out of the folder: once for every catalogue.
    pub(super) fn warn_of_outside(&self, pictures: usize) {
        static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if pictures > 0 && WARNED.lock().insert(self.path.clone()) {
            tracing::warn!(
                "catalogue '{}': {pictures} pictures are left out, since their paths lead out of the folder",
                escape::path(&self.path)
            );
        }
    }
}
