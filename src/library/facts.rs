//! What files and their sidecars say of pictures, as the catalogue keeps it: read with each picture that is indexed, and
//! brought in by a quick pass, without decoding, for those that are known already.

use std::collections::HashSet;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::before::Before;
use super::error::LibraryError;
use super::open::Library;
use super::report::{Observer, Progress};
use super::sidecars::Sidecars;
use super::sync::Plan;
use crate::base::paths;
use crate::base::picture_facts::{PictureFacts, TakenAt};
use crate::catalog::FactsRecord;
use crate::picture::{self, FACTS_VERSION};

/// Pictures whose facts are committed together; a process that is killed then goes on from there.
const BATCH: usize = 512;

/// A known picture whose facts are to be read.
struct Waiting {
    id: i64,
    /// Relative to the root.
    path: Vec<u8>,
    mtime_ns: i64,
}

impl Library {
    /// Reads the facts of known pictures of which there are none yet, or of which a sidecar is new, changed or gone. The files
    /// that the plan has to read are left to that.
    ///
    /// # Errors
    /// When the catalogue can't be read or written.
    pub(super) fn bring_in_facts(
        &mut self,
        plan: &Plan,
        before: &Before,
        sidecars: &Sidecars,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), LibraryError> {
        if self.catalog.is_readonly() {
            return Ok(());
        }
        let waiting = self.without_facts(plan, before, sidecars)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let root = self.collection.root.clone();
        let read = |picture: &Waiting| {
            let path = root.join(paths::from_bytes(&picture.path));
            // One that can't be opened just now gets its turn in the next run.
            let file = File::open(&path).ok()?;
            let facts = picture::read_facts_of_file(&file, &path);
            let packets = sidecars.read(&root, &picture.path);
            let facts = picture::with_sidecars(facts, &packets);
            Some(record(facts, sidecars.stamp(&picture.path), picture.mtime_ns))
        };
        let total = waiting.len();
        let progress = |done| Progress { facts: true, total, done, ..Progress::default() };
        observer.progress(progress(0), false);
        for (number, batch) in waiting.chunks(BATCH).enumerate() {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            let records: Vec<Option<FactsRecord>> = batch.par_iter().map(read).collect();
            self.catalog.write(|writer| {
                let read = batch.iter().zip(&records);
                read.filter_map(|(picture, record)| Some((picture, record.as_ref()?)))
                    .try_for_each(|(picture, record)| writer.facts(picture.id, &picture.path, record))
            })?;
            observer.progress(progress(number * BATCH + batch.len()), true);
        }
        Ok(())
    }

    /// The pictures whose facts are missing or no longer true, in the order of their paths.
    fn without_facts(
        &self,
        plan: &Plan,
        before: &Before,
        sidecars: &Sidecars,
    ) -> Result<Vec<Waiting>, LibraryError> {
        let missing: HashSet<i64> = self.catalog.without_facts(FACTS_VERSION)?.into_iter().collect();
        let known = self.catalog.sidecars()?;
        if missing.is_empty() && known.is_empty() && sidecars.is_empty() {
            return Ok(Vec::new());
        }
        let todo: HashSet<&[u8]> = plan.todo.iter().map(|file| file.path.as_slice()).collect();
        let gone: HashSet<i64> = plan.gone.iter().copied().collect();
        let is_waiting =
            |path: &[u8], id: i64| missing.contains(&id) || known.get(&id) != sidecars.stamp(path).as_ref();
        let mut waiting: Vec<Waiting> = before
            .entries
            .iter()
            .filter(|(path, entry)| {
                let is_there = !entry.removed && entry.error.is_none() && !gone.contains(&entry.id);
                is_there && is_waiting(path, entry.id) && !todo.contains(path.as_slice())
            })
            .map(|(path, entry)| Waiting { id: entry.id, path: path.clone(), mtime_ns: entry.mtime_ns })
            .collect();
        waiting.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(waiting)
    }
}

/// What is kept of a picture: without a time of capture, it was taken when its file was modified, by the clock of this
/// machine.
pub(super) fn record(facts: PictureFacts, sidecars: Option<String>, mtime_ns: i64) -> FactsRecord {
    let taken = facts.taken.unwrap_or_else(|| TakenAt::modified(mtime_ns, &TimeZone::system()));
    FactsRecord { version: FACTS_VERSION, sidecars, taken, facts }
}
