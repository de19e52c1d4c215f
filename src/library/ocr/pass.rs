//! Reads the text in the pictures of a collection that were not read yet.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::error::OcrError;
use super::pixels::{Prepared, prepare};
use super::reader::TextReader;
use super::run::{Reading, run};
use super::stop::StopReading;
use crate::base::{lock, panics, paths};
use crate::catalog::{Catalog, CatalogError, Hash, TextRead};
use crate::library::collection::{Collection, TEXTS_LOCK};
use crate::library::maintenance::segments::give_way;
use crate::library::memory_limiter::MemoryLimiter;
use crate::library::open::Library;
use crate::picture::Limits;

/// How often the lock is tried, and the time between.
const LOCK_TRIES: usize = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// The number of pictures that are committed together at most.
const BATCH: usize = 32;

/// What came of a pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Contents that have text.
    pub with_text: usize,
    /// Contents without anything to read.
    pub without: usize,
    /// Contents that could not be read.
    pub failed: usize,
    /// Contents that wait for another pass.
    pub left: usize,
}

impl ReadReport {
    /// The number of contents that are done.
    pub fn done(&self) -> usize {
        self.with_text + self.without + self.failed
    }

    fn count(&mut self, read: &TextRead) {
        match read {
            TextRead::Text(text) if text.is_empty() => self.without += 1,
            TextRead::Text(_) => self.with_text += 1,
            TextRead::Failed(_) => self.failed += 1,
        }
    }
}

/// What a worker sends: a content, and what came of it; nothing when it is for another time.
type Answer = (Hash, Result<Option<Reading>, OcrError>);

impl Library {
    /// Reads the text in the pictures of the folder that `reader` was not given yet, or in all of them with `again`, the newest
    /// first. Each text is committed soon. `progress` is called after every commit, with what is done and the number in all.
    ///
    /// # Errors
    /// When the program is missing or fails with every picture, another process is at it, or the catalogue can't be read or
    /// written.
    pub fn read_texts(
        &mut self,
        reader: &TextReader,
        again: bool,
        stop: &StopReading,
        progress: &dyn Fn(ReadReport, usize),
    ) -> Result<ReadReport, OcrError> {
        read_texts(&self.collection, &mut self.catalog, reader, again, stop, progress)
    }

    /// The text that was read from a picture of the folder; empty where there was nothing to read, and none where it was not
    /// read.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn text_of(&self, picture: &Path) -> Result<Option<String>, CatalogError> {
        match picture.strip_prefix(&self.collection.root) {
            Ok(path) => self.catalog.text_at(&paths::to_bytes(path)),
            Err(_) => Ok(None),
        }
    }
}

/// Reads the text in the part of a collection that was asked for: of pictures that `reader` was not given yet, or of all of
/// them with `again`, the newest first. Each text is committed soon, so that a pass that is stopped, by `stop` or by the end
/// of the process, is gone on with by the next. Half of the processors work at it, at the lowest priority. `progress` is
/// called after every commit, with what is done and the number of contents in all.
///
/// # Errors
/// When the program is missing or fails with every picture, another process is at it, or the catalogue can't be read or
/// written.
pub(super) fn read_texts(
    collection: &Collection,
    catalog: &mut Catalog,
    reader: &TextReader,
    again: bool,
    stop: &StopReading,
    progress: &dyn Fn(ReadReport, usize),
) -> Result<ReadReport, OcrError> {
    if catalog.is_readonly() {
        return Err(OcrError::Readonly);
    }
    let Some(_lock) = lock_soon(&collection.dir().join(TEXTS_LOCK)).map_err(OcrError::System)? else {
        return Err(OcrError::Busy);
    };
    let name = reader.name();
    let waiting = catalog.without_text(&collection.prefix_bytes(), &name, again)?;
    if waiting.is_empty() {
        return Ok(ReadReport::default());
    }
    progress(ReadReport::default(), waiting.len());
    let limits = Limits::default();
    let shared = Shared {
        collection,
        reader,
        stop,
        waiting: &waiting,
        next: AtomicUsize::new(0),
        memory: MemoryLimiter::new(limits.max_memory),
        limits,
    };
    let workers = (thread::available_parallelism().map_or(1, usize::from) / 2).clamp(1, waiting.len());
    let (sender, answers) = bounded(BATCH);
    let mut report = thread::scope(|scope| {
        for number in 0..workers {
            let (sender, shared) = (sender.clone(), &shared);
            let builder = thread::Builder::new().name(format!("ocr-{number}"));
            builder.spawn_scoped(scope, move || shared.work(&sender)).map_err(OcrError::System)?;
        }
        drop(sender);
        // After an error, nobody receives any more, and the workers end with what they are at.
        commit(catalog, &shared, &name, answers, progress)
    })?;
    report.left = waiting.len() - report.done();
    Ok(report)
}

