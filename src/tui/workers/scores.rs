//! The calibration of scores, which goes on while nothing is asked.

use std::sync::Arc;

use crate::clip::Embedding;
use crate::library::{Calibration, Searcher};

/// What is known of the scores of texts.
#[derive(Default)]
pub(super) struct Scores {
    /// The embeddings of neutral texts, once they are there.
    pub neutral: Option<Arc<Vec<Embedding>>>,
    /// The calibration in progress.
    calibration: Option<Calibration>,
    /// The number of pictures at the last calibration.
    pictures: Option<usize>,
}

impl Scores {
    /// Begins a calibration if there was none, or the collection has changed by a tenth since the last one.
    pub(super) fn begin_if_due(&mut self, searcher: &Searcher) {
        let has_changed = |before: usize| before.abs_diff(searcher.len()) * 10 > before;
        if self.calibration.is_none()
            && let Some(neutral) = &self.neutral
            && self.pictures.is_none_or(has_changed)
        {
            self.calibration = Some(Calibration::new(Arc::clone(neutral)));
            self.pictures = Some(searcher.len());
        }
    }

    /// Whether a calibration is in progress.
    pub(super) fn is_busy(&self) -> bool {
        self.calibration.is_some()
    }

    /// Goes on with the calibration. Returns the cut-off, or that there is none, at its end.
    pub(super) fn step(&mut self, searcher: &Searcher) -> Option<Option<f32>> {
        let calibration = self.calibration.as_mut()?;
        if calibration.step(searcher) {
            return None;
        }
        let cutoff = calibration.cutoff(searcher);
        self.calibration = None;
        Some(cutoff)
    }
}
