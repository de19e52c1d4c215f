//! Counts what an indexing run did: new, moved, gone.

use std::collections::{HashMap, HashSet};

use super::indexer::{Progress, Summary};
use super::walk::Found;
use crate::catalog::{Hash, Known, Recorded};

/// Counts while the pipeline runs.
#[derive(Default)]
pub(super) struct Tally {
    pub progress: Progress,
    pub summary: Summary,
    /// Contents that were searchable under the paths that changed or went, and how often.
    /// Found in another file, they moved there.
    lost: HashMap<Hash, usize>,
    /// Of the paths to read that were searchable: their contents before.
    pub before: HashMap<Vec<u8>, Hash>,
    /// Contents of the paths that went; none for files that were unreadable.
    gone: Vec<Option<Hash>>,
    /// Contents that gave way to others that moved in from elsewhere.
    overwritten: Vec<Hash>,
}

impl Tally {
    /// Before anything is read.
    pub fn new(known: &HashMap<Vec<u8>, Known>, todo: &[Found], gone: &[i64]) -> Self {
        let ids: HashSet<i64> = gone.iter().copied().collect();
        let gone = known.values().filter(|known| ids.contains(&known.id)).map(|known| known.hash).collect();
        let before = todo.iter().filter_map(|file| {
            let known = known.get(&file.path).filter(|known| !known.removed)?;
            Some((file.path.clone(), known.hash?))
        });
        let mut tally = Self { gone, before: before.collect(), ..Self::default() };
        for hash in tally.gone.iter().flatten().chain(tally.before.values()) {
            *tally.lost.entry(*hash).or_default() += 1;
        }
        tally
    }

    /// Whether these contents were lost elsewhere and are hereby found.
    fn take_lost(&mut self, hash: Hash) -> bool {
        let count = self.lost.get_mut(&hash).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    /// Counts a picture that is searchable now.
    pub fn found(&mut self, path: &[u8], hash: Hash, outcome: Recorded, encoded: bool) {
        let moved = self.take_lost(hash);
        if let Some(before) = self.before.get(path).filter(|before| moved && **before != hash) {
            self.overwritten.push(*before);
        }
        if encoded || (outcome == Recorded::New && !moved) {
            self.summary.indexed += 1;
        } else {
            self.summary.reused += 1;
        }
    }

    /// The counts, once every file was read.
    pub fn finish(mut self) -> Summary {
        let (gone, overwritten) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.overwritten));
        let lost = gone.into_iter().chain(overwritten.into_iter().map(Some));
        self.summary.removed = lost.filter(|hash| hash.is_none_or(|hash| self.take_lost(hash))).count();
        self.summary
    }
}
