//! Takes over embeddings that another program made, so that pictures need no encoding: first everything is checked,
//! then files are read for their hashes and sizes, and entered as the indexer would, a transaction a batch.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use half::f16;
use rayon::prelude::*;

use super::collection::{Collection, canonical};
use super::error::LibraryError;
use super::memory_limiter::MemoryLimiter;
use super::npy::NpyReader;
use super::report::{Observer, Progress};
use super::unreachable::Unreachable;
use crate::base::file_id::FileId;
use crate::base::model_key::ModelKey;
use crate::base::paths::{self, mtime_ns};
use crate::catalog::{Catalog, PictureRecord};
use crate::picture::{self, DECODER_VERSION, Limits, PictureError, Source};

/// Rows a transaction.
const BATCH: usize = 512;

/// Embeddings with the pictures they are of, checked: every row is a vector that can be searched, of a file of its
/// own in the folder, which may be missing.
#[derive(Debug)]
pub struct Import {
    /// Canonical.
    folder: PathBuf,
    /// Of each row, relative to `folder`.
    files: Vec<PathBuf>,
    reader: NpyReader<File>,
    /// The file that `reader` reads.
    embeddings: PathBuf,
}

/// The outcome of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Rows that are searchable now.
    pub imported: usize,
    /// Rows whose file is missing or unreadable.
    pub skipped: usize,
    /// Searchable pictures of the folder.
    pub pictures: usize,
    /// Of those imported, pictures that the next `index` would drop.
    #[serde(skip)]
    pub unreachable: Option<Unreachable>,
}

impl Import {
    /// Checks a `.npy` file of `embeddings` against the `list` of their pictures' paths, relative to `folder` or
    /// absolute: one a line in UTF-8, or any bytes ended by NUL with `print0`.
    ///
    /// # Errors
    /// When a file can't be read, is not as it should be, or does not fit the model `key`; the text names the row,
    /// counted from 0.
    pub fn check(
        folder: &Path,
        embeddings: &Path,
        list: &Path,
        print0: bool,
        key: &ModelKey,
    ) -> Result<Self, LibraryError> {
        let root = canonical(folder)?;
        let named = || format!("embeddings '{}'", paths::display(embeddings));
        let mut reader = NpyReader::open(embeddings).map_err(|error| error.within(named()))?;
        if reader.columns() != key.dimension {
            return Err(LibraryError::OtherDimension {
                file: embeddings.to_owned(),
                found: reader.columns(),
                model: key.id.clone(),
                expected: key.dimension,
            });
        }
        let listed = || format!("list of paths '{}'", paths::display(list));
        let bytes = std::fs::read(list).map_err(|error| LibraryError::Unreadable(error).within(listed()))?;
        let entries = split(&bytes, print0);
        let (rows, count) = (reader.rows(), entries.len());
        if rows > count {
            let reason =
                format!("{rows} rows, but {count} paths in '{}': row {count} has none", paths::display(list));
            return Err(LibraryError::Unfit(reason).within(named()));
        } else if rows < count {
            let (list, extra) = (paths::display(list), place(rows, print0));
            let reason = format!("{rows} rows, but {count} paths in '{list}': {extra} has no row");
            return Err(LibraryError::Unfit(reason).within(named()));
        }
        for row in 0..rows {
            reader.next_row().and_then(unit).map_err(|error| {
                error.within(format!("{}: row {row} ({} of the paths)", named(), place(row, print0)))
            })?;
        }
        let absolute = std::path::absolute(folder)
            .map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
        let mut files = Vec::with_capacity(rows);
        let mut row_of = HashMap::with_capacity(rows);
        let at = |row| format!("{}: row {row}, {}", listed(), place(row, print0));
        for (row, entry) in entries.iter().enumerate() {
            let file = inside(&[&root, &absolute], entry, print0).map_err(|error| error.within(at(row)))?;
            if let Some(first) = row_of.insert(file.clone(), row) {
                let reason = format!("'{}' has row {first} already", paths::display(&file));
                return Err(LibraryError::Unfit(reason).within(at(row)));
            }
            files.push(file);
        }
        reader.rewind().map_err(|error| error.within(named()))?;
        Ok(Self { folder: root, files, reader, embeddings: embeddings.to_owned() })
    }

