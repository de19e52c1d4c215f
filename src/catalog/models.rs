//! The models whose vectors a catalogue has.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use crate::base::escape;
use crate::base::model_key::{ModelKey, Precision, UnknownPrecision};

impl Catalog {
    /// The row number of a model, if the catalogue has heard of it.
    pub fn find_model(&self, key: &ModelKey) -> Result<Option<i64>, CatalogError> {
        self.ask(|connection| {
            Ok(connection
                .query_row(
                    "SELECT key FROM models WHERE id = ?1 AND revision = ?2 AND precision = ?3 AND dimension = ?4",
                    params![key.id, key.revision, key.precision.stored_name(), key.dimension],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// The row number of a model, entered if it is new.
    pub fn model(&self, key: &ModelKey) -> Result<i64, CatalogError> {
        if let Some(model) = self.find_model(key)? {
            return Ok(model);
        }
        self.ask(|connection| {
            connection.execute(
                "INSERT OR IGNORE INTO models (id, revision, precision, dimension) VALUES (?1, ?2, ?3, ?4)",
                params![key.id, key.revision, key.precision.stored_name(), key.dimension],
            )?;
            Ok(())
        })?;
        let other = || self.error(CatalogErrorKind::OtherDimension { model: escape::text(&key.id) });
        self.find_model(key)?.ok_or_else(other)
    }

    /// The key of the newest vectors of the model with this id, in this precision if one is given.
    pub fn newest_key(
        &self,
        id: &str,
        precision: Option<Precision>,
    ) -> Result<Option<ModelKey>, CatalogError> {
        self.ask(|connection| {
            Ok(connection
                .query_row(
                    "SELECT id, revision, precision, dimension FROM models WHERE id = ?1 AND (?2 IS NULL OR precision = ?2)
                     ORDER BY EXISTS (SELECT 1 FROM embeddings WHERE model = key) DESC, key DESC LIMIT 1",
                    params![id, precision.map(Precision::stored_name)],
                    model_key,
                )
                .optional()?)
        })
    }

    /// The keys of all models that the folder was indexed with, each with whether there are vectors of it: those of which
    /// there are come first, and among them the one that was entered last.
    pub fn keys(&self) -> Result<Vec<(ModelKey, bool)>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT id, revision, precision, dimension, EXISTS (SELECT 1 FROM embeddings WHERE model = key) AS filled
                 FROM models ORDER BY filled DESC, key DESC",
            )?;
            let keys = statement.query_map([], |row| Ok((model_key(row)?, row.get(4)?)))?;
            Ok(keys.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// A key from a row of id, revision, precision and dimension.
fn model_key(row: &Row<'_>) -> rusqlite::Result<ModelKey> {
    let precision = row.get_ref(2)?.as_str()?.parse();
    Ok(ModelKey {
        id: row.get(0)?,
        revision: row.get(1)?,
        precision: precision.map_err(|error: UnknownPrecision| {
            rusqlite::Error::FromSqlConversionFailure(2, Type::Text, error.into())
        })?,
        dimension: row.get(3)?,
    })
}
