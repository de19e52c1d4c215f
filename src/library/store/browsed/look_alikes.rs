//! What a browser's store knows of look-alikes.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::Catalog;
use crate::library::collection::Collection;
use crate::library::look_alikes::BackgroundFolds;
use crate::library::searcher::{Folded, Hit, Searcher};

/// How often changes are looked for, and how often while groups are being found.
const RECHECK: Duration = Duration::from_secs(1);
const RECHECK_BUSY: Duration = Duration::from_millis(100);

/// The groups of look-alikes, and whether answers are folded by them.
pub(super) struct LookAlikes {
    background: BackgroundFolds,
    folds: bool,
    /// Whether the groups were found once.
    are_known: bool,
    /// Whether it was told that they can't be found.
    failed: bool,
}

impl LookAlikes {
    pub(super) fn new(collection: &Collection) -> Self {
        let background = BackgroundFolds::new(collection);
        Self { background, folds: true, are_known: false, failed: false }
    }

    /// How long to wait for a request before [`Self::step`].
    pub(super) fn recheck(&self) -> Duration {
        if self.background.is_busy() { RECHECK_BUSY } else { RECHECK }
    }

    /// Has answers folded from now on, or not.
    pub(super) fn fold(&mut self, on: bool, searcher: &mut Searcher) {
        self.folds = on;
        searcher.set_folds(on.then(|| Arc::clone(self.background.folds())));
    }

    /// Takes in what was found in the background. Returns whether answers are others now. A catalogue that can't be read
    /// just now is read later.
    pub(super) fn step(&mut self, searcher: &mut Searcher, catalog: &Catalog) -> bool {
        match self.background.step(searcher, catalog) {
            Ok(changed) => {
                let is_first = !self.are_known && self.background.is_known();
                self.are_known |= is_first;
                if changed {
                    self.fold(self.folds, searcher);
                }
                changed || is_first
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::warn!(%error, "look-alikes are not folded");
                }
                false
            }
        }
    }

    /// All groups: the best picture of each, and the others beneath it. `None` before they were found.
    pub(super) fn all(&self, searcher: &Searcher) -> Option<(Vec<Hit>, Folded)> {
        self.are_known.then(|| searcher.look_alikes(self.background.folds()))
    }
}
