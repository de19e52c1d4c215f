//! A picture as a row of the shared collection: written, and read again.

use half::f16;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::expression::{ANY, key_of};
use super::path_text::{path_of_text, text_of_path};
use super::schema::{LONGEST_EXTENSION, LONGEST_JSON, LONGEST_PATH, field};
use crate::base::paths;
use crate::base::picture_facts::{PictureFacts, Place as PlaceOnEarth, TakenAt, TakenFrom};
use crate::catalog::{CatalogErrorKind, StoredRow, WordColumn, WordSplitter};
use crate::library::store::place::{Place, picture_key};
use crate::milvus::{Column, Columns, MilvusError};

/// Of captions, as many bytes are kept.
const LONGEST_CAPTION: usize = 16_384;
/// Of keywords, as many bytes are kept in all.
const LONGEST_TAGS: usize = 8_192;
/// What stands for an unknown rating, and for unknown degrees.
const NO_RATING: i64 = -2;
const NO_DEGREES: f64 = 999.0;

/// The fields that a list of results needs.
pub(super) const OUTPUT_OF_LIST: &[&str] =
    &[field::ID, field::PATH, field::WIDTH, field::HEIGHT, field::TAKEN, field::TAKEN_NS];
/// All that is read of a picture; its vector comes last.
pub(super) const OUTPUT_WITH_VECTOR: &[&str] = &[
    field::ID,
    field::PATH,
    field::SIZE,
    field::MTIME,
    field::WIDTH,
    field::HEIGHT,
    field::TAKEN,
    field::TAKEN_NS,
    field::LATITUDE,
    field::LONGITUDE,
    field::FACTS,
    field::VECTOR,
];
/// Those but the vector.
pub(super) const OUTPUT: &[&str] = match OUTPUT_WITH_VECTOR.split_last() {
    Some((_, rest)) => rest,
    None => &[],
};

/// What is shown of a picture, as it stands in the field of facts. What is unknown is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ShownFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_offset: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lens: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iso: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    focal_length: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aperture: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    altitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orientation: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
    decoder: u32,
}

/// A picture that is to be entered.
pub(super) struct NewRow {
    /// What the catalogue knows of it.
    pub row: StoredRow,
    /// Its path below the root.
    pub path: Vec<u8>,
    /// Its key.
    pub key: i64,
    /// A hash of all this.
    pub stamp: i64,
}

impl NewRow {
    /// The row of a picture at a place; none of one whose path is too long for the store.
    pub(super) fn of(row: StoredRow, place: &Place) -> Option<Self> {
        let path = place.outward(&row.path);
        if text_of_path(&path).len() > LONGEST_PATH {
            return None;
        }
        let key = picture_key(&place.root, &path);
        let stamp = stamp(&row);
        Some(Self { row, path, key, stamp })
    }
}

