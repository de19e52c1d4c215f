//! Takes over rclip's index: vectors of pictures that are what they were when rclip read them, once it is sure that the same
//! model makes them here.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::enter::{BATCH, Entry, Target, read_record};
use super::rows::{inside, unit};
use super::same_model::{Agreement, check_sizes, hub_id};
use crate::base::model_key::Precision;
use crate::base::paths;
use crate::catalog::{Catalog, PictureRecord, RCLIP_DIMENSION, RclipIndex, RclipRow, RclipState};
use crate::clip::Checkpoint;
use crate::library::collection::{Collection, canonical};
use crate::library::error::LibraryError;
use crate::library::memory_limiter::MemoryLimiter;
use crate::library::open::model_key;
use crate::library::report::{Observer, Progress};
use crate::library::unreachable::Unreachable;
use crate::picture::{self, Limits, PictureError, PillowDifference};

/// Pictures that are encoded, and compared with what rclip made of them.
const COMPARED: usize = 8;
/// How far a time that Python rounded to a double may be off, in seconds.
const ROUNDING: f64 = 1e-6;

/// rclip's index, with its rows of the pictures in a folder.
pub struct RclipImport {
    /// Canonical.
    folder: PathBuf,
    index: RclipIndex,
    /// Rows that count, with their files relative to `folder`.
    rows: Vec<(PathBuf, RclipRow)>,
    left_out: RclipLeftOut,
}

/// The outcome of taking over rclip's index.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct RclipImported {
    /// Pictures whose vectors are rclip's now.
    pub imported: usize,
    /// Pictures that had a vector already, which stays.
    pub kept: usize,
    /// Rows of pictures in the folder that were left out.
    pub skipped: usize,
    /// Searchable pictures of the folder.
    pub pictures: usize,
    /// Why rows were left out.
    pub left_out: RclipLeftOut,
    /// How far the vectors agree with those that are made here; none when there was nothing to compare.
    pub agreement: Option<Agreement>,
    /// Of those imported, pictures that the next `index` would drop.
    #[serde(skip)]
    pub unreachable: Option<Unreachable>,
}

/// The number of rows that were left out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RclipLeftOut {
    /// The picture is not in the folder. These are not counted as skipped.
    pub outside: usize,
    /// rclip has marked the row as deleted.
    pub deleted: usize,
    /// rclip was looking for the file when it ended, or is at it now.
    pub indexing: usize,
    /// The file is gone.
    pub missing: usize,
    /// The file has another size or time than rclip saw.
    pub changed: usize,
    /// The file can't be read as a picture.
    pub unreadable: usize,
    /// rclip saw another picture: it does not turn pictures upright, nor lay them on white.
    pub seen_otherwise: usize,
    /// The row has no vector of the right length, or one that is not finite or has no direction, or it makes no sense.
    pub bad_rows: usize,
}

impl RclipLeftOut {
    /// Rows of pictures in the folder.
    pub fn skipped(&self) -> usize {
        let Self { outside: _, deleted, indexing, missing, changed, unreadable, seen_otherwise, bad_rows } =
            *self;
        deleted + indexing + missing + changed + unreadable + seen_otherwise + bad_rows
    }
}

/// Why a row is left out after a look at its file.
enum Unfit {
    Missing,
    Changed,
    SeenOtherwise,
    Unreadable(PictureError),
}

impl RclipImport {
    /// Opens rclip's index `database` for reading, and looks up what it has of the pictures in `folder`.
    ///
    /// # Errors
    /// When the folder is missing, or the index is missing, locked, damaged, something else, or of a newer rclip.
    pub fn open(folder: &Path, database: &Path) -> Result<Self, LibraryError> {
        let root = canonical(folder)?;
        let absolute = std::path::absolute(folder)
            .map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
        let index = RclipIndex::open(database)?;
        let (mut rows, mut left_out, mut seen) = (Vec::new(), RclipLeftOut::default(), HashSet::new());
        left_out.bad_rows = index.rows(|row| {
            let Ok(file) = inside(&[&root, &absolute], row.path.as_bytes(), true) else {
                left_out.outside += 1;
                return;
            };
            match row.state {
                RclipState::Deleted => left_out.deleted += 1,
                RclipState::Indexing => left_out.indexing += 1,
                // Two names of the folder lead to one picture.
                RclipState::Present if seen.insert(file.clone()) => rows.push((file, row)),
                RclipState::Present => {}
            }
        })?;
        Ok(Self { folder: root, index, rows, left_out })
    }

