//! The index of this machine behind a browser: graphs, look-alikes and the calibration of scores are made while nobody asks.

use std::fs::Metadata;
use std::sync::Arc;
use std::time::Duration;

use super::look_alikes::LookAlikes;
use super::scores::Scores;
use super::{BrowsedStore, Step};
use crate::base::model_key::ModelKey;
use crate::catalog::Catalog;
use crate::clip::Checkpoint;
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::maintenance::background::BackgroundMaintenance;
use crate::library::path_set::PathSet;
use crate::library::searcher::{Answer, Folded, Hit, Narrowing, Searcher, Target};
use crate::library::store::{Local, Store, Vector};

/// How long nothing has to be asked before the facts that filters compare are read ahead.
const SETTLED: Duration = Duration::from_millis(200);

/// The catalogue, the vectors, and what is made of them in the background.
pub(super) struct LocalBrowsed {
    catalog: Catalog,
    searcher: Searcher,
    checkpoint: Checkpoint,
    maintenance: BackgroundMaintenance,
    look_alikes: LookAlikes,
    scores: Scores,
    facts_read: bool,
}

impl LocalBrowsed {
    pub(super) fn open(
        collection: &Collection,
        checkpoint: &Checkpoint,
        key: ModelKey,
    ) -> Result<Self, LibraryError> {
        let mut catalog = collection.catalog()?;
        let mut searcher = Searcher::load(collection, &mut catalog, &key)?;
        let maintenance = BackgroundMaintenance::start(collection, &catalog, &key, &mut searcher)?;
        Ok(Self {
            catalog,
            searcher,
            checkpoint: checkpoint.clone(),
            maintenance,
            look_alikes: LookAlikes::new(collection),
            scores: Scores::default(),
            facts_read: false,
        })
    }

    fn local(&mut self) -> Local<'_> {
        Local { searcher: &mut self.searcher, catalog: &mut self.catalog }
    }
}

impl BrowsedStore for LocalBrowsed {
    fn wait(&mut self, quiet: Duration) -> Duration {
        self.scores.begin_if_due(&self.searcher);
        match (self.facts_read, self.maintenance.is_busy()) {
            (false, _) => SETTLED,
            (true, true) => Duration::ZERO,
            (true, false) => {
                let recheck = self.look_alikes.recheck();
                self.scores.wait(quiet).map_or(recheck, |wait| wait.min(recheck))
            }
        }
    }

    fn step(&mut self, quiet: Duration) -> Step {
        if !self.facts_read {
            self.facts_read = true;
            self.scores.embed_neutral_texts(self.checkpoint.clone());
            // Should it fail, the first filter tries again, and tells.
            let _ = self.searcher.refresh_facts(&self.catalog);
            return Step::default();
        }
        let calibrated = self.scores.step(&self.searcher, quiet);
        let preparing = self.maintenance.step(&mut self.searcher, &self.catalog);
        let changed = self.look_alikes.step(&mut self.searcher, &self.catalog);
        Step { changed, preparing, calibrated }
    }

    fn fold(&mut self, on: bool) {
        self.look_alikes.fold(on, &mut self.searcher);
    }

    fn text(&mut self, id: i64) -> Result<Option<String>, LibraryError> {
        Ok(self.catalog.text_of(id)?)
    }

    fn count_with_text(&mut self, text: &str) -> Result<usize, LibraryError> {
        Ok(self.catalog.count_with_phrase(text)?)
    }

    fn has_texts(&mut self) -> Result<bool, LibraryError> {
        Ok(self.catalog.has_texts()?)
    }

    fn look_alikes(&mut self) -> Option<(Vec<Hit>, Folded)> {
        self.look_alikes.all(&self.searcher)
    }
}

impl Store for LocalBrowsed {
    fn pictures(&self) -> usize {
        self.searcher.len()
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(
        &mut self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        self.local().answer(target, narrowing, k)
    }

    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError> {
        self.local().similar(ids, k)
    }

    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError> {
        self.local().vector(id)
    }

    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError> {
        self.local().vector_of(path, metadata)
    }

    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError> {
        self.local().values(name, typed)
    }

    fn refresh(&mut self) -> Result<bool, LibraryError> {
        let changed = self.local().refresh()?;
        if changed {
            self.maintenance.note_change();
        }
        Ok(changed)
    }

    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError> {
        self.local().limit_to(among)
    }
}
