//! What files and their sidecars say of pictures: kept by the picture's number, since copies of one content have names and
//! sidecars of their own.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::database::Catalog;
use super::error::CatalogError;
use super::words::split_ideographs;
use crate::base::picture_facts::{PictureFacts, TakenAt};

/// What is to be kept of a picture's file and its sidecars.
#[derive(Debug, Clone, PartialEq)]
pub struct FactsRecord {
    /// Version of the rules by which the facts were read.
    pub version: u32,
    /// Name, size and time of each sidecar; none without.
    pub sidecars: Option<String>,
    /// When the picture was taken, else when its file was modified.
    pub taken: TakenAt,
    /// The rest; its `taken` is not looked at.
    pub facts: PictureFacts,
}

impl Catalog {
    /// The pictures that can be searched and whose facts were never read, or by rules of before `version`.
    pub fn without_facts(&self, version: u32) -> Result<Vec<i64>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT id FROM pictures LEFT JOIN facts ON picture = id
                 WHERE removed_at IS NULL AND error IS NULL AND coalesce(version, 0) < ?1",
            )?;
            let ids = statement.query_map([version], |row| row.get(0))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What is known of sidecars, by picture; pictures without any are not in it.
    pub fn sidecars(&self) -> Result<HashMap<i64, String>, CatalogError> {
        self.ask(|connection| {
            let mut statement =
                connection.prepare("SELECT picture, sidecars FROM facts WHERE sidecars IS NOT NULL")?;
            let known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(known.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Enters or replaces the facts of a picture, whose path is `path`.
pub(super) fn put(
    transaction: &Transaction,
    picture: i64,
    path: &[u8],
    record: &FactsRecord,
) -> rusqlite::Result<()> {
    let FactsRecord { version, sidecars, taken, facts } = record;
    let place = facts.place;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO facts (picture, version, sidecars, taken, taken_ns, taken_offset, taken_from, make,
                 model, lens, iso, focal_length, aperture, exposure, latitude, longitude, altitude, orientation, rating,
                 title, caption)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        )?
        .execute(params![
            picture,
            version,
            sidecars,
            taken.seconds,
            taken.nanoseconds,
            taken.offset,
            taken.source.as_str(),
            facts.make,
            facts.model,
            facts.lens,
            facts.iso,
            facts.focal_length,
            facts.aperture,
            facts.exposure,
            place.map(|place| place.latitude),
            place.map(|place| place.longitude),
            place.and_then(|place| place.altitude),
            facts.orientation,
            facts.rating,
            facts.title,
            facts.caption,
        ])?;
    transaction.prepare_cached("DELETE FROM tags WHERE picture = ?1")?.execute([picture])?;
    for tag in &facts.tags {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO tags (picture, tag) VALUES (?1, ?2)")?
            .execute(params![picture, tag])?;
    }
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let joined = |texts: [&Option<String>; 2]| {
        split_ideographs(&texts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n"))
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO words (rowid, name, caption, tag, camera, lens) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            picture,
            split_ideographs(&String::from_utf8_lossy(name)),
            joined([&facts.title, &facts.caption]),
            split_ideographs(&facts.tags.join("\n")),
            joined([&facts.make, &facts.model]),
            joined([&facts.lens, &None]),
        ])?;
    Ok(())
}

/// Forgets the facts of a picture.
pub(super) fn remove(transaction: &Transaction, picture: i64) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM facts WHERE picture = ?1",
        "DELETE FROM tags WHERE picture = ?1",
        "DELETE FROM words WHERE rowid = ?1",
    ] {
        transaction.prepare_cached(statement)?.execute([picture])?;
    }
    Ok(())
}

/// Forgets the facts of pictures that have no row any more.
pub(super) fn prune(transaction: &Transaction) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "DELETE FROM words WHERE rowid IN (
             SELECT picture FROM facts WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE id = picture));
         DELETE FROM tags WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE id = picture);
         DELETE FROM facts WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE id = picture);",
    )
}
