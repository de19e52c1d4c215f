//! What is noted of rows without a change that readers have to hear of.

use rusqlite::params;

use super::database::Catalog;
use super::error::CatalogError;
use super::pictures::Hash;
use crate::base::file_id::FileId;

impl Catalog {
    /// Notes what tells files from others, for pictures of which that is not known yet. All or nothing is noted.
    pub fn note_file_ids(&mut self, ids: &[(i64, FileId)]) -> Result<(), CatalogError> {
        self.note("UPDATE pictures SET ctime_ns = ?2, inode = ?3 WHERE id = ?1", |statement| {
            ids.iter().try_for_each(|(id, file)| {
                statement.execute(params![id, file.ctime_ns, file.inode]).map(drop)
            })
        })
    }

    /// Notes that the rules of version `decoder` make of these pictures what is known of them. All or nothing is noted.
    pub fn note_decoder(&mut self, pictures: &[i64], decoder: u32) -> Result<(), CatalogError> {
        self.note("UPDATE pictures SET decoder = ?2 WHERE id = ?1", |statement| {
            pictures.iter().try_for_each(|id| statement.execute(params![id, decoder]).map(drop))
        })
    }

    /// Notes that the rules of version `decoder` make of these contents the vectors of `model` that there are. All or
    /// nothing is noted.
    pub fn note_decoder_of_vectors(
        &mut self,
        model: i64,
        hashes: &[Hash],
        decoder: u32,
    ) -> Result<(), CatalogError> {
        self.note("UPDATE embeddings SET decoder = ?3 WHERE model = ?1 AND hash = ?2", |statement| {
            hashes.iter().try_for_each(|hash| statement.execute(params![model, hash, decoder]).map(drop))
        })
    }

    fn note(
        &mut self,
        statement: &str,
        run: impl FnOnce(&mut rusqlite::CachedStatement<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), CatalogError> {
        self.in_transaction(|transaction| Ok(run(&mut transaction.prepare_cached(statement)?)?))
    }
}
