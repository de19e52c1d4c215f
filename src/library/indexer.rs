//! Brings the catalogue up to date with the folder: walk, plan, then a pipeline of decode threads,
//! the vision tower on the calling thread, and one transaction a batch. Killed at any moment, the
//! next run goes on from the last batch.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use crossbeam_channel::{RecvTimeoutError, bounded};

use super::decode_pool::{Contents, Job, Prepared};
use super::sync::{Plan, plan};
use super::tally::Tally;
use super::walk::{Walked, walk};
use super::{Collection, model_key};
use crate::base::model_key::ModelKey;
use crate::base::paths;
use crate::catalog::{Catalog, Described, Hash, Known, Recorded, WalkOptions};
use crate::clip::{Checkpoint, VisionEncoder};

/// Pictures a forward pass, and so a transaction.
const BATCH: usize = 32;
/// Files that need no encoding (moved, touched, unreadable) are committed at least this often.
const COMMIT_EVERY: Duration = Duration::from_millis(500);
const COMMIT_ROWS: usize = 512;
/// How long vectors of deleted pictures stay, in seconds.
const KEEP_REMOVED: i64 = 30 * 24 * 3600;

/// How to index.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Read and encode everything again.
    pub force: bool,
    /// Forget deleted pictures now, and believe a folder that has become empty.
    pub prune: bool,
    /// Which files are looked at; `None`: as remembered.
    pub walk: Option<WalkOptions>,
}

/// How far an indexing run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Still walking the folder: `total` is not known yet.
    pub walking: bool,
    /// Picture files found so far, or in all.
    pub found: usize,
    /// Files that need reading.
    pub total: usize,
    /// Of those, done (failed ones included).
    pub done: usize,
    /// Of those, unreadable.
    pub failed: usize,
}

/// What an indexing run tells while it goes on. Called from several threads, so it must be quick.
pub trait Observer: Sync {
    /// The counts changed. `committed`: new rows are visible to readers of the catalogue.
    fn progress(&self, progress: Progress, committed: bool);
    /// A file or folder could not be read.
    fn unreadable(&self, path: &Path, reason: &str);
}

/// The outcome of an indexing run.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Summary {
    /// New or changed pictures that are now searchable.
    pub indexed: usize,
    /// Searchable pictures that were so before: unchanged and moved ones.
    pub reused: usize,
    /// Pictures that are gone.
    pub removed: usize,
    /// Files that are unreadable now.
    pub failed: usize,
    /// Time taken, in seconds.
    pub seconds: f64,
    /// Searchable pictures.
    pub pictures: usize,
}

/// An indexing run with what a follower needs to know besides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub summary: Summary,
    /// Some file was read, or gone.
    pub changed: bool,
    /// How long it took to find out what there is to do.
    pub looked: Duration,
}

impl Collection {
    /// Brings the catalogue up to date with the folder (the part of it that was asked for). Stops
    /// early, with what is done committed, when `cancel` turns true. `load` is called on this thread,
    /// and only if something needs encoding.
    ///
    /// # Errors
    /// When the folder can't be read, the catalogue can't be written, or the encoder fails. Files that
    /// can't be read are no errors.
    pub fn index(
        &self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        load: &mut dyn FnMut() -> Result<VisionEncoder>,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Summary> {
        Ok(self.round(checkpoint, options, load, observer, cancel)?.summary)
    }

    /// Marks pictures as gone without a look at the folder. Their vectors stay for when the contents come back.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn remove(&self, ids: &[i64]) -> Result<()> {
        self.catalog()?.write(|writer| writer.remove(ids, now())).map(drop)
    }

