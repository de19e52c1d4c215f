//! The fields of a shared collection, and the check that a collection has them.

use std::time::Duration;

use crate::base::model_key::ModelKey;
use crate::library::store::error::SchemaError;
use crate::milvus::{Field, FieldKind, Schema};

/// The version of the fields and of what stands in them. A collection of another version is refused.
const VERSION: u32 = 1;

/// The names of the fields.
pub(super) mod field {
    /// The key: see `picture_key`.
    pub(crate) const ID: &str = "id";
    /// The vector, as the local catalogue has it in half precision.
    pub(crate) const VECTOR: &str = "vector";
    /// The name of the root.
    pub(crate) const ROOT: &str = "root";
    /// The path below the root, see `text_of_path`.
    pub(crate) const PATH: &str = "path";
    /// A hash of everything else, by which a run finds what has changed.
    pub(crate) const STAMP: &str = "stamp";
    /// BLAKE3 of the file, in hexadecimal digits.
    pub(crate) const HASH: &str = "hash";
    /// Bytes of the file.
    pub(crate) const SIZE: &str = "size";
    /// Modification time, in nanoseconds since 1970.
    pub(crate) const MTIME: &str = "mtime";
    /// Width in pixels, -1 where unknown.
    pub(crate) const WIDTH: &str = "width";
    /// Height in pixels, -1 where unknown.
    pub(crate) const HEIGHT: &str = "height";
    /// Their product, -1 where unknown.
    pub(crate) const PIXELS: &str = "pixels";
    /// When it was taken, in seconds since 1970, as if local time were UTC.
    pub(crate) const TAKEN: &str = "taken";
    /// Nanoseconds of that second.
    pub(crate) const TAKEN_NS: &str = "taken_ns";
    /// Sensitivity, -1 where unknown.
    pub(crate) const ISO: &str = "iso";
    /// Stars, -2 where unknown.
    pub(crate) const RATING: &str = "rating";
    /// Degrees north, 999 where unknown.
    pub(crate) const LATITUDE: &str = "latitude";
    /// Degrees east, 999 where unknown.
    pub(crate) const LONGITUDE: &str = "longitude";
    /// The extension of the file's name, in lower case.
    pub(crate) const EXTENSION: &str = "ext";
    /// The first eight bytes of the file's name, in lower case, as a number that sorts like them.
    pub(crate) const NAME_RANK: &str = "name_rank";
    /// The words of names, captions, keywords, cameras and lenses.
    pub(crate) const WORDS: &str = "words";
    /// Everything that is shown of a picture.
    pub(crate) const FACTS: &str = "facts";
}

/// The partition that has the progress of machines and the names of models, rather than pictures.
pub(super) const RUNS: &str = "runs";

/// How long a collection may take to be loaded into the server's memory.
pub(super) const LOADING: Duration = Duration::from_secs(120);

/// The longest name of a root, in bytes.
pub(super) const LONGEST_ROOT: usize = 255;
/// The longest path, in bytes: that of Linux.
pub(super) const LONGEST_PATH: usize = 4096;
/// The longest extension, in bytes; of a longer one, nothing is kept.
pub(super) const LONGEST_EXTENSION: usize = 32;
/// The longest JSON document that Milvus takes, in bytes.
pub(super) const LONGEST_JSON: usize = 65_536;

/// The fields of a collection of vectors of this dimension.
pub(super) fn schema(dimension: usize) -> Schema {
    let text = |longest: usize| FieldKind::Text(u32::try_from(longest).unwrap_or(u32::MAX));
    let fields = [
        (field::ID, FieldKind::Key),
        (field::VECTOR, FieldKind::Vector(dimension)),
        (field::ROOT, text(LONGEST_ROOT)),
        (field::PATH, text(LONGEST_PATH)),
        (field::STAMP, FieldKind::Long),
        (field::HASH, text(64)),
        (field::SIZE, FieldKind::Long),
        (field::MTIME, FieldKind::Long),
        (field::WIDTH, FieldKind::Long),
        (field::HEIGHT, FieldKind::Long),
        (field::PIXELS, FieldKind::Long),
        (field::TAKEN, FieldKind::Long),
        (field::TAKEN_NS, FieldKind::Long),
        (field::ISO, FieldKind::Long),
        (field::RATING, FieldKind::Long),
        (field::LATITUDE, FieldKind::Double),
        (field::LONGITUDE, FieldKind::Double),
        (field::EXTENSION, text(LONGEST_EXTENSION)),
        (field::NAME_RANK, FieldKind::Long),
        (field::WORDS, FieldKind::Json),
        (field::FACTS, FieldKind::Json),
    ];
    described(&format!("pixseek {VERSION}"), &fields)
}

/// A schema with its maker's words and the names and kinds of its fields.
pub(super) fn described(maker: &str, fields: &[(&str, FieldKind)]) -> Schema {
    let fields = fields.iter().map(|(name, kind)| Field { name: (*name).to_owned(), kind: *kind }).collect();
    Schema { description: maker.to_owned(), fields }
}

/// Checks that a collection is one that [`schema`] made.
pub(super) fn check(found: &Schema, dimension: usize) -> Result<(), SchemaError> {
    fits(found, &schema(dimension))
}

/// Checks that a collection has the maker, the dimension and the fields that are wanted.
pub(super) fn fits(found: &Schema, wanted: &Schema) -> Result<(), SchemaError> {
    if found.description != wanted.description {
        return Err(match found.description.starts_with("pixseek ") {
            true => SchemaError::Version(found.description.clone()),
            false => SchemaError::Foreign,
        });
    }
    if let (Some(found), Some(wanted)) = (dimension(found), dimension(wanted))
        && found != wanted
    {
        return Err(SchemaError::Dimension { found, wanted });
    }
    match wanted.fields.iter().find(|field| !found.fields.contains(field)) {
        Some(field) => Err(SchemaError::Field(field.name.clone())),
        None => Ok(()),
    }
}

/// Numbers of a schema's vectors, if it has any.
fn dimension(of: &Schema) -> Option<usize> {
    of.fields.iter().find_map(|field| match field.kind {
        FieldKind::Vector(dimension) => Some(dimension),
        _ => None,
    })
}

/// The partition of a model's pictures.
pub(super) fn partition(key: &ModelKey) -> String {
    let name = format!("{}\0{}\0{}", key.id, key.revision, key.precision);
    format!("m_{}", &blake3::hash(name.as_bytes()).to_hex()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_collection_of_this_version_and_dimension_fits() {
        let fits = schema(4);
        assert_eq!(check(&fits, 4), Ok(()));
        assert_eq!(check(&fits, 5), Err(SchemaError::Dimension { found: 4, wanted: 5 }));
        let described = |words: &str| Schema { description: words.into(), ..schema(4) };
        assert_eq!(check(&described("cats"), 4), Err(SchemaError::Foreign));
        assert_eq!(check(&described("pixseek 2"), 4), Err(SchemaError::Version("pixseek 2".into())));
        let mut lacks = schema(4);
        lacks.fields.retain(|field| field.name != field::WORDS);
        assert_eq!(check(&lacks, 4), Err(SchemaError::Field("words".into())));
    }
}
