//! Folders for `bench tui` with more pictures than anyone would wait for to be indexed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{facts, vectors};
use crate::base::paths;
use crate::catalog::PictureRecord;
use crate::clip::Checkpoint;
use crate::demo::{self, Differing};
use crate::library::{self, Collection};
use crate::picture::DECODER_VERSION;

/// Number of links in one folder.
const FOLDER: usize = 1000;
/// Number of rows in one transaction.
const BATCH: usize = 10_000;

/// A folder in the cache folder, which is deleted when this is dropped.
pub(super) struct Stage(pub(super) PathBuf);

impl Stage {
    pub(super) fn new() -> Result<Self> {
        let folder = paths::cache_dir()?.join(format!("bench-tui-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("can't make '{}'", paths::display(&folder)))?;
        Ok(Self(folder))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("can't delete '{}': {error}", paths::display(&self.0));
        }
    }
}

/// Writes the demo gallery, and returns the paths of its pictures.
pub(super) fn gallery(folder: &Path) -> Result<Vec<PathBuf>> {
    demo::write_gallery(folder, Differing::Refuse)?;
    let mut pictures: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    pictures
        .retain(|path| path.extension().is_some_and(|extension| extension == "png" || extension == "jpg"));
    pictures.sort();
    Ok(pictures)
}

/// Makes `count` links to pictures, with an index beside them. The pictures are real files, so that previews cost what they do;
/// the vectors are not theirs.
pub(super) fn fill(folder: &Path, checkpoint: &Checkpoint, count: usize, pictures: &[PathBuf]) -> Result<()> {
    fs::create_dir_all(folder)?;
    let collection = Collection::find_or_create(folder, true)?;
    let mut catalog = collection.catalog()?;
    let key = library::model_key(checkpoint);
    let model = catalog.model(&key)?;
    let matrix = vectors::clustered(count, key.dimension);
    let rows: Vec<usize> = (0..count).collect();
    for batch in rows.chunks(BATCH) {
        let mut records = Vec::new();
        for &row in batch {
            let path = link(folder, pictures, row)?;
            records.push((row, record(&path, row)));
        }
        catalog.write(|writer| {
            for (row, record) in &records {
                writer.record(record)?;
                if let Some(hash) = record.hash {
                    writer.embedding(model, hash, &matrix.vector(*row), DECODER_VERSION)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Makes another name for a picture. Returns it relative to the folder.
fn link(folder: &Path, pictures: &[PathBuf], row: usize) -> Result<PathBuf> {
    let original = pictures.get(row % pictures.len().max(1)).context("there are no pictures")?;
    let name = PathBuf::from(format!("{:04}", row / FOLDER))
        .join(format!("{row:07}"))
        .with_extension(original.extension().unwrap_or_default());
    let path = folder.join(&name);
    if row.is_multiple_of(FOLDER) {
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
    }
    // File systems have a largest number of links, and some have none.
    fs::hard_link(original, &path).or_else(|_| fs::copy(original, &path).map(drop))?;
    Ok(name)
}

fn record(path: &Path, row: usize) -> PictureRecord {
    let (facts, dimensions) = facts::drawn(row);
    PictureRecord {
        dimensions: Some(dimensions),
        size: 1000 * row as u64,
        facts: Some(Box::new(facts)),
        path: paths::to_bytes(path),
        mtime_ns: row as i64,
        hash: Some(*blake3::hash(&row.to_le_bytes()).as_bytes()),
        decoder: DECODER_VERSION,
        ..PictureRecord::default()
    }
}