    /// As [`Self::index`].
    pub(super) fn round(
        &self,
        checkpoint: &Checkpoint,
        options: &IndexOptions,
        load: &mut dyn FnMut() -> Result<VisionEncoder>,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Round> {
        let start = Instant::now();
        let mut catalog = self.catalog()?;
        let walk_options = match &options.walk {
            Some(walk_options) => {
                self.choose_walk(&catalog, walk_options)?;
                walk_options.clone()
            }
            None => self.walk_options(&catalog)?,
        };
        let key = model_key(checkpoint);
        let model = catalog.model(&key)?;

        // The catalogue is read while the folder is walked: each takes about as long.
        let (mut walked, (known, embedded)) = std::thread::scope(|scope| {
            let catalog = &mut catalog;
            let prefix = self.prefix_bytes();
            let read = scope.spawn(move || anyhow::Ok((catalog.known(&prefix)?, catalog.embedded(model)?)));
            let walked = self.look(&walk_options, observer)?;
            let read = read.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            anyhow::Ok((walked, read))
        })?;
        self.guard_against_unmounted(&catalog, &known, &mut walked, options)?;
        for (path, reason) in &walked.unreadable {
            observer.unreadable(&self.root.join(paths::from_bytes(path)), reason);
        }
        let found = walked.files.len();
        let Plan { todo, unchanged, still_failed, gone } = plan(walked, &known, &embedded, options.force);

        let (changed, looked) = (!todo.is_empty() || !gone.is_empty(), start.elapsed());

        let mut tally = Tally::new(&known, &todo, &gone);
        if !gone.is_empty() {
            catalog.write(|writer| writer.remove(&gone, now()))?;
        }
        tally.progress = Progress { walking: false, found, total: todo.len(), done: 0, failed: 0 };
        observer.progress(tally.progress, !gone.is_empty());

        if !todo.is_empty() {
            let nothing = HashSet::new();
            let skip = if options.force { &nothing } else { &embedded };
            let preprocessor = checkpoint.preprocessor();
            let job = Job::new(&self.root, &todo, skip, &preprocessor, cancel);
            let mut described = HashMap::new();
            for &hash in tally.before.values().filter(|hash| skip.contains(*hash)) {
                described.extend(catalog.described(hash)?.map(|described| (hash, described)));
            }
            let mut pipeline = Pipeline {
                collection: self,
                catalog: &mut catalog,
                model,
                load,
                observer,
                tally: &mut tally,
                described,
                // A run over a part leaves the model that the whole is searched with.
                remember: self.is_whole().then_some(&key),
            };
            pipeline.run(&job)?;
        }
        // A folder that went while it was read leaves pictures behind that nobody can open.
        std::fs::read_dir(self.folder())
            .with_context(|| format!("folder '{}' went away meanwhile", paths::display(&self.folder())))?;
        if self.is_whole() || catalog.last_model()?.is_none() {
            catalog.remember_model(&key)?;
        }
        let before = if options.prune { now() } else { now() - KEEP_REMOVED };
        // Without a change there is nothing more to forget than before, but for what grows old.
        let may_prune = changed || options.prune || known.values().any(|known| known.removed);
        if may_prune && catalog.is_prunable(before)? {
            catalog.write(|writer| writer.prune(before))?;
        }

        let is_searchable = |known: &&Known| {
            let has_vector = known.hash.is_some_and(|hash| embedded.contains(&hash));
            !known.removed && known.error.is_none() && has_vector
        };
        let pictures = if changed {
            catalog.counts(Some(model), &self.prefix_bytes())?.pictures
        } else {
            known.values().filter(is_searchable).count()
        };
        let mut summary = tally.finish();
        summary.reused += unchanged;
        summary.failed += still_failed;
        summary.pictures = pictures;
        summary.seconds = start.elapsed().as_secs_f64();
        Ok(Round { summary, changed, looked })
    }

    fn look(&self, options: &WalkOptions, observer: &dyn Observer) -> Result<Walked> {
        let folder = self.folder();
        // The walk itself takes an unreadable folder for a detail; for the one asked for it is not.
        std::fs::read_dir(&folder).with_context(|| format!("folder '{}'", paths::display(&folder)))?;
        let found = AtomicUsize::new(0);
        let (done, finished) = bounded::<()>(0);
        Ok(std::thread::scope(|scope| {
            let reporter = scope.spawn(|| {
                while finished.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                    let found = found.load(Ordering::Relaxed);
                    observer.progress(Progress { walking: true, found, ..Progress::default() }, false);
                }
            });
            let walked = walk(&self.root, &folder, options, &found);
            drop(done);
            // It only counts: should it have panicked, the walk is good all the same.
            let _ = reporter.join();
            walked
        }))
    }
}

struct Pipeline<'a> {
    collection: &'a Collection,
    catalog: &'a mut Catalog,
    model: i64,
    load: &'a mut dyn FnMut() -> Result<VisionEncoder>,
    observer: &'a dyn Observer,
    tally: &'a mut Tally,
    /// Of contents that are not decoded in this run and whose rows it may overwrite.
    described: HashMap<Hash, Described>,
    /// The model to remember for this collection, once something of it is committed.
    remember: Option<&'a ModelKey>,
}

impl Pipeline<'_> {
    fn run(&mut self, job: &Job) -> Result<()> {
        let mut encoder = None;
        std::thread::scope(|scope| {
            // As many decoders as the encoder has threads: they rest while it works through what is queued.
            let prepared = job.start(scope, rayon::current_num_threads(), 2 * BATCH);
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
                    Ok(None) => self.tally.progress.done += 1,
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

    fn commit(&mut self, mut batch: Vec<Prepared>, encoder: &mut Option<VisionEncoder>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        for item in &mut batch {
            self.describe(item)?;
        }
        let (hashes, pixels): (Vec<Hash>, Vec<_>) =
            batch.iter_mut().filter_map(|item| item.record.hash.zip(item.contents.take_pixels())).unzip();
        let embeddings = if pixels.is_empty() {
            Vec::new()
        } else {
            let encoder = match encoder {
                Some(encoder) => encoder,
                None => encoder.insert((self.load)()?),
            };
            encoder.embed(&pixels)?
        };
        let outcomes = self.catalog.write(|writer| {
            for (&hash, embedding) in hashes.iter().zip(&embeddings) {
                writer.embedding(self.model, hash, embedding)?;
            }
            batch.iter().map(|item| writer.record(&item.record)).collect::<Result<Vec<_>>>()
        })?;
        if let Some(key) = self.remember.take() {
            self.catalog.remember_model(key)?;
        }
        for (item, outcome) in batch.iter().zip(outcomes) {
            self.count(item, outcome);
        }
        self.tally.progress.done += batch.len();
        self.observer.progress(self.tally.progress, true);
        Ok(())
    }

    /// Contents that need no encoding were not decoded either: what is known of them is taken over.
    fn describe(&self, item: &mut Prepared) -> Result<()> {
        let record = &mut item.record;
        if let (Some(hash), None, None) = (record.hash, record.dimensions, &record.error) {
            let described = match self.described.get(&hash) {
                Some(described) => Some(*described),
                None => self.catalog.described(hash)?,
            };
            (record.dimensions, record.taken_at) = match described {
                Some((dimensions, taken_at)) => (Some(dimensions), taken_at),
                None => (None, None),
            };
        }
        Ok(())
    }

    fn count(&mut self, item: &Prepared, outcome: Recorded) {
        if let Some(reason) = &item.record.error {
            self.tally.summary.failed += 1;
            self.tally.progress.failed += 1;
            let path = self.collection.root.join(paths::from_bytes(&item.record.path));
            self.observer.unreadable(&path, reason);
        } else if let Some(hash) = item.record.hash {
            let encoded = matches!(item.contents, Contents::Encoded);
            self.tally.found(&item.record.path, hash, outcome, encoded);
        }
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
