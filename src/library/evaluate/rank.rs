//! Scores, ranks and the shares of those that are good enough.

use crate::clip::Embedding;

/// The inner product of two embeddings.
pub(super) fn score(a: &Embedding, b: &Embedding) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// How many scores are before that at `own`: higher, or as high and earlier in the list.
pub(super) fn rank(scores: &[f32], own: usize) -> usize {
    let Some(&target) = scores.get(own) else { return scores.len() };
    let is_before =
        |(i, score): (usize, &f32)| score.total_cmp(&target).then(own.cmp(&i)) == std::cmp::Ordering::Greater;
    scores.iter().enumerate().filter(|&pair| is_before(pair)).count()
}

/// The share of ranks below `k`, from 0 to 1.
pub(super) fn recall(ranks: &[usize], k: usize) -> f64 {
    ranks.iter().filter(|rank| **rank < k).count() as f64 / ranks.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_what_is_better_and_ties_keep_the_order_of_the_list() {
        let scores = [0.5, 0.9, 0.5, 0.1, 0.5];
        let ranks: Vec<usize> = (0..scores.len()).map(|own| rank(&scores, own)).collect();
        assert_eq!(ranks, [1, 0, 2, 4, 3]);
        assert_eq!([1, 2, 5].map(|k| recall(&ranks, k)), [0.2, 0.4, 1.0]);
        assert_eq!(recall(&[], 1), 0.0);
    }
}