/// The lock, as [`lock::try_lock`] gets it. A program that is being started holds the files of its parent until it runs, and
/// so a lock that was let go; that passes at once.
fn lock_soon(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..LOCK_TRIES {
        let locked = lock::try_lock(path)?;
        if locked.is_some() {
            return Ok(locked);
        }
        thread::sleep(LOCK_PAUSE);
    }
    Ok(None)
}

/// What the workers have in common.
struct Shared<'a> {
    collection: &'a Collection,
    reader: &'a TextReader,
    stop: &'a StopReading,
    waiting: &'a [(Hash, Vec<u8>)],
    next: AtomicUsize,
    memory: MemoryLimiter,
    limits: Limits,
}

impl Shared<'_> {
    /// Reads one content after the other, until none is left or nobody wants to know.
    fn work(&self, sender: &Sender<Answer>) {
        give_way();
        while !self.stop.is_stopped() {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((hash, path)) = self.waiting.get(at) else { return };
            let path = self.collection.root.join(paths::from_bytes(path));
            let crashed = |_| Prepared::Undecodable("the decoder crashed".to_owned());
            let prepared = panics::catch(|| prepare(&path, *hash, &self.limits, &self.memory));
            let done = |read| Ok(Some(Reading::Done(read)));
            let answer = match prepared.unwrap_or_else(crashed) {
                Prepared::Picture(pixels) => run(self.reader, &pixels, self.stop).map(Some),
                Prepared::TooSmall => done(TextRead::Text(String::new())),
                Prepared::Undecodable(reason) => done(TextRead::Failed(reason)),
                Prepared::Later => Ok(None),
            };
            if sender.send((*hash, answer)).is_err() {
                return;
            }
        }
    }
}

/// Commits what the workers read, until all of them have ended.
fn commit(
    catalog: &mut Catalog,
    shared: &Shared<'_>,
    name: &str,
    answers: Receiver<Answer>,
    progress: &dyn Fn(ReadReport, usize),
) -> Result<ReadReport, OcrError> {
    let mut report = ReadReport::default();
    // Failures before the first success: it is not known yet whether they are the pictures' fault. After four for one
    // reason, the program is given up.
    let mut doubtful: Option<Vec<(Hash, String)>> = Some(Vec::new());
    while let Ok(first) = answers.recv() {
        let mut batch = Vec::new();
        for (hash, answer) in std::iter::once(first).chain(answers.try_iter().take(BATCH - 1)) {
            match (answer?, &mut doubtful) {
                (None | Some(Reading::Stopped), _) => {}
                (Some(Reading::Done(read)), _) => batch.push((hash, read)),
                (Some(Reading::Failed(reason)), None) => batch.push((hash, TextRead::Failed(reason))),
                (Some(Reading::Failed(reason)), Some(failures)) => failures.push((hash, reason)),
            }
        }
        let succeeds = batch.iter().any(|(_, read)| matches!(read, TextRead::Text(_)));
        if let Some(failures) = doubtful.take_if(|failures| succeeds || !are_for_one_reason(failures)) {
            batch.extend(failures.into_iter().map(failed));
        } else if let Some([(_, reason), _, _, _, ..]) = doubtful.as_deref() {
            let (program, reason) = (shared.reader.program().to_owned(), reason.clone());
            return Err(OcrError::KeepsFailing { program, reason });
        }
        note(catalog, name, &batch, &mut report)?;
        progress(report, shared.waiting.len());
    }
    let rest: Vec<_> = doubtful.into_iter().flatten().map(failed).collect();
    if !shared.stop.is_stopped() {
        note(catalog, name, &rest, &mut report)?;
    }
    Ok(report)
}

/// Whether failures are all for one reason, which is the program's then.
fn are_for_one_reason(failures: &[(Hash, String)]) -> bool {
    failures.windows(2).all(|pair| pair[0].1 == pair[1].1)
}

fn failed((hash, reason): (Hash, String)) -> (Hash, TextRead) {
    (hash, TextRead::Failed(reason))
}

fn note(
    catalog: &mut Catalog,
    name: &str,
    batch: &[(Hash, TextRead)],
    report: &mut ReadReport,
) -> Result<(), OcrError> {
    if !batch.is_empty() {
        catalog.note_texts(name, batch)?;
        batch.iter().for_each(|(_, read)| report.count(read));
    }
    Ok(())
}