/// A hash of what is kept of a picture besides its path.
fn stamp(row: &StoredRow) -> i64 {
    let facts = shown(row);
    let taken = row.taken.map(|taken| (taken.seconds, taken.nanoseconds));
    let place = row.facts.place.map(|place| (place.latitude.to_bits(), place.longitude.to_bits()));
    let numbers = (row.size, row.mtime_ns, row.dimensions, taken, place);
    let mut hasher = blake3::Hasher::new();
    // Debug texts of numbers are the same on all machines, and JSON of the facts has its fields in order.
    hasher.update(&row.hash).update(format!("{numbers:?}").as_bytes());
    hasher.update(&serde_json::to_vec(&facts).unwrap_or_default());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

fn shown(row: &StoredRow) -> ShownFacts {
    let PictureFacts {
        make,
        model,
        lens,
        iso,
        focal_length,
        aperture,
        exposure,
        place,
        orientation,
        rating,
        title,
        caption,
        tags,
        ..
    } = &row.facts;
    let short =
        |text: &Option<String>| text.as_deref().map(|text| beginning(text, LONGEST_CAPTION).to_owned());
    let mut left = LONGEST_TAGS;
    let fits = |tag: &&String| {
        left = left.saturating_sub(tag.len());
        left > 0
    };
    ShownFacts {
        taken_from: row.taken.map(|taken| taken.source.as_str().to_owned()),
        taken_offset: row.taken.and_then(|taken| taken.offset),
        make: short(make),
        model: short(model),
        lens: short(lens),
        iso: *iso,
        focal_length: *focal_length,
        aperture: *aperture,
        exposure: *exposure,
        altitude: place.and_then(|place| place.altitude),
        orientation: *orientation,
        rating: *rating,
        title: short(title),
        caption: short(caption),
        tags: tags.iter().take_while(fits).cloned().collect(),
        damaged: row.damaged,
        decoder: row.decoder,
    }
}

/// As much of a text as has so many bytes at most.
fn beginning(text: &str, longest: usize) -> &str {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The texts of a picture whose words are compared, by column.
pub(super) fn texts(path: &[u8], facts: &PictureFacts, column: WordColumn) -> String {
    let joined =
        |texts: [&Option<String>; 2]| texts.into_iter().flatten().cloned().collect::<Vec<_>>().join("\n");
    match column {
        WordColumn::Name => String::from_utf8_lossy(name(path)).into_owned(),
        WordColumn::Caption => joined([&facts.title, &facts.caption]),
        WordColumn::Tag => facts.tags.join("\n"),
        WordColumn::Camera => joined([&facts.make, &facts.model]),
        WordColumn::Lens => joined([&facts.lens, &None]),
        // Texts that were read in pictures stay on the machine that read them.
        WordColumn::Text => String::new(),
    }
}

const COLUMNS: [WordColumn; 5] =
    [WordColumn::Name, WordColumn::Caption, WordColumn::Tag, WordColumn::Camera, WordColumn::Lens];

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// The words of pictures, as the field of words has them.
fn words(rows: &[NewRow], splitter: &WordSplitter) -> Result<Vec<Vec<u8>>, CatalogErrorKind> {
    let texts: Vec<String> =
        rows.iter().flat_map(|new| COLUMNS.map(|column| texts(&new.path, &new.row.facts, column))).collect();
    let split = splitter.split(&texts)?;
    let documents = texts.chunks(COLUMNS.len()).zip(split.chunks(COLUMNS.len())).map(|(texts, split)| {
        let mut document = serde_json::Map::new();
        for ((column, text), words) in COLUMNS.iter().zip(texts).zip(split) {
            if text.is_empty() {
                continue;
            }
            let mut words: Vec<&str> = words.iter().map(String::as_str).chain([ANY]).collect();
            words.sort_unstable();
            words.dedup();
            document.insert(key_of(*column).to_owned(), words.into());
        }
        let mut json = serde_json::to_vec(&document).unwrap_or_default();
        if json.len() > LONGEST_JSON {
            // Only endless captions come to this: the rest can still be found.
            document.remove(key_of(WordColumn::Caption));
            json = serde_json::to_vec(&document).unwrap_or_default();
        }
        json
    });
    Ok(documents.collect())
}

/// The columns of rows with their vectors, of `dimension` numbers each.
pub(super) fn columns(
    rows: &[NewRow],
    vectors: &[Vec<f16>],
    dimension: usize,
    root: &str,
    splitter: &WordSplitter,
) -> Result<Vec<(&'static str, Column)>, CatalogErrorKind> {
    let longs = |number: &dyn Fn(&NewRow) -> i64| Column::Longs(rows.iter().map(number).collect());
    let doubles = |number: &dyn Fn(&NewRow) -> f64| Column::Doubles(rows.iter().map(number).collect());
    let texts = |text: &dyn Fn(&NewRow) -> String| Column::Texts(rows.iter().map(text).collect());
    let side =
        |new: &NewRow, side: fn((u32, u32)) -> u32| new.row.dimensions.map_or(-1, |sides| side(sides).into());
    let taken = |new: &NewRow| {
        new.row.taken.unwrap_or_else(|| TakenAt::modified(new.row.mtime_ns, &TimeZone::system()))
    };
    let place = |new: &NewRow| new.row.facts.place;
    let numbers = vectors.iter().flatten().map(|number| number.to_f32()).collect();
    Ok(vec![
        (field::ID, longs(&|new| new.key)),
        (field::VECTOR, Column::Vectors { dimension, numbers }),
        (field::ROOT, texts(&|_| root.to_owned())),
        (field::PATH, texts(&|new| text_of_path(&new.path))),
        (field::STAMP, longs(&|new| new.stamp)),
        (field::HASH, texts(&|new| blake3::Hash::from(new.row.hash).to_hex().to_string())),
        (field::SIZE, longs(&|new| new.row.size.try_into().unwrap_or(i64::MAX))),
        (field::MTIME, longs(&|new| new.row.mtime_ns)),
        (field::WIDTH, longs(&|new| side(new, |(width, _)| width))),
        (field::HEIGHT, longs(&|new| side(new, |(_, height)| height))),
        (
            field::PIXELS,
            longs(&|new| {
                new.row.dimensions.map_or(-1, |(width, height)| i64::from(width) * i64::from(height))
            }),
        ),
        (field::TAKEN, longs(&|new| taken(new).seconds)),
        (field::TAKEN_NS, longs(&|new| taken(new).nanoseconds.into())),
        (field::ISO, longs(&|new| new.row.facts.iso.map_or(-1, i64::from))),
        (field::RATING, longs(&|new| new.row.facts.rating.map_or(NO_RATING, i64::from))),
        (field::LATITUDE, doubles(&|new| place(new).map_or(NO_DEGREES, |place| place.latitude))),
        (field::LONGITUDE, doubles(&|new| place(new).map_or(NO_DEGREES, |place| place.longitude))),
        (field::EXTENSION, texts(&|new| extension(&new.path))),
        (field::NAME_RANK, longs(&|new| name_rank(&new.path))),
        (field::WORDS, Column::Json(words(rows, splitter)?)),
        (
            field::FACTS,
            Column::Json(
                rows.iter().map(|new| serde_json::to_vec(&shown(&new.row)).unwrap_or_default()).collect(),
            ),
        ),
    ])
}

/// The extension of a file's name, as filters compare it.
fn extension(path: &[u8]) -> String {
    let path = paths::from_bytes(path);
    let extension =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    if extension.len() > LONGEST_EXTENSION { String::new() } else { extension }
}

/// The first eight bytes of a file's name in lower case, as far as they are ASCII, as a number in their order.
pub(super) fn name_rank(path: &[u8]) -> i64 {
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(name(path)) {
        *place = byte.to_ascii_lowercase();
    }
    // Flipping the first bit makes the order of signed numbers that of the bytes.
    (u64::from_be_bytes(first) ^ (1 << 63)).cast_signed()
}

/// A row that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundRow {
    /// Its key.
    pub key: i64,
    /// The path below the root.
    pub path: Vec<u8>,
    /// Bytes of the file.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Width and height in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// What is shown of it.
    pub facts: PictureFacts,
    /// When it was taken.
    pub taken: TakenAt,
    /// Whether only a part of it is there.
    pub damaged: bool,
    /// Version of the rules by which it was decoded.
    pub decoder: u32,
    /// Its vector, as it was stored; empty if it was not asked for.
    pub vector: Vec<f16>,
    /// The cosine to what was searched for, as the server has it; 0 if nothing was.
    pub score: f32,
}

/// The rows of an answer that has [`OUTPUT`] or [`OUTPUT_OF_LIST`], and the vectors if they have `dimension` numbers.
///
/// # Errors
/// When the answer lacks a field.
pub(super) fn found_rows(
    columns: &mut Columns,
    rows: usize,
    dimension: Option<usize>,
) -> Result<Vec<FoundRow>, MilvusError> {
    let is_list = !columns.has(field::FACTS);
    let keys = columns.longs(field::ID, rows)?;
    let paths = columns.texts(field::PATH, rows)?;
    let (widths, heights) = (columns.longs(field::WIDTH, rows)?, columns.longs(field::HEIGHT, rows)?);
    let (taken, taken_ns) = (columns.longs(field::TAKEN, rows)?, columns.longs(field::TAKEN_NS, rows)?);
    let (sizes, mtimes, latitudes, longitudes, facts);
    if is_list {
        (sizes, mtimes) = (vec![0; rows], vec![0; rows]);
        (latitudes, longitudes) = (vec![NO_DEGREES; rows], vec![NO_DEGREES; rows]);
        facts = vec![Vec::new(); rows];
    } else {
        (sizes, mtimes) = (columns.longs(field::SIZE, rows)?, columns.longs(field::MTIME, rows)?);
        latitudes = columns.doubles(field::LATITUDE, rows)?;
        longitudes = columns.doubles(field::LONGITUDE, rows)?;
        facts = columns.json(field::FACTS, rows)?;
    }
    let vectors = match dimension {
        Some(dimension) => columns.vectors(field::VECTOR, rows, dimension)?,
        None => Vec::new(),
    };
    let row = |at: usize| {
        // What cannot be read is unknown.
        let shown: ShownFacts = serde_json::from_slice(&facts[at]).unwrap_or_default();
        let side = |side: i64| u32::try_from(side).ok();
        let place = (latitudes[at].abs() <= 90.0).then(|| PlaceOnEarth {
            latitude: latitudes[at],
            longitude: longitudes[at],
            altitude: shown.altitude,
        });
        let source = shown.taken_from.as_deref().and_then(TakenFrom::named).unwrap_or(TakenFrom::Modified);
        let vector =
            dimension.map(|dimension| &vectors[at * dimension..(at + 1) * dimension]).unwrap_or_default();
        FoundRow {
            key: keys[at],
            path: path_of_text(&paths[at]),
            size: u64::try_from(sizes[at]).unwrap_or(0),
            mtime_ns: mtimes[at],
            dimensions: side(widths[at]).zip(side(heights[at])),
            taken: TakenAt {
                seconds: taken[at],
                nanoseconds: u32::try_from(taken_ns[at]).unwrap_or(0),
                offset: shown.taken_offset,
                source,
            },
            facts: PictureFacts {
                taken: None,
                make: shown.make,
                model: shown.model,
                lens: shown.lens,
                iso: shown.iso,
                focal_length: shown.focal_length,
                aperture: shown.aperture,
                exposure: shown.exposure,
                place,
                orientation: shown.orientation,
                rating: shown.rating,
                title: shown.title,
                caption: shown.caption,
                tags: shown.tags,
            },
            damaged: shown.damaged,
            decoder: shown.decoder,
            vector: vector.iter().map(|number| f16::from_f32(*number)).collect(),
            score: 0.0,
        }
    };
    Ok((0..rows).map(row).collect())
}

/// Number of rows of an answer that has keys.
pub(super) fn count(columns: &Columns) -> usize {
    columns.rows(field::ID)
}
