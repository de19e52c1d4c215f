//! Reads and encodes the pictures that are judged by.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::clip::{Checkpoint, Embedding, Pixels, Preprocessor};
use crate::library::error::LibraryError;
use crate::library::report::{Observer, Progress};
use crate::picture::{self, Limits, PictureError};

/// Pictures that are read, and then encoded, together.
const BATCH: usize = 64;

/// The embeddings of pictures, in the same order; none for those that can't be read, of which `observer` is told.
///
/// # Errors
/// When the encoder can't be loaded, or fails.
pub(in crate::library) fn embed_all(
    checkpoint: &Checkpoint,
    paths: &[PathBuf],
    observer: &dyn Observer,
) -> Result<Vec<Option<Embedding>>, LibraryError> {
    let encoder = checkpoint.load_vision()?;
    let preprocessor = checkpoint.preprocessor();
    let mut progress = Progress { found: paths.len(), total: paths.len(), ..Progress::default() };
    let mut embeddings = Vec::with_capacity(paths.len());
    for batch in paths.chunks(BATCH) {
        let mut pixels = Vec::with_capacity(batch.len());
        let mut is_read = Vec::with_capacity(batch.len());
        for (path, read) in batch.iter().zip(read(batch, &preprocessor)) {
            is_read.push(read.is_ok());
            match read {
                Ok(read) => pixels.push(read),
                Err(reason) => {
                    progress.failed += 1;
                    observer.unreadable(path, &reason.to_string());
                }
            }
        }
        let mut encoded = encoder.embed(&pixels)?.into_iter();
        embeddings.extend(is_read.into_iter().map(|is_read| if is_read { encoded.next() } else { None }));
        progress.done += batch.len();
        observer.progress(progress, false);
    }
    Ok(embeddings)
}

/// Reads pictures side by side; those that take more than their share of memory one after the other.
fn read(paths: &[PathBuf], preprocessor: &Preprocessor) -> Vec<Result<Pixels, PictureError>> {
    let whole = Limits::default();
    let threads = rayon::current_num_threads() as u64;
    let share = Limits { max_memory: whole.max_memory / threads.max(1), ..whole };
    let read = |path: &Path, limits: &Limits| {
        let picture =
            picture::open_reduced(path, limits, |width, height| preprocessor.minimum_size(width, height))?;
        Ok(preprocessor.apply(&picture.image))
    };
    let mut pixels: Vec<_> = paths.par_iter().map(|path| read(path, &share)).collect();
    for (pixels, path) in pixels.iter_mut().zip(paths) {
        if matches!(pixels, Err(PictureError::TooMuchMemory(_))) {
            *pixels = read(path, &whole);
        }
    }
    pixels
}
