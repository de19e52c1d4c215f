//! Keeps the snapshot and the graphs of a searcher ready, a little at a time, whenever nothing is asked of it.

use std::time::{Duration, Instant};

use super::builder::SegmentBuilder;
use super::policy::{min_rows, search_mode};
use crate::base::model_key::ModelKey;
use crate::catalog::{Catalog, IndexPolicy};
use crate::index::hnsw::SegmentStore;
use crate::library::collection::Collection;
use crate::library::error::{LibraryError, with_causes};
use crate::library::searcher::Searcher;
use crate::library::snapshot::files::Snapshots;
use crate::library::snapshot::saving::{Saving, Step};

/// How long the collection must have been unchanged before its vectors are saved for the next start. While it is being
/// indexed, they would be saved again and again.
const CALM: Duration = Duration::from_secs(10);

/// The maintenance of one searcher.
pub struct BackgroundMaintenance {
    /// `None` for a collection that is to have no graphs.
    builder: Option<SegmentBuilder>,
    snapshots: Snapshots,
    saving: Option<Saving>,
    /// When the searcher last changed.
    changed: Instant,
    /// How long ago that must be before saving begins.
    calm: Duration,
}

impl BackgroundMaintenance {
    /// Starts the thread that reads and builds graphs, unless the collection is to have none, and sets how `searcher`
    /// answers.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the system has no thread left.
    pub fn start(
        collection: &Collection,
        catalog: &Catalog,
        key: &ModelKey,
        searcher: &mut Searcher,
    ) -> Result<Self, LibraryError> {
        let policy = catalog.index_policy()?;
        searcher.set_mode(search_mode(policy));
        let store = SegmentStore::new(collection.dir(), key.clone());
        let is_wanted = policy != IndexPolicy::Never;
        let builder = is_wanted.then(|| SegmentBuilder::start(store, min_rows(policy)));
        let builder = builder.transpose().map_err(LibraryError::NoThreads)?;
        Ok(Self::new(builder, Snapshots::new(collection, key), CALM))
    }

    fn new(builder: Option<SegmentBuilder>, snapshots: Snapshots, calm: Duration) -> Self {
        Self { builder, snapshots, saving: None, changed: Instant::now(), calm }
    }

    /// Whether there is more to do at once.
    pub fn is_busy(&self) -> bool {
        self.saving.is_some()
    }

    /// Notes that the searcher has changed.
    pub fn note_change(&mut self) {
        self.changed = Instant::now();
    }

    /// Does the next little thing. Returns the number of pictures that are to be added to the graphs, when that begins.
    pub fn step(&mut self, searcher: &mut Searcher, catalog: &Catalog) -> Option<usize> {
        let pictures = self.builder.as_mut().and_then(|builder| builder.step(searcher));
        if let Err(error) = self.step_snapshot(searcher, catalog) {
            // It is not tried again every second: a full disk stays full for a while.
            (self.saving, self.changed) = (None, Instant::now());
            tracing::warn!("the collection will open more slowly: {}", with_causes(&error));
        }
        pictures
    }

    fn step_snapshot(&mut self, searcher: &mut Searcher, catalog: &Catalog) -> Result<(), LibraryError> {
        if let Some(saving) = &mut self.saving {
            if saving.step(searcher, catalog)? != Step::More {
                self.saving = None;
            }
        } else if self.changed.elapsed() >= self.calm && searcher.is_snapshot_due() {
            self.saving = Saving::begin(&self.snapshots, searcher)?;
            self.changed = Instant::now();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::PictureRecord;
    use crate::clip::Checkpoint;
    use crate::library::open::model_key;
    use crate::library::snapshot::files::MIN_PICTURES;

    #[test]
    fn vectors_are_saved_once_nothing_changes_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        let checkpoint = Checkpoint::find("demo").unwrap();
        let key = model_key(&checkpoint);
        let mut catalog = collection.catalog().unwrap();
        let model = catalog.model(&key).unwrap();
        catalog
            .write(|writer| {
                for at in 0..MIN_PICTURES {
                    let (path, hash) = (at.to_string().into_bytes(), blake3::hash(&at.to_le_bytes()).into());
                    writer.embedding(model, hash, &vec![0.1; key.dimension], 1)?;
                    let hash = Some(hash);
                    writer.record(&PictureRecord { path, hash, ..PictureRecord::default() })?;
                }
                Ok(())
            })
            .unwrap();
        let mut searcher = Searcher::load(&collection, &mut catalog, &key).unwrap();
        let snapshots = Snapshots::new(&collection, &key);
        let mut hasty = BackgroundMaintenance::new(None, snapshots.clone(), Duration::from_secs(3600));
        hasty.step(&mut searcher, &catalog);
        assert!(!hasty.is_busy());
        let mut saver = BackgroundMaintenance::new(None, snapshots.clone(), Duration::ZERO);
        saver.step(&mut searcher, &catalog);
        assert!(saver.is_busy() && !snapshots.path().exists());
        while saver.is_busy() {
            saver.step(&mut searcher, &catalog);
        }
        assert!(snapshots.path().exists() && !searcher.is_snapshot_due());
        saver.step(&mut searcher, &catalog);
        assert!(!saver.is_busy(), "there is nothing new");
    }
}