    /// The hub id of the model that made rclip's vectors.
    pub fn model(&self) -> &'static str {
        hub_id(self.index.model())
    }

    /// Whether a checkpoint may be that model, by its sizes and its name.
    ///
    /// # Errors
    /// When it can't be.
    pub fn check_model(&self, checkpoint: &Checkpoint) -> Result<(), LibraryError> {
        check_sizes(checkpoint, self.index.model(), RCLIP_DIMENSION, self.index.path())
    }

    /// Enters the vectors of the pictures that are what they were into the folder's collection: the `existing` one, or else
    /// one that is made. Returns the collection and its catalogue too, if there is one now. rclip's index stays as it is.
    ///
    /// Before anything is written, a few pictures are encoded by the checkpoint, which must be placed for f32, and compared
    /// with what rclip made of them. Contents that have a vector of that model keep it. With `keep_model`, the model that
    /// the collection is searched with stays as it is.
    ///
    /// # Errors
    /// When the checkpoint is not the model that made rclip's vectors, rclip's index can't be read, or the catalogue can't
    /// be written; batches before that stay.
    pub fn run(
        self,
        mut existing: Option<(Collection, Catalog)>,
        checkpoint: &Checkpoint,
        keep_model: bool,
        observer: &dyn Observer,
    ) -> Result<(RclipImported, Option<(Collection, Catalog)>), LibraryError> {
        debug_assert_eq!(checkpoint.placement.precision, Precision::F32, "rclip computes with f32");
        self.check_model(checkpoint)?;
        let key = model_key(checkpoint);
        let Self { folder, index, rows, mut left_out } = self;
        let mut counts = RclipImported::default();
        let known = match &existing {
            Some((_, catalog)) => match catalog.find_model(&key)? {
                Some(model) => catalog.embedded(model)?,
                None => HashSet::new(),
            },
            None => HashSet::new(),
        };
        let limiter = MemoryLimiter::new(Limits::default().max_memory);
        let mut progress = Progress { found: rows.len(), total: rows.len(), ..Progress::default() };
        observer.progress(progress, false);
        let (mut target, mut entered) = (None, Vec::new());
        for batch in rows.chunks(BATCH) {
            let inspected: Vec<_> =
                batch.par_iter().map(|(file, row)| inspect(&folder.join(file), row, &limiter)).collect();
            let (mut entries, mut differences) = (Vec::new(), Vec::new());
            for ((file, row), inspected) in batch.iter().zip(inspected) {
                let (record, difference) = match inspected {
                    Ok(seen) => seen,
                    Err(unfit) => {
                        unfit.count(&mut left_out, &folder.join(file), observer);
                        continue;
                    }
                };
                let vector = match index.vector(row)?.map(unit) {
                    Some(Ok(vector)) => vector,
                    Some(Err(_)) | None => {
                        left_out.bad_rows += 1;
                        continue;
                    }
                };
                let is_known = record.hash.is_some_and(|hash| known.contains(&hash));
                counts.kept += usize::from(is_known);
                differences.push(difference);
                entries.push(Entry { file, record, vector: (!is_known).then_some(vector) });
            }
            if !entries.is_empty() {
                let has_new = entries.iter().any(|entry| entry.vector.is_some());
                if has_new && counts.agreement.is_none() {
                    counts.agreement = compare(&folder, &entries, &differences, checkpoint)?;
                    let agreement = counts.agreement.as_ref();
                    if agreement.is_none_or(|agreement| !agreement.is_enough()) {
                        return Err(LibraryError::NotRclipsVectors {
                            index: index.path().to_owned(),
                            model: checkpoint.id.clone(),
                            compared: agreement.map_or(0, |agreement| agreement.compared),
                            median: agreement.map(|agreement| agreement.median),
                        });
                    }
                }
                let target = match &mut target {
                    Some(target) => target,
                    None => target.insert(Target::open(existing.take(), &folder, &key, keep_model)?),
                };
                entered.extend(entries.iter().map(|entry| entry.file.clone()));
                target.enter(&entries)?;
            }
            progress.done += batch.len();
            progress.failed = left_out.unreadable;
            observer.progress(progress, true);
        }
        counts.imported = entered.len() - counts.kept;
        counts.skipped = left_out.skipped();
        counts.left_out = left_out;
        if let Some(target) = target {
            (counts.unreachable, counts.pictures) = target.outcome(&entered)?;
            return Ok((counts, Some((target.collection, target.catalog))));
        }
        if let Some((collection, catalog)) = &existing {
            counts.pictures = catalog.counts(catalog.find_model(&key)?, &collection.prefix_bytes())?.pictures;
        }
        Ok((counts, existing))
    }
}

