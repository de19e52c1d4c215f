//! Takes what a store knows of this machine's part into the catalogue, so that a machine that starts anew encodes nothing that
//! another one, or it itself before its disk was lost, has encoded.

use std::collections::HashSet;
use std::fs;

use super::publisher::Publisher;
use super::row::{self, FoundRow, OUTPUT_WITH_VECTOR, found_rows};
use super::schema::field;
use crate::base::file_id::FileId;
use crate::base::paths::{self, is_relative, mtime_ns};
use crate::catalog::{Catalog, FactsRecord, PictureRecord};
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::store::place::picture_key;
use crate::milvus::{Asked, Consistency};
use crate::picture::{DECODER_VERSION, FACTS_VERSION};

/// Rows of one request.
const BATCH: usize = 512;

impl Publisher {
    /// Enters into the catalogue what the store has of pictures that it lacks. A picture counts if the file here has the size and
    /// the time of change of the one that was encoded. Returns how many were entered.
    ///
    /// # Errors
    /// When the store can't be read, or the catalogue can't be written.
    pub(in crate::library::store) fn take_over(
        &mut self,
        collection: &Collection,
        catalog: &mut Catalog,
    ) -> Result<usize, LibraryError> {
        let known: HashSet<i64> = catalog
            .known(&[])?
            .keys()
            .map(|path| picture_key(&self.place.root, &self.place.outward(path)))
            .collect();
        let missing: Vec<i64> = self.known.keys().filter(|key| !known.contains(key)).copied().collect();
        if missing.is_empty() {
            return Ok(0);
        }
        let model = catalog.model(&self.key)?;
        for keys in missing.chunks(BATCH) {
            let rows = self.rows_of(keys)?;
            let fitting: Vec<(PictureRecord, Vec<f32>)> =
                rows.into_iter().filter_map(|row| self.record(row, collection)).collect();
            catalog.write(|writer| {
                for (record, vector) in &fitting {
                    if let Some(hash) = record.hash {
                        writer.embedding(model, hash, vector, record.decoder)?;
                        writer.record(record)?;
                    }
                }
                Ok(())
            })?;
            self.published.taken += fitting.len();
        }
        Ok(self.published.taken)
    }

    fn rows_of(&self, keys: &[i64]) -> Result<Vec<(FoundRow, String)>, LibraryError> {
        let expression = format!("{} in {keys:?}", field::ID);
        let output: Vec<&str> = OUTPUT_WITH_VECTOR.iter().copied().chain([field::HASH]).collect();
        let asked = Asked {
            scope: self.scope(),
            expression: &expression,
            output: &output,
            limit: BATCH,
            consistency: Consistency::Strong,
        };
        let failed = |error| self.error(error);
        let mut columns = self.client.query(asked).map_err(failed)?;
        let rows = row::count(&columns);
        let hashes = columns.texts(field::HASH, rows).map_err(failed)?;
        let found = found_rows(&mut columns, rows, Some(self.key.dimension)).map_err(failed)?;
        Ok(found.into_iter().zip(hashes).collect())
    }

    /// What the indexer would record of a picture, with its vector, if its file is here and is what it was.
    fn record(
        &self,
        (row, hash): (FoundRow, String),
        collection: &Collection,
    ) -> Option<(PictureRecord, Vec<f32>)> {
        let path = self.place.inward(&row.path).filter(|path| is_relative(path))?;
        let metadata = fs::symlink_metadata(collection.root.join(paths::from_bytes(&path))).ok()?;
        let is_same = metadata.len() == row.size && mtime_ns(&metadata) == row.mtime_ns;
        let hash = blake3::Hash::from_hex(hash).ok()?;
        if !is_same || row.decoder != DECODER_VERSION {
            return None;
        }
        let vector = row.vector.iter().map(|number| number.to_f32()).collect();
        let facts =
            FactsRecord { version: FACTS_VERSION, sidecars: None, taken: row.taken, facts: row.facts };
        let record = PictureRecord {
            path,
            size: row.size,
            mtime_ns: row.mtime_ns,
            file_id: FileId::of(&metadata),
            hash: Some(*hash.as_bytes()),
            dimensions: row.dimensions,
            taken_at: None,
            format: None,
            damage: row.damaged.then(|| "only a part of the picture is there".to_owned()),
            decoder: row.decoder,
            facts: Some(Box::new(facts)),
            ..PictureRecord::default()
        };
        Some((record, vector))
    }
}
