//! Counts what an indexing run did: new, moved, gone.

use std::collections::{HashMap, HashSet};

use super::report::{Progress, Summary};
use super::walk::PictureFile;
use crate::catalog::{CatalogEntry, Hash, Recorded};

/// The counts of a run that goes on.
#[derive(Default)]
pub(super) struct RunStats {
    pub progress: Progress,
    pub summary: Summary,
    /// How often each content was searchable under the paths that changed or went. When another file has it, the picture
    /// moved there.
    lost: HashMap<Hash, usize>,
    /// The former contents of the paths that are to be read and were searchable.
    pub before: HashMap<Vec<u8>, Hash>,
    /// Why paths are read again whose files are what they were.
    pub reread: HashMap<Vec<u8>, &'static str>,
    /// The contents of the paths that went; `None` for files that were unreadable.
    gone: Vec<Option<Hash>>,
    /// The contents whose path was taken by others that moved there.
    overwritten: Vec<Hash>,
}

impl RunStats {
    /// The counts before anything is read.
    pub(super) fn new(known: &HashMap<Vec<u8>, CatalogEntry>, todo: &[PictureFile], gone: &[i64]) -> Self {
        let ids: HashSet<i64> = gone.iter().copied().collect();
        let gone = known.values().filter(|known| ids.contains(&known.id)).map(|known| known.hash).collect();
        let before = todo.iter().filter_map(|file| {
            let known = known.get(&file.path).filter(|known| !known.removed)?;
            Some((file.path.clone(), known.hash?))
        });
        let mut stats = Self { gone, before: before.collect(), ..Self::default() };
        for hash in stats.gone.iter().flatten().chain(stats.before.values()) {
            *stats.lost.entry(*hash).or_default() += 1;
        }
        stats
    }

    /// Whether these contents were lost elsewhere. They count as found from now on.
    fn take_lost(&mut self, hash: Hash) -> bool {
        let count = self.lost.get_mut(&hash).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    /// Counts a picture that is searchable now.
    pub(super) fn found(&mut self, path: &[u8], hash: Hash, recorded: Recorded, encoded: bool) {
        let moved = self.take_lost(hash);
        if let Some(before) = self.before.get(path).filter(|before| moved && **before != hash) {
            self.overwritten.push(*before);
        }
        if let Some(why) = self.reread.get(path) {
            *self.summary.reread.entry(*why).or_default() += 1;
        }
        if encoded || (recorded == Recorded::New && !moved) {
            self.summary.indexed += 1;
        } else {
            self.summary.reused += 1;
        }
    }

    /// The summary, once every file was read.
    pub(super) fn finish(mut self) -> Summary {
        let (gone, overwritten) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.overwritten));
        let lost = gone.into_iter().chain(overwritten.into_iter().map(Some));
        self.summary.removed = lost.filter(|hash| hash.is_none_or(|hash| self.take_lost(hash))).count();
        self.summary
    }
}
