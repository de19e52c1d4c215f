//! All that the catalogue knows of pictures, page by page, for a store elsewhere that is to know the same.

use half::f16;
use rusqlite::{OptionalExtension, Row, params};

use super::database::Catalog;
use super::error::CatalogError;
use super::pictures::Hash;
use super::vector::Stored;
use crate::base::picture_facts::{PictureFacts, Place, TakenAt, TakenFrom};

/// What is known of a picture, without its vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRow {
    /// The picture's number.
    pub id: i64,
    /// Relative path.
    pub path: Vec<u8>,
    /// Bytes of the file.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// BLAKE3 of the file.
    pub hash: Hash,
    /// Width and height in pixels, as displayed.
    pub dimensions: Option<(u32, u32)>,
    /// Whether only a part of the picture is there.
    pub damaged: bool,
    /// Version of the rules by which the vector's pixels were decoded.
    pub decoder: u32,
    /// When it was taken, else when its file was modified, if its facts were read.
    pub taken: Option<TakenAt>,
    /// What its file and its sidecars say, but for `taken`.
    pub facts: PictureFacts,
}

/// The searchable pictures that have a vector of a model. The numbers of columns below follow it.
const PAGE: &str = "
    SELECT p.id, p.path, p.size, p.mtime_ns, p.hash, p.width, p.height, p.damage IS NOT NULL, e.decoder,
           f.taken, f.taken_ns, f.taken_offset, f.taken_from, f.make, f.model, f.lens, f.iso, f.focal_length, f.aperture,
           f.exposure, f.latitude, f.longitude, f.altitude, f.orientation, f.rating, f.title, f.caption
    FROM pictures p JOIN embeddings e ON e.model = ?1 AND e.hash = p.hash LEFT JOIN facts f ON f.picture = p.id
    WHERE p.id > ?2 AND p.removed_at IS NULL AND p.error IS NULL
    ORDER BY p.id LIMIT ?3";

impl Catalog {
    /// The searchable pictures that have a vector of `model`, from the one behind number `after` on, at most `limit` of them,
    /// in the order of their numbers.
    pub(crate) fn stored_rows(
        &self,
        model: i64,
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(PAGE)?;
            let rows = statement.query_map(params![model, after, limit], stored_row)?;
            let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let mut tags =
                connection.prepare_cached("SELECT tag FROM tags WHERE picture = ?1 ORDER BY tag")?;
            for row in &mut rows {
                row.facts.tags =
                    tags.query_map([row.id], |tag| tag.get(0))?.collect::<rusqlite::Result<_>>()?;
            }
            Ok(rows)
        })
    }

    /// The vector that some contents have of a model of this dimension, as stored. A damaged one is none: a run makes it anew.
    pub(crate) fn stored_vector(
        &self,
        model: i64,
        dimension: usize,
        hash: Hash,
    ) -> Result<Option<Vec<f16>>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT vector, checksum FROM embeddings WHERE model = ?1 AND hash = ?2")?;
            let stored: Option<(Vec<u8>, Option<i64>)> =
                statement.query_row(params![model, hash], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let decode = |(bytes, checksum): (Vec<u8>, Option<i64>)| {
                Stored { model, hash: &hash, bytes: &bytes, checksum }.decode(dimension).ok()
            };
            Ok(stored.and_then(decode))
        })
    }
}

fn stored_row(row: &Row<'_>) -> rusqlite::Result<StoredRow> {
    let width: Option<u32> = row.get(5)?;
    let taken = match row.get::<_, Option<i64>>(9)? {
        None => None,
        Some(seconds) => {
            let source: String = row.get(12)?;
            Some(TakenAt {
                seconds,
                nanoseconds: row.get(10)?,
                offset: row.get(11)?,
                source: TakenFrom::named(&source).unwrap_or(TakenFrom::Modified),
            })
        }
    };
    let latitude: Option<f64> = row.get(20)?;
    let place = match latitude.zip(row.get(21)?) {
        Some((latitude, longitude)) => Some(Place { latitude, longitude, altitude: row.get(22)? }),
        None => None,
    };
    Ok(StoredRow {
        id: row.get(0)?,
        path: row.get(1)?,
        size: row.get::<_, i64>(2)?.try_into().unwrap_or(0),
        mtime_ns: row.get(3)?,
        hash: row.get(4)?,
        dimensions: width.zip(row.get(6)?),
        damaged: row.get(7)?,
        decoder: row.get(8)?,
        taken,
        facts: PictureFacts {
            taken: None,
            make: row.get(13)?,
            model: row.get(14)?,
            lens: row.get(15)?,
            iso: row.get(16)?,
            focal_length: row.get(17)?,
            aperture: row.get(18)?,
            exposure: row.get(19)?,
            place,
            orientation: row.get(23)?,
            rating: row.get(24)?,
            title: row.get(25)?,
            caption: row.get(26)?,
            tags: Vec::new(),
        },
    })
}
