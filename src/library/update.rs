//! Brings the catalogue up to date with the folder: look, plan, then the [pipeline](super::pipeline).

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};

use super::before::Before;
use super::clock::now;
use super::collection::Collection;
use super::decode_pool::{DecodePool, PoolInputs};
use super::error::LibraryError;
use super::open::Library;
use super::pipeline::Pipeline;
use super::report::{IndexOptions, Observer, Progress, RunReport, Summary, Unobserved};
use super::run_stats::RunStats;
use super::sidecars::Sidecars;
use super::store::picture_key;
use super::sync::{Plan, plan};
use super::walk::{WalkResult, walk};
use super::{look_alikes, touched, unmounted};
use crate::base::{file_id, paths};
use crate::catalog::WalkOptions;
use crate::picture;

/// How long vectors of deleted pictures stay, in seconds.
const KEEP_REMOVED: i64 = 30 * 24 * 3600;

impl Library {
    /// Brings the catalogue up to date with the folder, in the way it was done last time.
    ///
    /// # Errors
    /// As [`Self::update_with`].
    ///
    /// # Examples
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # for (name, colour) in [("red.bmp", [220, 20, 20]), ("blue.bmp", [20, 20, 220]), ("dark-blue.bmp", [10, 10, 140])] {
    /// #     image::RgbImage::from_pixel(64, 64, image::Rgb(colour)).save(folder.path().join(name))?;
    /// # }
    /// # let folder = folder.path();
    /// use pixseek::clip::Checkpoint;
    /// use pixseek::library::Library;
    ///
    /// let mut library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
    /// std::fs::write(folder.join("damaged.png"), "no picture")?;
    /// let summary = library.update()?;
    /// assert_eq!((summary.pictures, summary.indexed, summary.failed), (3, 3, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update(&mut self) -> Result<Summary, LibraryError> {
        let report = self.update_with(&IndexOptions::default(), &Unobserved, &AtomicBool::new(false))?;
        Ok(report.summary)
    }

    /// Brings the catalogue up to date with the folder (the part of it that was asked for). Stops early, with what is
    /// done committed, when `cancel` turns true. The vision tower is loaded on this thread, and only if something needs
    /// encoding. Files that can't be read are no errors.
    ///
    /// # Errors
    /// When the folder can't be read, the catalogue can't be written, or the encoder fails.
    pub fn update_with(
        &mut self,
        options: &IndexOptions,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<RunReport, LibraryError> {
        let start = Instant::now();
        let walk_options = self.walk_options(options)?;
        let model = self.catalog.model(self.key())?;
        let (mut walked, mut before) = self.scan(&walk_options, model, observer, cancel)?;
        unmounted::guard(&self.collection, &self.catalog, &before.entries, &mut walked, options)?;
        if let Some((place, shard)) = &options.shard {
            // Before the guard has seen all of the folder, an empty part would look like a disk that is not there.
            let is_ours = |path: &[u8]| shard.has(picture_key(&place.root, &place.outward(path)));
            walked.files.retain(|file| is_ours(&file.path));
            before.entries.retain(|path, _| is_ours(path));
        }
        for (path, reason) in &walked.unreadable {
            observer.unreadable(&self.collection.root.join(paths::from_bytes(path)), reason);
        }
        let (found, omitted) = (walked.files.len(), std::mem::take(&mut walked.omitted));
        let formats = picture::formats_fingerprint(&picture::listed_decoders());
        let formats_changed = self.catalog.formats()?.is_some_and(|known| known != formats);
        let confirmed = if options.force {
            Vec::new()
        } else {
            touched::compare(&self.collection.root, &mut walked, &before, observer, cancel)
        };
        let sidecars = Sidecars::new(std::mem::take(&mut walked.sidecars));
        let mut plan = plan(walked, &before, formats_changed, options.force);
        plan.without_id.extend(confirmed);
        self.look_at_outdated(&mut plan, &before, model, observer, cancel)?;
        self.bring_in_facts(&plan, &before, &sidecars, observer, cancel)?;
        let (changed, looked) = (!plan.todo.is_empty() || !plan.gone.is_empty(), start.elapsed());

        let mut stats = RunStats::new(&before.entries, &plan.todo, &plan.gone);
        if !plan.gone.is_empty() {
            self.catalog.write(|writer| writer.remove(&plan.gone, now()))?;
        }
        stats.reread = std::mem::take(&mut plan.reread);
        stats.progress = Progress { walking: false, found, total: plan.todo.len(), ..Progress::default() };
        observer.progress(stats.progress, !plan.gone.is_empty());
        if !plan.todo.is_empty() {
            self.encode(&plan, &before, &sidecars, model, options, &mut stats, observer, cancel)?;
        }
        // A folder that went while it was read leaves pictures behind that nobody can open.
        let folder = self.collection.folder();
        std::fs::read_dir(&folder).map_err(|reason| LibraryError::WentAway { path: folder, reason })?;
        if self.collection.is_whole() {
            self.catalog.set_omitted(&omitted)?;
        }
        self.catalog.remember_run(&self.key, self.collection.is_whole(), options.keep_model)?;
        self.collection.choose_model(&self.key.id)?;
        self.note_files(&plan, &formats, cancel)?;
        if !options.skip_thumbprints && !cancel.load(Ordering::Relaxed) {
            look_alikes::prepare(&self.collection, &mut self.catalog, observer, cancel)?;
        }
        // Without a change there is nothing more to forget than before, but for what grows old.
        if changed || options.prune || before.entries.values().any(|entry| entry.removed) {
            self.prune(options)?;
        }

        let mut summary = stats.finish();
        summary.reused += plan.unchanged;
        summary.failed += plan.still_failed;
        (summary.pictures, summary.damaged) = if changed {
            let counts = self.catalog.counts(Some(model), &self.collection.prefix_bytes())?;
            (counts.pictures, counts.damaged)
        } else {
            before.searchable()
        };
        summary.omitted = omitted;
        summary.seconds = start.elapsed().as_secs_f64();
        Ok(RunReport { summary, changed, looked })
    }

    /// Notes what the run has learnt of files that it did not read, and which formats it could read. An index that can't
    /// be written is as good without.
    fn note_files(&mut self, plan: &Plan, formats: &str, cancel: &AtomicBool) -> Result<(), LibraryError> {
        if self.catalog.is_readonly() {
            return Ok(());
        }
        if !plan.without_id.is_empty() {
            self.catalog.note_file_ids(&plan.without_id)?;
        }
        // A part, or a run that was stopped, has not tried everything.
        if self.collection.is_whole() && !cancel.load(Ordering::Relaxed) {
            self.catalog.set_formats(formats)?;
        }
        if let Some(id) = std::fs::metadata(&self.collection.root).ok().as_ref().and_then(file_id::of_folder)
        {
            self.catalog.set_root_id(id)?;
        }
        Ok(())
    }

    /// How the folder is walked: as asked for, which is remembered, or else as remembered.
    fn walk_options(&self, options: &IndexOptions) -> Result<WalkOptions, LibraryError> {
        match &options.walk {
            Some(walk_options) => {
                self.collection.choose_walk(&self.catalog, walk_options)?;
                Ok(walk_options.clone())
            }
            None => self.collection.walk_options(&self.catalog),
        }
    }

    /// Walks the folder, and reads the catalogue meanwhile: each takes about as long.
    fn scan(
        &mut self,
        walk_options: &WalkOptions,
        model: i64,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(WalkResult, Before), LibraryError> {
        let (root, folder) = (self.collection.root.clone(), self.collection.folder());
        let prefix = self.collection.prefix_bytes();
        let catalog = &mut self.catalog;
        std::thread::scope(|scope| {
            let before = scope.spawn(move || Before::read(catalog, model, &prefix, cancel));
            let walked = walk_observed(&root, &folder, walk_options, observer)?;
            let before = before.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok((walked, before))
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one run, which are borrowed apart")]
    fn encode(
        &mut self,
        plan: &Plan,
        before: &Before,
        sidecars: &Sidecars,
        model: i64,
        options: &IndexOptions,
        stats: &mut RunStats,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), LibraryError> {
        let nothing = HashSet::new();
        let skip = if options.force { &nothing } else { &before.embedded };
        let preprocessor = self.checkpoint.preprocessor();
        let inputs = PoolInputs {
            root: &self.collection.root,
            todo: &plan.todo,
            sidecars,
            embedded: skip,
            outdated: &before.outdated,
            preprocessor: &preprocessor,
            cancel,
        };
        let pool = DecodePool::new(inputs);
        let mut image_infos = HashMap::new();
        for &hash in stats.before.values().filter(|hash| skip.contains(*hash)) {
            image_infos.extend(self.catalog.image_info(hash)?.map(|info| (hash, info)));
        }
        let mut pipeline = Pipeline {
            root: &self.collection.root,
            catalog: &mut self.catalog,
            checkpoint: &self.checkpoint,
            model,
            observer,
            stats,
            image_infos,
            outdated: &before.outdated,
            // A run over a part leaves the model that the whole is searched with.
            remember: (self.collection.is_whole() && !options.keep_model).then_some(&self.key),
        };
        pipeline.run(&pool)
    }

    /// Forgets pictures that went long ago.
    fn prune(&mut self, options: &IndexOptions) -> Result<(), LibraryError> {
        let before = if options.prune { now() } else { now() - KEEP_REMOVED };
        if self.catalog.is_prunable(before)? {
            self.catalog.write(|writer| writer.prune(before))?;
        }
        Ok(())
    }
}

impl Collection {
    /// Takes in that pictures, by id and absolute path, are back in their places with the contents that they had. Those that
    /// the catalogue does not know there any more are left to the next update.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn mark_restored(&self, pictures: &[(i64, &Path)]) -> Result<(), LibraryError> {
        let relative = |path: &Path| path.strip_prefix(&self.root).map(paths::to_bytes).ok();
        let known: Vec<_> = pictures.iter().filter_map(|(id, path)| Some((*id, relative(path)?))).collect();
        self.catalog()?.write(|writer| writer.restore(&known))?;
        Ok(())
    }

    /// Marks pictures as gone without a look at the folder. Their vectors stay for when the contents come back.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn mark_removed(&self, ids: &[i64]) -> Result<(), LibraryError> {
        self.catalog()?.write(|writer| writer.remove(ids, now()))?;
        Ok(())
    }
}

/// Walks a folder and tells the number of files found so far every now and then.
fn walk_observed(
    root: &Path,
    folder: &Path,
    options: &WalkOptions,
    observer: &dyn Observer,
) -> Result<WalkResult, LibraryError> {
    // The walk itself takes an unreadable folder for a detail. For the one that was asked for it is not.
    std::fs::read_dir(folder).map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
    let found = AtomicUsize::new(0);
    let (done, finished) = bounded::<()>(0);
    Ok(std::thread::scope(|scope| {
        let reporter = scope.spawn(|| {
            while finished.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                let found = found.load(Ordering::Relaxed);
                observer.progress(Progress { walking: true, found, ..Progress::default() }, false);
            }
        });
        let walked = walk(root, folder, options, &found);
        drop(done);
        // It only counts: should it have panicked, the walk is good all the same.
        let _ = reporter.join();
        walked
    }))
}