    /// Enters the vectors of the files that are there into the folder's collection: the `existing` one, or else one that is
    /// made. Returns the collection and its catalogue too, if there is one now.
    ///
    /// They take the place of vectors of the same model. Of files with the same contents the last row counts. With
    /// `keep_model`, the model that the collection is searched with stays as it is.
    ///
    /// # Errors
    /// When the embeddings can't be read (again) or the catalogue can't be written; batches before that stay.
    pub fn run(
        mut self,
        existing: Option<(Collection, Catalog)>,
        key: &ModelKey,
        keep_model: bool,
        observer: &dyn Observer,
    ) -> Result<(Imported, Option<(Collection, Catalog)>), LibraryError> {
        let mut counts = Imported::default();
        let (mut existing, mut target) = (existing, None);
        let limiter = MemoryLimiter::new(Limits::default().max_memory);
        let total = self.files.len();
        let mut progress = Progress { found: total, total, ..Progress::default() };
        observer.progress(progress, false);
        let files = std::mem::take(&mut self.files);
        let mut entered = Vec::new();
        for (batch, files) in files.chunks(BATCH).enumerate() {
            let vectors = (0..files.len()).map(|at| {
                let vector = self.reader.next_row().and_then(unit);
                let row = batch * BATCH + at;
                vector.map_err(|error| {
                    error.within(format!("embeddings '{}': row {row}", paths::display(&self.embeddings)))
                })
            });
            let vectors = vectors.collect::<Result<Vec<_>, LibraryError>>()?;
            let records: Vec<_> =
                files.par_iter().map(|file| read_record(&self.folder.join(file), &limiter)).collect();
            let mut rows = Vec::with_capacity(files.len());
            for ((file, record), vector) in files.iter().zip(records).zip(vectors) {
                match record {
                    Ok(record) => rows.push((file, record, vector)),
                    Err(reason) => {
                        counts.skipped += 1;
                        observer.unreadable(&self.folder.join(file), &reason.to_string());
                    }
                }
            }
            if !rows.is_empty() {
                // Not before there is something to enter: a wrong folder leaves nothing behind.
                let target = match &mut target {
                    Some(target) => target,
                    None => target.insert(Target::open(existing.take(), &self.folder, key, keep_model)?),
                };
                entered.extend(rows.iter().map(|(file, ..)| (*file).clone()));
                target.enter(rows)?;
            }
            progress.done += files.len();
            progress.failed = counts.skipped;
            observer.progress(progress, true);
        }
        if let Some(target) = target {
            counts.imported = entered.len();
            counts.unreachable =
                target.collection.unreachable(&target.collection.walk_options(&target.catalog)?, &entered);
            let prefix = target.collection.prefix_bytes();
            counts.pictures = target.catalog.counts(Some(target.model), &prefix)?.pictures;
            return Ok((counts, Some((target.collection, target.catalog))));
        }
        if let Some((collection, catalog)) = &existing {
            counts.pictures = catalog.counts(catalog.find_model(key)?, &collection.prefix_bytes())?.pictures;
        }
        Ok((counts, existing))
    }
}

/// Where rows are entered.
struct Target {
    collection: Collection,
    catalog: Catalog,
    model: i64,
}

impl Target {
    fn open(
        existing: Option<(Collection, Catalog)>,
        folder: &Path,
        key: &ModelKey,
        keep_model: bool,
    ) -> Result<Self, LibraryError> {
        let (collection, catalog) = existing.map_or_else(|| Collection::open_or_create(folder, false), Ok)?;
        let model = catalog.model(key)?;
        // As after indexing: a part leaves the model that the whole is searched with.
        catalog.remember_run(key, collection.is_whole(), keep_model)?;
        Ok(Self { collection, catalog, model })
    }

    /// Enters files (relative to the folder that was asked for) in one transaction.
    fn enter(&mut self, rows: Vec<(&PathBuf, PictureRecord, Vec<f32>)>) -> Result<(), LibraryError> {
        let (model, prefix) = (self.model, &self.collection.prefix);
        Ok(self.catalog.write(|writer| {
            for (file, record, vector) in &rows {
                let Some(hash) = record.hash else { continue };
                let record = PictureRecord { path: paths::to_bytes(&prefix.join(file)), ..record.clone() };
                writer.embedding(model, hash, vector, DECODER_VERSION)?;
                writer.record(&record)?;
            }
            Ok(())
        })?)
    }
}

/// What the indexer would record of a file, but for its path.
fn read_record(path: &Path, limiter: &MemoryLimiter) -> Result<PictureRecord, PictureError> {
    let metadata = path.metadata()?;
    let limits = Limits::default();
    let _reservation = limiter.reserve(metadata.len().min(limits.max_file_bytes));
    let bytes = picture::read_file(path, &limits)?;
    let source = Source::new(&bytes, path);
    let (dimensions, taken_at) = picture::describe(source, &limits)?;
    Ok(PictureRecord {
        path: Vec::new(),
        size: metadata.len(),
        mtime_ns: mtime_ns(&metadata),
        file_id: FileId::of(&metadata),
        hash: Some(*blake3::hash(&bytes).as_bytes()),
        dimensions: Some(dimensions),
        taken_at,
        format: picture::format_name(source).map(str::to_owned),
        decoder: DECODER_VERSION,
        ..PictureRecord::default()
    })
}

