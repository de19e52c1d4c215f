//! The score that results must have: that of `--min-score`, and that of `--relevant`.

use crate::library::{Cutoff, Hit, LOOKED_AT};

/// The score that results must have, if they must have any.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeastScore {
    /// A score that was named.
    pub(super) named: Option<f32>,
    /// Where relevance ends.
    pub(super) cutoff: Option<Cutoff>,
}

impl LeastScore {
    /// How many hits have to be asked for so that it can be told which of `top` are kept.
    pub(super) fn asked_for(self, top: usize) -> usize {
        if self.cutoff.is_some() { top.max(LOOKED_AT) } else { top }
    }

    /// Keeps the `top` best hits of one question, in any order, that have the score. Returns what it is, if there is one, and the
    /// best of all.
    pub(super) fn keep(self, hits: &mut Vec<Hit>, top: usize) -> Option<(f32, Option<f32>)> {
        let mut scores: Vec<f32> = hits.iter().filter_map(|hit| hit.score).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let best = scores.first().copied();
        let last = scores.get(top.saturating_sub(1)).copied();
        let of_cutoff = self.cutoff.map(|cutoff| cutoff.least(scores));
        let least = match (self.named, of_cutoff) {
            (Some(named), Some(of_cutoff)) => named.max(of_cutoff),
            (named, of_cutoff) => named.or(of_cutoff)?,
        };
        hits.retain(|hit| {
            hit.score.is_some_and(|score| score >= least && last.is_none_or(|last| score >= last))
        });
        hits.truncate(top);
        Some((least, best))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_of_both_scores_counts() {
        let hits = |scores: &[f32]| -> Vec<Hit> {
            scores.iter().map(|score| Hit { id: 1, path: "a".into(), score: Some(*score) }).collect()
        };
        let kept = |named, floor: Option<f32>| {
            // Ordered by name, say.
            let mut hits = hits(&[0.3, 0.5, 0.45]);
            let least = LeastScore { named, cutoff: floor.map(|floor| Cutoff { floor }) }.keep(&mut hits, 2);
            (hits.len(), least.map(|(least, _)| least))
        };
        assert_eq!(kept(None, None), (3, None));
        // The best two of three.
        assert_eq!(kept(Some(0.2), None), (2, Some(0.2)));
        assert_eq!(kept(Some(0.4), None), (2, Some(0.4)));
        assert_eq!(kept(Some(0.48), Some(0.2)), (1, Some(0.48)));
        assert_eq!(kept(Some(0.1), Some(0.47)), (1, Some(0.47)));
        assert_eq!(kept(None, Some(0.6)), (0, Some(0.6)));
        assert_eq!(kept(None, Some(0.1)).0, 2);
    }
}
