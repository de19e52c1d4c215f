//! Where relevance ends: the least score with which a picture is taken to be about a text.
//!
//! A text about something that no picture shows has a best picture too. The best scores of a few hundred such *neutral*
//! texts therefore tell, without labels, up to where scores mean nothing with this model and in this collection; they grow
//! with the number of pictures, as the best of many chances does. Above that, relevance ends where a text's own scores fall. What
//! else was tried is told in `docs/design/relevance.md`.

use std::sync::Arc;

use super::{Hit, Searcher};
use crate::clip::Embedding;

/// With fewer pictures than this, chance decides what is best.
const FEWEST_PICTURES: usize = 20;
/// The share of neutral texts whose best picture stays below the floor, where few of them are shown by a picture.
const UPPER: f64 = 0.95;
/// The floor is at most so many times as far above the median as the lower quantile lies below it, for collections in which
/// pictures show many of the neutral texts: their scores are at the upper end only.
const TIMES: f32 = 3.0;
/// The lower quantile.
const LOWER: f64 = 0.1;

/// Relevance ends between these shares of a text's best score, or at the floor.
const BETWEEN: (f32, f32) = (0.6, 0.9);
/// The least width of a gap between scores at which it ends, as a share of the best one.
const GAP: f32 = 0.02;
/// So many scores are looked at: beyond, they lie too close together to tell anything.
pub const LOOKED_AT: usize = 1000;

/// Where relevance ends with a model in a collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cutoff {
    /// What texts reach that no picture shows: with a lower best score, a text has no picture here.
    pub floor: f32,
}

impl Cutoff {
    /// The least score of pictures that are about a text, of the cosines that its nearest pictures have, best first. That is in
    /// the middle of the widest gap between 0.9 and 0.6 of the best one, if there is a gap to speak of; else at 0.6 of it; and never
    /// below the floor.
    pub fn least(self, scores: impl IntoIterator<Item = f32>) -> f32 {
        let mut scores = scores.into_iter().take(LOOKED_AT);
        let Some(best) = scores.next().filter(|best| *best > self.floor.max(0.0)) else { return self.floor };
        let (low, high) = (self.floor.max(BETWEEN.0 * best), BETWEEN.1 * best);
        let (mut above, mut widest) = (best, (GAP * best, low));
        for score in scores {
            let (upper, lower) = (above.min(high), score.max(low));
            if upper - lower >= widest.0 {
                widest = (upper - lower, f32::midpoint(upper, lower));
            }
            if score < low {
                break;
            }
            above = score;
        }
        widest.1
    }

    /// The number of hits of a text, best first, that are about it.
    pub fn above(self, hits: &[Hit]) -> usize {
        let scores = || hits.iter().map_while(|hit| hit.score);
        let least = self.least(scores());
        scores().take_while(|score| *score >= least).count()
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

/// The cut-off for the best scores of neutral texts, at least one: its floor is their upper quantile, but no more than three
/// times as far above their median as the lower quantile lies below it.
pub fn cutoff(best: &[f32]) -> Cutoff {
    let mut sorted = best.to_vec();
    sorted.sort_by(f32::total_cmp);
    let quantile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let (lower, median, upper) = (quantile(LOWER), quantile(0.5), quantile(UPPER));
    Cutoff { floor: upper.min(median + TIMES * (median - lower)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_texts_that_are_shown_do_not_raise_the_floor_without_end() {
        let clean: Vec<f32> = (0..=100).map(|i| 0.1 + 0.001 * i as f32).collect();
        assert!((cutoff(&clean).floor - 0.195).abs() < 1e-6, "{:?}", cutoff(&clean));
        // A fifth of the texts is about things that pictures show.
        let mut shown = clean.clone();
        shown.iter_mut().skip(80).for_each(|score| *score += 0.3);
        assert!((cutoff(&shown).floor - 0.27).abs() < 1e-6, "{:?}", cutoff(&shown));
    }

    #[test]
    fn relevance_ends_at_the_widest_gap_and_never_below_the_floor() {
        let hits = |scores: &[f32]| -> Vec<Hit> {
            scores.iter().map(|score| Hit { id: 1, path: "a".into(), score: Some(*score) }).collect()
        };
        let cutoff = Cutoff { floor: 0.3 };
        let above = |scores: &[f32]| cutoff.above(&hits(scores));
        assert_eq!(above(&[0.8, 0.78, 0.75, 0.6, 0.58, 0.57]), 3);
        // A gap above nine tenths is between the best ones.
        assert_eq!(above(&[0.8, 0.76, 0.72, 0.71, 0.7, 0.6]), 5);
        // Without a gap to speak of, six tenths of the best score are enough.
        let dense: Vec<f32> = (0..100).map(|i| 0.8 - 0.005 * i as f32).collect();
        assert_eq!(above(&dense), dense.iter().filter(|score| **score >= 0.48).count());
        assert_eq!(above(&[0.35, 0.345, 0.34, 0.335, 0.33, 0.324, 0.319, 0.312, 0.306, 0.3, 0.29]), 10);
        assert_eq!((above(&[0.29]), above(&[]), above(&[0.3])), (0, 0, 1));
        // What lies beyond the last score is not known.
        assert_eq!(above(&[0.8, 0.79]), 2);
        let low = Cutoff { floor: -0.5 };
        assert_eq!(low.above(&hits(&[-0.1, -0.11, -0.6])), 2);
    }
}
