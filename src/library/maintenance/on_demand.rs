//! Brings the snapshot and the graphs up to date at once, after the catalogue was written.

use super::policy::min_rows;
use super::segments;
use crate::catalog::IndexPolicy;
use crate::index::SearchMode;
use crate::index::hnsw::SegmentStore;
use crate::library::error::{LibraryError, with_causes};
use crate::library::open::Library;
use crate::library::searcher::Searcher;
use crate::library::snapshot::files::Snapshots;

/// Whether there were graphs to search by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentsFound {
    /// They are in use from now on.
    Used,
    /// There are none that can be read; some files are `damaged`.
    None {
        /// Whether there are files that can't be read.
        damaged: bool,
    },
}

impl Library {
    /// Makes the snapshot and the graphs that are due of the whole collection, also when only a part of it was asked for.
    /// A `policy` is remembered; without one, the last one counts. `progress` is told the number of pictures that are in
    /// graphs, and of all, before each graph is built.
    ///
    /// # Errors
    /// When a file can't be read, written or deleted. A snapshot that can't be written is only logged.
    pub fn maintain(
        &mut self,
        policy: Option<IndexPolicy>,
        progress: impl Fn(usize, usize),
    ) -> Result<(), LibraryError> {
        if let Some(policy) = policy {
            self.catalog.set_index_policy(policy)?;
        }
        let policy = self.catalog.index_policy()?;
        let store = self.segment_store();
        if policy == IndexPolicy::Never {
            store.paths()?.iter().try_for_each(|path| store.delete(path))?;
        }
        let searcher = self.save_snapshot()?;
        if policy == IndexPolicy::Never || segments::is_done(&store, &self.catalog)? {
            return Ok(());
        }
        let min_rows = min_rows(policy);
        // Counting is enough for the many collections that get no graphs.
        let pictures = match &searcher {
            Some(searcher) => searcher.len(),
            None => self.catalog.counts(self.catalog.find_model(&self.key)?, &[])?.pictures,
        };
        if pictures < min_rows {
            return Ok(());
        }
        let mut searcher = searcher.map_or_else(|| self.load_whole(), Ok)?;
        if segments::build(&mut searcher, &store, &segments::pool()?, min_rows, progress)? {
            segments::remember_done(&store, &self.catalog, &searcher)?;
        }
        Ok(())
    }

    /// Makes a snapshot of the whole collection if one is due. Returns the searcher if one was loaded for that.
    ///
    /// # Errors
    /// When the catalogue can't be read. A snapshot that can't be written is only logged.
    pub fn save_snapshot(&mut self) -> Result<Option<Searcher>, LibraryError> {
        let snapshots = Snapshots::new(&self.collection, &self.key);
        if !snapshots.is_due(&self.catalog)? {
            return Ok(None);
        }
        let mut searcher = self.load_whole()?;
        if searcher.is_snapshot_due() {
            // Without it everything works, if more slowly.
            if let Err(error) = snapshots.save(&mut searcher, &self.catalog) {
                tracing::warn!("the collection will open more slowly: {}", with_causes(&error));
            }
        }
        Ok(Some(searcher))
    }

    /// Has the searches that follow answered by graphs. Reading graphs takes longer than one comparison with every picture,
    /// so that a single search should do it only where that was asked for.
    ///
    /// # Errors
    /// When the vectors or the folder of the graphs can't be read.
    pub fn use_segments(&mut self) -> Result<SegmentsFound, LibraryError> {
        let store = self.segment_store();
        let searcher = self.searcher()?;
        let damaged = segments::read(searcher, &store)?;
        if searcher.is_empty() || searcher.indexed() > 0 {
            searcher.set_mode(SearchMode::Approximate);
            return Ok(SegmentsFound::Used);
        }
        Ok(SegmentsFound::None { damaged: !damaged.is_empty() })
    }

    fn segment_store(&self) -> SegmentStore {
        SegmentStore::new(self.collection.dir(), self.key.clone())
    }

    /// Loads the vectors of the whole collection, whatever part of it was asked for.
    fn load_whole(&mut self) -> Result<Searcher, LibraryError> {
        Searcher::load(&self.collection.whole(), &mut self.catalog, &self.key)
    }
}
