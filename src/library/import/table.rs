//! Embeddings from a NumPy table with a list of their pictures: first everything is checked, then files are read for their
//! hashes and sizes, and entered as the indexer would, a transaction a batch.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::enter::{BATCH, Entry, Target, read_record};
use super::rows::{inside, unit};
use crate::base::model_key::ModelKey;
use crate::base::paths;
use crate::catalog::Catalog;
use crate::library::collection::{Collection, canonical};
use crate::library::error::LibraryError;
use crate::library::memory_limiter::MemoryLimiter;
use crate::library::npy::NpyReader;
use crate::library::report::{Observer, Progress};
use crate::library::unreachable::Unreachable;
use crate::picture::Limits;

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
                files.par_iter().map(|file| read_record(&self.folder.join(file), &limiter, |_| ())).collect();
            let mut rows = Vec::with_capacity(files.len());
            for ((file, record), vector) in files.iter().zip(records).zip(vectors) {
                match record {
                    Ok((record, ())) => rows.push(Entry { file, record, vector: Some(vector) }),
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
                entered.extend(rows.iter().map(|entry| entry.file.clone()));
                target.enter(&rows)?;
            }
            progress.done += files.len();
            progress.failed = counts.skipped;
            observer.progress(progress, true);
        }
        if let Some(target) = target {
            counts.imported = entered.len();
            (counts.unreachable, counts.pictures) = target.outcome(&entered)?;
            return Ok((counts, Some((target.collection, target.catalog))));
        }
        if let Some((collection, catalog)) = &existing {
            counts.pictures = catalog.counts(catalog.find_model(key)?, &collection.prefix_bytes())?.pictures;
        }
        Ok((counts, existing))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