/// A row at unit length. One that is as pixseek exports it stays as it is, so that nothing is lost on the way.
///
/// # Errors
/// When it has no direction.
fn unit(mut row: Vec<f32>) -> Result<Vec<f32>, LibraryError> {
    if let Some(at) = row.iter().position(|x| !x.is_finite()) {
        return Err(LibraryError::Unfit(format!("number {at} is {}: not finite", row[at])));
    }
    let length = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if length == 0.0 {
        return Err(LibraryError::Unfit("all its numbers are zero".into()));
    }
    let is_stored = |x: f32| f16::from_f32(x).to_f32() == x;
    // What rounding to f16 can make of a length of 1.
    let rounded = (length - 1.0).abs() < 1.0 / 2048.0;
    if !(rounded && row.iter().all(|&x| is_stored(x))) {
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    Ok(row)
}

/// The entries of a list; the last one's end may be missing.
fn split(bytes: &[u8], print0: bool) -> Vec<&[u8]> {
    let end = if print0 { b'\0' } else { b'\n' };
    let mut entries: Vec<_> = bytes.split(|&byte| byte == end).collect();
    // What comes after the last end.
    let rest = entries.pop().unwrap_or_default();
    // Windows ends lines so, and no list has only names that do.
    if !print0 && entries.iter().all(|entry| entry.ends_with(b"\r")) {
        entries.iter_mut().for_each(|entry| *entry = &entry[..entry.len() - 1]);
    }
    if !rest.is_empty() {
        entries.push(rest);
    }
    entries
}

/// Where the path of a row stands, as people count.
fn place(row: usize, print0: bool) -> String {
    format!("{} {}", if print0 { "path" } else { "line" }, row + 1)
}

/// The path of an entry relative to the folder, which goes by several names.
fn inside(folders: &[&Path], entry: &[u8], print0: bool) -> Result<PathBuf, LibraryError> {
    if entry.is_empty() {
        return Err(LibraryError::NoPath);
    }
    if entry.contains(&0) {
        return Err(LibraryError::NulInPath);
    }
    if !print0 && str::from_utf8(entry).is_err() {
        return Err(LibraryError::PathNotUtf8);
    }
    let path = paths::from_bytes(entry);
    let outside = || LibraryError::OutsideFolder { path: path.clone(), folder: folders[0].to_owned() };
    let relative = if path.is_absolute() {
        folders.iter().find_map(|folder| path.strip_prefix(folder).ok()).ok_or_else(outside)?
    } else {
        &path
    };
    let mut plain = PathBuf::new();
    for component in relative.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => return Err(outside()),
        }
    }
    if plain.as_os_str().is_empty() { Err(LibraryError::FolderItself(path)) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_unit_length_but_stored_ones_stay() {
        assert_eq!(unit(vec![3.0, -4.0]).unwrap(), [0.6, -0.8]);
        assert_eq!(unit(vec![f32::MAX, 0.0]).unwrap(), [1.0, 0.0]);
        assert_eq!(unit(vec![1e-45, 0.0]).unwrap(), [1.0, 0.0]);
        let stored = [0.6_f32, 0.8].map(|x| f16::from_f32(x).to_f32());
        assert_ne!(stored[0], 0.6);
        assert_eq!(unit(stored.to_vec()).unwrap(), stored);
        let reason = |row: &[f32]| unit(row.to_vec()).unwrap_err().to_string();
        assert_eq!(reason(&[0.0, f32::NAN]), "number 1 is NaN: not finite");
        assert_eq!(reason(&[f32::NEG_INFINITY, 1.0]), "number 0 is -inf: not finite");
        assert_eq!(reason(&[0.0, -0.0]), "all its numbers are zero");
    }

    #[test]
    fn lists_are_split() {
        let text = |bytes, print0| {
            split(bytes, print0)
                .into_iter()
                .map(<[u8]>::escape_ascii)
                .map(|e| e.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(text(b"a\nb\n", false), ["a", "b"]);
        assert_eq!(text(b"a\n\nb", false), ["a", "", "b"]);
        assert_eq!(text(b"a\r\nb\r\n", false), ["a", "b"]);
        assert_eq!(text(b"a\r\nb", false), ["a", "b"]);
        assert_eq!(text(b"a\r\nb\n", false), [r"a\r", "b"]);
        assert_eq!(text(b"a\nb\0c\0", true), [r"a\nb", "c"]);
        assert!(split(b"", false).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn paths_stay_in_the_folder() {
        let folders = [Path::new("/real/pics"), Path::new("/link/pics")];
        let place =
            |entry: &str| inside(&folders, entry.as_bytes(), false).map_err(|error| error.to_string());
        for same in ["a/b.png", "./a//b.png", "/real/pics/a/b.png", "/link/pics/./a/b.png"] {
            assert_eq!(place(same).unwrap(), Path::new("a/b.png"));
        }
        for outside in [
            "../b.png",
            "a/../../b.png",
            "a/../b.png",
            "/other/b.png",
            "/real/pics2/b.png",
            "/real/pics/../b",
        ] {
            assert!(place(outside).unwrap_err().contains("is outside folder '/real/pics'"), "{outside}");
        }
        assert!(place(".").unwrap_err().contains("the folder itself"));
        assert!(place("").unwrap_err().contains("no path"));
        assert!(place("a\0b").unwrap_err().contains("holds a NUL"));
        assert!(inside(&folders, b"\xff.png", false).is_err());
        assert_eq!(inside(&folders, b"\xff.png", true).unwrap(), paths::from_bytes(b"\xff.png"));
    }
}
