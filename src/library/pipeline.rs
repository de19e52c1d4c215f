//! From prepared pictures to rows of the catalogue: the vision tower on the calling thread, one transaction a batch. Killed
//! at any moment, the next run goes on from the last batch.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::decode_pool::{Contents, DecodePool, Prepared};
use super::error::LibraryError;
use super::report::Observer;
use super::run_stats::RunStats;
use crate::base::model_key::ModelKey;
use crate::base::paths;
use crate::catalog::{Catalog, Hash, ImageInfo, Recorded};
use crate::clip::{Checkpoint, VisionEncoder};
use crate::picture::DECODER_VERSION;

/// Pictures of a forward pass, and so of a transaction.
const BATCH: usize = 32;
/// Files that need no encoding (moved, touched, unreadable) are committed at least this often.
const COMMIT_EVERY: Duration = Duration::from_millis(500);
const COMMIT_ROWS: usize = 512;

/// What encoding and committing needs.
pub(super) struct Pipeline<'a> {
    pub root: &'a Path,
    pub catalog: &'a mut Catalog,
    pub checkpoint: &'a Checkpoint,
    /// The catalogue's number of the model.
    pub model: i64,
    pub observer: &'a dyn Observer,
    pub stats: &'a mut RunStats,
    /// What is known of contents that are not decoded in this run, and whose rows it may overwrite.
    pub image_infos: HashMap<Hash, ImageInfo>,
    /// The version of the rules by which contents were decoded, where it is not the present one.
    pub outdated: &'a HashMap<Hash, u32>,
    /// The model to remember for this collection, once something of it is committed.
    pub remember: Option<&'a ModelKey>,
}

impl Pipeline<'_> {
    /// Takes what the pool prepares, batch by batch, until there is no more.
    ///
    /// # Errors
    /// When the catalogue can't be written, or the encoder fails.
    pub(super) fn run(&mut self, pool: &DecodePool) -> Result<(), LibraryError> {
        let mut encoder = None;
        std::thread::scope(|scope| {
            // As many decoders as the encoder has threads: they rest while it works through what is queued.
            let prepared = pool.start(scope, rayon::current_num_threads(), 2 * BATCH);
            let mut batch = Vec::new();
            let mut pixels = 0;
            let mut last_commit = Instant::now();
            // Dropping `prepared` on the way out of an error ends the threads.
            loop {
                match prepared.recv_timeout(COMMIT_EVERY) {
                    Ok(Some(item)) => {
                        pixels += usize::from(matches!(item.contents, Contents::Pixels(_)));
                        batch.push(item);
                    }
                    Ok(None) => self.stats.progress.done += 1,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                let waited = last_commit.elapsed() >= COMMIT_EVERY && pixels == 0 && !batch.is_empty();
                if pixels >= BATCH || batch.len() >= COMMIT_ROWS || waited {
                    self.commit(std::mem::take(&mut batch), &mut encoder)?;
                    pixels = 0;
                    last_commit = Instant::now();
                }
            }
            self.commit(batch, &mut encoder)
        })
    }

    fn commit(
        &mut self,
        mut batch: Vec<Prepared>,
        encoder: &mut Option<VisionEncoder>,
    ) -> Result<(), LibraryError> {
        if batch.is_empty() {
            return Ok(());
        }
        for item in &mut batch {
            self.complete(item)?;
        }
        let (hashes, pixels): (Vec<Hash>, Vec<_>) =
            batch.iter_mut().filter_map(|item| item.record.hash.zip(item.contents.take_pixels())).unzip();
        let embeddings = if pixels.is_empty() {
            Vec::new()
        } else {
            let encoder = match encoder {
                Some(encoder) => encoder,
                None => encoder.insert(self.checkpoint.load_vision()?),
            };
            encoder.embed(&pixels)?
        };
        let recorded = self.catalog.write(|writer| {
            for (&hash, embedding) in hashes.iter().zip(&embeddings) {
                writer.embedding(self.model, hash, embedding, DECODER_VERSION)?;
            }
            batch.iter().map(|item| writer.record(&item.record)).collect::<Result<Vec<_>, _>>()
        })?;
        // What is read in passing, such as a moved file, was looked at by the present rules, and is what it was.
        let seen: Vec<Hash> = batch
            .iter()
            .filter(|item| matches!(item.contents, Contents::Nothing) && item.record.error.is_none())
            .filter_map(|item| item.record.hash.filter(|hash| self.outdated.contains_key(hash)))
            .collect();
        if !seen.is_empty() {
            self.catalog.note_decoder_of_vectors(self.model, &seen, DECODER_VERSION)?;
        }
        if let Some(key) = self.remember.take() {
            self.catalog.remember_model(key)?;
        }
        for (item, recorded) in batch.iter().zip(recorded) {
            self.count(item, recorded);
        }
        self.stats.progress.done += batch.len();
        self.observer.progress(self.stats.progress, true);
        Ok(())
    }

    /// Fills in what is known of contents that were not decoded, since they need no encoding.
    fn complete(&self, item: &mut Prepared) -> Result<(), LibraryError> {
        let record = &mut item.record;
        if let (Some(hash), None, None) = (record.hash, record.dimensions, &record.error) {
            let info = match self.image_infos.get(&hash) {
                Some(info) => Some(info.clone()),
                None => self.catalog.image_info(hash)?,
            };
            if let Some(ImageInfo { dimensions, taken_at, format, damage }) = info {
                record.dimensions = Some(dimensions);
                record.taken_at = taken_at;
                record.format = format;
                record.damage = damage;
            }
        }
        Ok(())
    }

    fn count(&mut self, item: &Prepared, recorded: Recorded) {
        if let Some(reason) = &item.record.error {
            self.stats.summary.failed += 1;
            self.stats.progress.failed += 1;
            let path = self.root.join(paths::from_bytes(&item.record.path));
            self.observer.unreadable(&path, reason);
        } else if let Some(hash) = item.record.hash {
            let encoded = matches!(item.contents, Contents::Encoded);
            self.stats.found(&item.record.path, hash, recorded, encoded);
        }
    }
}
