//! Where relevance ends: the least score with which a picture is taken to be about a text.
//!
//! A text about something that no picture shows has a best picture too. The best scores of a few hundred such *neutral*
//! texts therefore tell, without labels, up to where scores mean nothing with this model and in this collection; they grow
//! with the number of pictures, as the best of many chances does. Above that, relevance ends where scores fall well below the
//! text's own best one. What else was tried is told in `docs/design/relevance.md`.

use std::sync::Arc;

use super::{Hit, Searcher};
use crate::clip::Embedding;

/// With fewer pictures than this, chance decides what is best.
const FEWEST_PICTURES: usize = 20;
/// The share of neutral texts whose best picture stays below the cut-off, where none of them is shown by a picture.
const UPPER: f64 = 0.9;
/// The quantile that mirrors it. Neutral texts that some pictures do show have scores at the upper end only, so that the
/// lower half tells how far the upper half would go without them.
const LOWER: f64 = 1.0 - UPPER;

/// The share of a text's best score that a picture must have to be about it too.
const SHARE: f32 = 0.8;

/// Where relevance ends with a model in a collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cutoff {
    /// What texts reach that no picture shows: with a lower best score, a text has no picture here.
    pub floor: f32,
}

impl Cutoff {
    /// The least score of pictures that are about a text whose best picture has the score `best`: cosines.
    pub fn least(self, best: f32) -> f32 {
        // Below zero, a share of the score would be above it.
        self.floor.max(best - (1.0 - SHARE) * best.abs())
    }

    /// The number of hits of a text, best first, that are about it.
    pub fn above(self, hits: &[Hit]) -> usize {
        let Some(best) = hits.first().and_then(|hit| hit.score) else { return 0 };
        let least = self.least(best);
        hits.iter().take_while(|hit| hit.score.is_some_and(|score| score >= least)).count()
    }
}

/// A calibration in progress. It goes on by one neutral text a step, so that no question has to wait for all of them.
#[derive(Debug, Clone)]
pub struct Calibration {
    neutral: Arc<Vec<Embedding>>,
    /// The best scores so far.
    best: Vec<f32>,
}

impl Calibration {
    /// Begins with the embeddings of neutral texts.
    pub fn new(neutral: Arc<Vec<Embedding>>) -> Self {
        Self { neutral, best: Vec::new() }
    }

    /// Searches for one more text. Returns true until all have been searched for.
    pub fn step(&mut self, searcher: &Searcher) -> bool {
        let best = |text: &[f32]| Ok(searcher.search(text, 1).first().and_then(|hit| hit.score));
        self.step_by(best).unwrap_or_else(|never: std::convert::Infallible| match never {})
    }

    /// Has `best` search for one more text, which tells the score of its best picture. Returns true until all have been searched
    /// for.
    ///
    /// # Errors
    /// What `best` returns; the text is searched for again by the next step.
    pub fn step_by<E>(&mut self, best: impl FnOnce(&[f32]) -> Result<Option<f32>, E>) -> Result<bool, E> {
        let Some(text) = self.neutral.get(self.best.len()) else { return Ok(false) };
        let score = best(text)?;
        self.best.push(score.unwrap_or(-1.0));
        Ok(true)
    }

    /// The cut-off, once all texts have been searched for. None where there are too few pictures or texts to tell. `pictures`
    /// counts those of the collection.
    pub fn cutoff(&self, pictures: usize) -> Option<Cutoff> {
        let is_done = self.best.len() == self.neutral.len() && !self.best.is_empty();
        (is_done && pictures >= FEWEST_PICTURES).then(|| cutoff(&self.best))
    }
}

/// The cut-off for the best scores of neutral texts, at least one: its floor is as far above their median as the lower
/// quantile lies below it, but no higher than the upper quantile.
pub fn cutoff(best: &[f32]) -> Cutoff {
    let mut sorted = best.to_vec();
    sorted.sort_by(f32::total_cmp);
    let quantile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let (lower, median, upper) = (quantile(LOWER), quantile(0.5), quantile(UPPER));
    Cutoff { floor: upper.min(median + (median - lower)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_texts_that_are_shown_do_not_raise_the_cut_off() {
        let clean: Vec<f32> = (0..=100).map(|i| 0.1 + 0.001 * i as f32).collect();
        assert!((cutoff(&clean).floor - 0.19).abs() < 1e-6, "{:?}", cutoff(&clean));
        // A fifth of the texts is about things that pictures show.
        let mut shown = clean.clone();
        shown.iter_mut().skip(80).for_each(|score| *score += 0.3);
        assert!((cutoff(&shown).floor - 0.19).abs() < 1e-6, "{:?}", cutoff(&shown));
    }

    #[test]
    fn relevance_ends_well_below_the_best_score_and_never_below_the_floor() {
        let hits = |scores: &[f32]| -> Vec<Hit> {
            scores.iter().map(|score| Hit { id: 1, path: "a".into(), score: Some(*score) }).collect()
        };
        let cutoff = Cutoff { floor: 0.3 };
        assert_eq!(cutoff.above(&hits(&[0.8, 0.65, 0.6, 0.31])), 2);
        assert_eq!(cutoff.above(&hits(&[0.35, 0.3, 0.29])), 2);
        assert_eq!((cutoff.above(&hits(&[0.29])), cutoff.above(&[])), (0, 0));
        let low = Cutoff { floor: -0.5 };
        assert_eq!(low.above(&hits(&[-0.1, -0.11, -0.2])), 2);
    }
}