impl Unfit {
    fn count(self, left_out: &mut RclipLeftOut, path: &Path, observer: &dyn Observer) {
        match self {
            Self::Missing => left_out.missing += 1,
            Self::Changed => left_out.changed += 1,
            Self::SeenOtherwise => left_out.seen_otherwise += 1,
            Self::Unreadable(reason) => {
                left_out.unreadable += 1;
                observer.unreadable(path, &reason.to_string());
            }
        }
    }
}

/// What the indexer would record of the picture of a row, and how rclip's picture of it differs from ours.
fn inspect(
    path: &Path,
    row: &RclipRow,
    limiter: &MemoryLimiter,
) -> Result<(PictureRecord, PillowDifference), Unfit> {
    match path.metadata() {
        Ok(metadata) if !is_what_rclip_saw(metadata.len(), paths::mtime_ns(&metadata), row) => {
            return Err(Unfit::Changed);
        }
        Ok(_) => {}
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(Unfit::Missing);
        }
        Err(error) => return Err(Unfit::Unreadable(error.into())),
    }
    let (record, difference) =
        read_record(path, limiter, picture::pillow_difference).map_err(Unfit::Unreadable)?;
    if !is_what_rclip_saw(record.size, record.mtime_ns, row) {
        return Err(Unfit::Changed);
    }
    match difference {
        PillowDifference::Picture => Err(Unfit::SeenOtherwise),
        _ => Ok((record, difference)),
    }
}

/// Whether a file has the size and the time that rclip noted: Python's `st_mtime`, a double.
fn is_what_rclip_saw(size: u64, mtime_ns: i64, row: &RclipRow) -> bool {
    let seconds = mtime_ns.div_euclid(1_000_000_000) as f64;
    let modified_at = seconds + 1e-9 * mtime_ns.rem_euclid(1_000_000_000) as f64;
    size == row.size && (modified_at - row.modified_at).abs() <= ROUNDING
}

/// Encodes a few of the pictures, spread over them and with the same colours for rclip if there are such, and compares
/// the vectors. None if no picture can be decoded.
fn compare(
    folder: &Path,
    entries: &[Entry<'_>],
    differences: &[PillowDifference],
    checkpoint: &Checkpoint,
) -> Result<Option<Agreement>, LibraryError> {
    let of = |wanted: PillowDifference| {
        let with = entries.iter().zip(differences).filter(move |(_, difference)| **difference == wanted);
        let entries: Vec<&Entry<'_>> =
            with.map(|(entry, _)| entry).filter(|entry| entry.vector.is_some()).collect();
        let step = (entries.len() / COMPARED).max(1);
        let spread: Vec<&Entry<'_>> = entries.iter().copied().step_by(step).collect();
        spread
    };
    let preprocessor = checkpoint.preprocessor();
    let read = |entry: &Entry<'_>| {
        let minimum_size = |width, height| preprocessor.minimum_size(width, height);
        let path = folder.join(entry.file);
        let picture = picture::open_reduced(&path, &Limits::default(), minimum_size).ok()?;
        Some((entry.vector.clone()?, preprocessor.apply(&picture.image)))
    };
    let chosen = of(PillowDifference::None).into_iter().chain(of(PillowDifference::Colours));
    let (vectors, pixels): (Vec<_>, Vec<_>) = chosen.filter_map(read).take(COMPARED).unzip();
    if pixels.is_empty() {
        return Ok(None);
    }
    let embeddings = checkpoint.load_vision()?.embed(&pixels)?;
    Ok(Agreement::of(&vectors.into_iter().zip(embeddings).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_as_python_rounds_them() {
        let row = |modified_at| RclipRow {
            id: 1,
            path: String::new(),
            modified_at,
            size: 10,
            state: RclipState::Present,
        };
        // By `os.stat(...).st_mtime` of a file with `os.utime(ns=...)`.
        for (ns, seconds) in
            [(1_700_000_000_123_456_789, 1_700_000_000.123_456_7), (-1, -1e-9), (5_000_000_000, 5.0)]
        {
            assert!(is_what_rclip_saw(10, ns, &row(seconds)), "{ns}");
            assert!(!is_what_rclip_saw(10, ns + 10_000, &row(seconds)), "{ns}");
            assert!(!is_what_rclip_saw(11, ns, &row(seconds)), "{ns}");
        }
    }
}
