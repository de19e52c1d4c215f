//! Makes the thumbprints that are missing: of pictures that an earlier version indexed, or whose vectors were imported.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::base::paths;
use crate::base::thumbprint::Thumbprint;
use crate::catalog::{Catalog, Hash};
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::memory_limiter::MemoryLimiter;
use crate::library::report::{Observer, Progress};
use crate::picture::{self, Limits, PictureError, Source};

/// Pictures whose thumbprints are committed together; a process that is stopped then goes on from there.
const BATCH: usize = 128;

/// What became of a picture.
enum Print {
    /// Its thumbprint; none where it can't be decoded.
    Made(Option<Box<Thumbprint>>),
    /// The file is another now, or can't be read: it gets its turn once it was indexed again.
    Later,
}

/// Makes the missing thumbprints of the part of a collection that was asked for, unless its catalogue can't be written.
/// Stops early, with what is done committed, when `cancel` turns true. Returns how many pictures have none.
///
/// # Errors
/// When the catalogue can't be read or written.
pub fn prepare(
    collection: &Collection,
    catalog: &mut Catalog,
    observer: &dyn Observer,
    cancel: &AtomicBool,
) -> Result<usize, LibraryError> {
    let (missing, change) = catalog.without_thumbprint(&collection.prefix_bytes())?;
    if catalog.is_readonly() {
        return Ok(missing.len());
    }
    let (total, limits) = (missing.len(), Limits::default());
    let memory = MemoryLimiter::new(limits.max_memory);
    let mut left = 0;
    let progress = |done| Progress { thumbprints: true, total, done, ..Progress::default() };
    if total > 0 {
        observer.progress(progress(0), false);
    }
    for (number, batch) in missing.chunks(BATCH).enumerate() {
        if cancel.load(Ordering::Relaxed) {
            return Ok(total - number * BATCH + left);
        }
        let made: Vec<(Hash, Print)> = batch
            .par_iter()
            .map(|(hash, path)| {
                (*hash, make(&collection.root.join(paths::from_bytes(path)), *hash, &limits, &memory))
            })
            .collect();
        let noted: Vec<(Hash, Option<Thumbprint>)> = made
            .into_iter()
            .filter_map(|(hash, print)| match print {
                Print::Made(print) => Some((hash, print.map(|print| *print))),
                Print::Later => None,
            })
            .collect();
        left += batch.len() - noted.len();
        catalog.note_thumbprints(&noted)?;
        observer.progress(progress(number * BATCH + batch.len()), false);
    }
    if left == 0 && collection.is_whole() {
        catalog.set_thumbprinted(change)?;
    }
    Ok(left)
}

fn make(path: &Path, hash: Hash, limits: &Limits, memory: &MemoryLimiter) -> Print {
    let Ok(metadata) = std::fs::metadata(path) else { return Print::Later };
    let mut bytes_needed = metadata.len().min(limits.max_file_bytes);
    loop {
        // Dropped after what it stands for.
        let mut reservation = memory.reserve(bytes_needed);
        let Ok(bytes) = picture::read_file(path, limits) else { return Print::Later };
        if *blake3::hash(&bytes).as_bytes() != hash {
            return Print::Later;
        }
        let decoded = picture::decode_reduced(
            Source::new(&bytes, path),
            limits,
            picture::thumbprint_minimum_size,
            |more| {
                bytes_needed = more.saturating_add(bytes.len() as u64);
                reservation.grow_to(bytes_needed)
            },
        );
        match decoded {
            Ok(Some(decoded)) => return Print::Made(Some(Box::new(picture::thumbprint(&decoded.image)))),
            // Once more, when there is room for all of it.
            Ok(None) => {}
            // A program that decodes for us may be missing today.
            Err(PictureError::Io(error)) if error.kind() != io::ErrorKind::InvalidData => {
                return Print::Later;
            }
            Err(_) => return Print::Made(None),
        }
    }
}
