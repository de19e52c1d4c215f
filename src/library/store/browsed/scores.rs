//! The calibration of scores by neutral texts, which goes on while nothing is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::clip::{Checkpoint, Embedding};
use crate::library::neutral::neutral_texts;
use crate::library::searcher::{Calibration, Cutoff, Searcher};

/// How long nothing has to be asked before a calibration goes on: a question has to wait for the step that it meets.
const QUIET: Duration = Duration::from_secs(1);

/// What is known of the scores of texts.
#[derive(Default)]
pub(super) struct Scores {
    /// The thread that embeds the neutral texts, until it is done.
    coming: Option<Receiver<Vec<Embedding>>>,
    /// The embeddings of neutral texts, once they are there.
    neutral: Option<Arc<Vec<Embedding>>>,
    /// The calibration in progress.
    calibration: Option<Calibration>,
    /// The number of pictures at the last calibration.
    pictures: Option<usize>,
}

impl Scores {
    /// Has the neutral texts embedded on a thread of its own. Where they can't be embedded, it is not told where relevance
    /// ends; that the model can't be loaded is told by others.
    pub(super) fn embed_neutral_texts(&mut self, checkpoint: Checkpoint) {
        let (sender, coming) = bounded(1);
        let embed = move || match catch_unwind(AssertUnwindSafe(|| neutral_texts(&checkpoint))) {
            // Nobody may be waiting any more.
            Ok(Ok(embeddings)) => drop(sender.send(embeddings)),
            Ok(Err(error)) => tracing::info!(%error, "scores are not calibrated"),
            Err(_) => tracing::info!("scores are not calibrated: the encoder crashed"),
        };
        match std::thread::Builder::new().name("neutral-texts".into()).spawn(embed) {
            Ok(_) => self.coming = Some(coming),
            Err(error) => tracing::info!(%error, "scores are not calibrated"),
        }
    }

    /// Begins a calibration if there was none, or the collection has changed by a tenth since the last one.
    pub(super) fn begin_if_due(&mut self, searcher: &Searcher) {
        if let Some(neutral) = self.coming.as_ref().and_then(|coming| coming.try_recv().ok()) {
            (self.neutral, self.coming) = (Some(Arc::new(neutral)), None);
        }
        let has_changed = |before: usize| before.abs_diff(searcher.len()) * 10 > before;
        if self.calibration.is_none()
            && let Some(neutral) = &self.neutral
            && self.pictures.is_none_or(has_changed)
        {
            self.calibration = Some(Calibration::new(Arc::clone(neutral)));
            self.pictures = Some(searcher.len());
        }
    }

    /// How long to wait for a request before [`Self::step`], if a calibration is in progress. The last question was asked so
    /// long ago.
    pub(super) fn wait(&self, quiet: Duration) -> Option<Duration> {
        self.calibration.as_ref().map(|_| QUIET.saturating_sub(quiet))
    }

    /// Goes on with the calibration, if nothing was asked for long enough. Returns the cut-off, or that there is none, at its
    /// end.
    pub(super) fn step(&mut self, searcher: &Searcher, quiet: Duration) -> Option<Option<Cutoff>> {
        let calibration = self.calibration.as_mut().filter(|_| quiet >= QUIET)?;
        if calibration.step(searcher) {
            return None;
        }
        let cutoff = calibration.cutoff(searcher.len());
        self.calibration = None;
        Some(cutoff)
    }
}
