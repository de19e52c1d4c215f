//! Thumbnails in a store: what a browser shows of a picture whose file it can't reach.
//!
//! They lie in a collection of their own beside that of the vectors, so that searching goes on without them: a row for each
//! picture under the key that it has there, with a JPEG as base64, since Milvus keeps no bytes. Each collection has to have
//! vectors; those of this one are never searched.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::collection;
use super::expression::{all_of, of_root, of_shard};
use super::pages::longs_by_key;
use super::schema::{LOADING, LONGEST_ROOT, described, field, fits};
use crate::library::store::access::StoreAccess;
use crate::library::store::error::StoreError;
use crate::library::store::place::Shard;
use crate::milvus::{Asked, Client, Column, Consistency, FieldKind, IndexKind, MilvusError, Schema, Scope};

/// Who made a collection of thumbnails, and the version of its fields.
const MAKER: &str = "pixseek thumbnails 1";
/// The field with a part of the contents' hash: a thumbnail is made anew when they have changed.
const CONTENTS: &str = "contents";
/// The field with the JPEG, in base64.
const JPEG: &str = "jpeg";
/// The longest text that Milvus takes, in bytes.
const LONGEST_TEXT: u32 = 65_535;
/// Numbers of the vectors, the fewest that all versions of Milvus take.
const DIMENSION: usize = 2;
/// The partition that every collection has.
const PARTITION: &str = "_default";

/// The name of the collection that has the thumbnails of a store.
fn name_of(access: &StoreAccess) -> String {
    format!("{}_thumbnails", access.url.name)
}

fn schema() -> Schema {
    let root = u32::try_from(LONGEST_ROOT).unwrap_or(u32::MAX);
    let fields = [
        (field::ID, FieldKind::Key),
        (field::VECTOR, FieldKind::Vector(DIMENSION)),
        (field::ROOT, FieldKind::Text(root)),
        (CONTENTS, FieldKind::Long),
        (JPEG, FieldKind::Text(LONGEST_TEXT)),
    ];
    described(MAKER, &fields)
}

/// What tells the contents of a file from others: the beginning of their hash.
pub(super) fn contents_key(hash: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A thumbnail to enter.
pub(super) struct NewThumbnail {
    /// The picture's key.
    pub key: i64,
    /// See [`contents_key`].
    pub contents: i64,
    /// The bytes of a JPEG.
    pub jpeg: Vec<u8>,
}

/// The thumbnails of a root, or of one part of it.
pub(super) struct Thumbnails {
    collection: String,
    root: String,
    /// What the store has: the contents by keys.
    known: HashMap<i64, i64>,
}

impl Thumbnails {
    /// Opens the thumbnails of a root; makes the collection if it is missing, and reads what it has.
    ///
    /// # Errors
    /// When the server can't be reached, or there is a collection of that name that is not one of thumbnails.
    pub(super) fn open(
        client: &Client,
        access: &StoreAccess,
        root: &str,
        shard: Option<Shard>,
    ) -> Result<Self, Box<StoreError>> {
        let failed = |error: MilvusError| access.error(error);
        let collection = name_of(access);
        // Where the server can, it maps them from its disk instead of keeping them in memory.
        let mapped = &[("mmap.enabled", "true")];
        collection::ensure(client, access, &collection, &schema(), mapped, || IndexKind::Flat)?;
        client.load(&collection, LOADING).map_err(failed)?;
        let mut thumbnails = Self { collection, root: root.to_owned(), known: HashMap::new() };
        let part = all_of(&[of_root(root), shard.map(of_shard).unwrap_or_default()]);
        thumbnails.known = longs_by_key(client, thumbnails.scope(), &part, CONTENTS).map_err(failed)?;
        Ok(thumbnails)
    }

    fn scope(&self) -> Scope<'_> {
        Scope { collection: &self.collection, partition: PARTITION }
    }

    /// Whether there is no thumbnail of a picture with these contents.
    pub(super) fn lacks(&self, key: i64, contents: i64) -> bool {
        self.known.get(&key) != Some(&contents)
    }

    /// Enters thumbnails in one request. Those that are too large for the server are left out.
    ///
    /// # Errors
    /// When the server can't be written.
    pub(super) fn enter(&mut self, client: &Client, new: Vec<NewThumbnail>) -> Result<usize, MilvusError> {
        let encoded = new.into_iter().map(|new| (new.key, new.contents, STANDARD.encode(new.jpeg)));
        let rows: Vec<(i64, i64, String)> =
            encoded.filter(|(.., jpeg)| jpeg.len() <= LONGEST_TEXT as usize).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let count = rows.len();
        let entered: Vec<(i64, i64)> = rows.iter().map(|(key, contents, _)| (*key, *contents)).collect();
        let columns = vec![
            (field::ID, Column::Longs(entered.iter().map(|(key, _)| *key).collect())),
            (field::VECTOR, Column::Vectors { dimension: DIMENSION, numbers: [1.0, 0.0].repeat(count) }),
            (field::ROOT, Column::Texts(vec![self.root.clone(); count])),
            (CONTENTS, Column::Longs(entered.iter().map(|(_, contents)| *contents).collect())),
            (JPEG, Column::Texts(rows.into_iter().map(|(.., jpeg)| jpeg).collect())),
        ];
        client.upsert(self.scope(), columns)?;
        self.known.extend(entered);
        Ok(count)
    }

    /// Deletes the thumbnails of pictures that are gone.
    ///
    /// # Errors
    /// When the server can't be written.
    pub(super) fn delete(&mut self, client: &Client, keys: &[i64]) -> Result<(), MilvusError> {
        let there: Vec<i64> = keys.iter().filter(|key| self.known.contains_key(key)).copied().collect();
        if !there.is_empty() {
            client.delete(self.scope(), field::ID, &there)?;
            there.iter().for_each(|key| _ = self.known.remove(key));
        }
        Ok(())
    }
}

