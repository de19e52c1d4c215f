//! Files of the same size and time as before that are another file by the system's word: a new inode, or a later change
//! of its state. They may have been swapped or rewritten; or only moved to another disk, copied, or given other rights.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::before::Before;
use super::report::{Observer, Progress};
use super::walk::{PictureFile, WalkResult};
use crate::base::file_id::FileId;
use crate::base::paths;
use crate::catalog::{CatalogEntry, Hash};

/// Files that are hashed between two reports of progress.
const BATCH: usize = 256;

/// Hashes the files of which only the file system says that they changed. Those with the contents that are known count as
/// what they were, and so do those that can't be read just now. Returns what tells the former from others from now on, by
/// the ids of their rows.
pub(super) fn compare(
    root: &std::path::Path,
    walked: &mut WalkResult,
    before: &Before,
    observer: &dyn Observer,
    cancel: &AtomicBool,
) -> Vec<(i64, FileId)> {
    let mut touched: Vec<(&mut PictureFile, &CatalogEntry, Hash)> = walked
        .files
        .iter_mut()
        .filter_map(|file| {
            let known = before.entries.get(&file.path).filter(|known| is_touched(known, file))?;
            Some((file, known, known.hash?))
        })
        .collect();
    let total = touched.len();
    let mut confirmed = Vec::new();
    for (number, batch) in touched.chunks_mut(BATCH).enumerate() {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        let progress = Progress { checking: true, total, done: number * BATCH, ..Progress::default() };
        observer.progress(progress, false);
        let hashes: Vec<io::Result<Hash>> =
            batch.par_iter().map(|(file, ..)| hash(&root.join(paths::from_bytes(&file.path)))).collect();
        for ((file, known, expected), hash) in batch.iter_mut().zip(hashes) {
            match hash {
                Ok(hash) if hash != *expected => continue,
                Ok(_) => confirmed.push((known.id, file.file_id)),
                // It is gone: reading it for its pixels will tell.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(_) => {}
            }
            file.file_id = known.file_id;
        }
    }
    confirmed
}

fn is_touched(known: &CatalogEntry, file: &PictureFile) -> bool {
    let is_same = known.size == file.size && known.mtime_ns == file.mtime_ns;
    is_same && !known.removed && known.file_id.differs(file.file_id)
}

fn hash(path: &std::path::Path) -> io::Result<Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(*hasher.finalize().as_bytes())
}