/// The thumbnails of a store, to look at.
pub(super) struct ThumbnailReader(Option<String>);

impl ThumbnailReader {
    /// Opens the thumbnails of a store, if it has any.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub(super) fn open(client: &Client, access: &StoreAccess) -> Result<Self, Box<StoreError>> {
        let name = name_of(access);
        let found = client.schema(&name).map_err(|error| access.error(error))?;
        if found.is_none_or(|found| fits(&found, &schema()).is_err()) {
            return Ok(Self(None));
        }
        client.load(&name, LOADING).map_err(|error| access.error(error))?;
        Ok(Self(Some(name)))
    }

    /// The JPEG of the picture with this key, if the store has one.
    ///
    /// # Errors
    /// When the server can't be read.
    pub(super) fn jpeg(&self, client: &Client, key: i64) -> Result<Option<Vec<u8>>, MilvusError> {
        let Some(collection) = &self.0 else { return Ok(None) };
        let mut columns = client.query(Asked {
            scope: Scope { collection, partition: PARTITION },
            expression: &format!("{} == {key}", field::ID),
            output: &[field::ID, JPEG],
            limit: 1,
            consistency: Consistency::Bounded,
        })?;
        let rows = columns.rows(field::ID);
        let texts = columns.texts(JPEG, rows)?;
        Ok(texts.first().and_then(|text| STANDARD.decode(text).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::store::error::SchemaError;

    fn check(found: &Schema) -> Result<(), SchemaError> {
        fits(found, &schema())
    }

    #[test]
    fn only_a_collection_of_thumbnails_fits() {
        assert_eq!(check(&schema()), Ok(()));
        let described = |words: &str| Schema { description: words.into(), ..schema() };
        assert_eq!(check(&described("cats")), Err(SchemaError::Foreign));
        assert_eq!(check(&described("pixseek 1")), Err(SchemaError::Version("pixseek 1".into())));
        let mut lacks = schema();
        lacks.fields.retain(|field| field.name != JPEG);
        assert_eq!(check(&lacks), Err(SchemaError::Field(JPEG.into())));
    }
}
