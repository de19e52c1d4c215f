//! Results with their look-alikes folded beneath the first of each group.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Hit, Searcher};
use crate::index::{Method, RowSet};
use crate::library::look_alikes::{Alike, Folds};

/// The pictures that are folded beneath results, by the ids of these: best first.
pub type Folded = HashMap<i64, Vec<Hit>>;

impl Searcher {
    /// Has answers folded by these groups; with `None`, they are not folded.
    pub fn set_folds(&mut self, folds: Option<Arc<Folds>>) {
        self.folds = folds;
    }

    /// The number of results to ask for, so that `k` rows are likely to be left of them.
    pub(super) fn with_folded(&self, k: usize) -> usize {
        let more = self.folds.as_ref().map_or(0, |folds| folds.folded_pictures().min(k / 4 + 8));
        k.saturating_add(more)
    }

    /// Folds `found`, the best `wanted` results in order, so that at most `k` rows are left. `None` if that makes fewer rows
    /// although there may be more results. Of the pictures in `set` (none: all) that look like a row, those that were not
    /// found are folded beneath it too, with their similarity to `vector`; not those of `without`.
    pub(super) fn fold(
        &self,
        k: usize,
        wanted: usize,
        found: Vec<Hit>,
        vector: Option<&[f32]>,
        set: Option<&RowSet>,
        without: &[i64],
    ) -> Option<(Vec<Hit>, Folded)> {
        let Some(folds) = self.folds.as_ref().filter(|folds| !folds.groups().is_empty()) else {
            return Some((found, Folded::new()));
        };
        let is_all = found.len() < wanted || wanted >= self.len();
        let mut beneath: HashSet<i64> = HashSet::new();
        let mut rows = Vec::with_capacity(found.len().min(k));
        for hit in found {
            if !beneath.contains(&hit.id) {
                beneath.extend(folds.with(hit.id).iter().map(|(id, _)| *id));
                rows.push(hit);
            }
        }
        if rows.len() < k && !is_all {
            return None;
        }
        rows.truncate(k);
        let folded = rows.iter().filter_map(|row| {
            let beneath = self.beneath(row.id, folds.with(row.id), vector, set, without);
            (!beneath.is_empty()).then_some((row.id, beneath))
        });
        let folded = folded.collect();
        Some((rows, folded))
    }

    /// The `k` rows most similar to a vector, as [`Self::nearest`] finds them, what is folded beneath them, and how they were
    /// searched.
    pub(super) fn nearest_folded(
        &self,
        vector: &[f32],
        k: usize,
        set: Option<&RowSet>,
    ) -> (Vec<Hit>, Folded, Method) {
        let mut wanted = self.with_folded(k);
        loop {
            let (found, method) = self.nearest(vector, wanted, set);
            if let Some((rows, folded)) = self.fold(k, wanted, found, Some(vector), set, &[]) {
                return (rows, folded, method);
            }
            wanted = wanted.saturating_mul(2);
        }
    }

    /// The best pictures of all groups, and beneath each the others with their similarity to it. Groups of which only one
    /// picture is left are none.
    pub fn look_alikes(&self, folds: &Folds) -> (Vec<Hit>, Folded) {
        let (mut best, mut others) = (Vec::new(), Folded::new());
        for group in folds.groups() {
            let there = group
                .iter()
                .filter_map(|(id, similarity)| Some(self.hit(*self.row_of.get(id)?, Some(*similarity))));
            let mut there = there.collect::<Vec<Hit>>().into_iter();
            let Some(first) = there.next().filter(|_| there.len() > 0) else { continue };
            others.insert(first.id, there.collect());
            best.push(Hit { score: None, ..first });
        }
        (best, others)
    }

    /// The pictures of a group that are in `set`, without the one with this id: by score, else the newest first.
    fn beneath(
        &self,
        id: i64,
        group: &[Alike],
        vector: Option<&[f32]>,
        set: Option<&RowSet>,
        without: &[i64],
    ) -> Vec<Hit> {
        let others = group.iter().map(|(other, _)| *other);
        let others = others.filter(|other| *other != id && !without.contains(other));
        let rows = others.filter_map(|other| self.row_of.get(&other).copied());
        let rows = rows.filter(|row| set.is_none_or(|set| set.contains(*row)));
        let mut scorer = vector.map(|vector| self.index.vectors().scorer(vector));
        let mut hits: Vec<(Reverse<i64>, Hit)> = rows
            .map(|row| {
                let score = scorer.as_mut().map(|score| score(row));
                (Reverse(self.infos[row].mtime_ns), self.hit(row, score))
            })
            .collect();
        hits.sort_by(|(a_time, a), (b_time, b)| match (a.score, b.score) {
            (Some(one), Some(other)) => other.total_cmp(&one).then_with(|| a.path.cmp(&b.path)),
            _ => a_time.cmp(b_time).then_with(|| a.path.cmp(&b.path)),
        });
        hits.into_iter().map(|(_, hit)| hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::base::model_key::{ModelKey, Precision};
    use crate::catalog::EmbeddingRow;
    use crate::library::searcher::Batch;

    /// A searcher of pictures, in groups of three by their ids; the first of them are the most similar to (1, 0).
    fn searcher(count: i64) -> Searcher {
        let key =
            ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 2 };
        let mut searcher = Searcher::new(key, Vec::new()).unwrap();
        let mut batch = Batch::default();
        for id in 1..=count {
            let angle = id as f32 * 0.01;
            let vector = Some([angle.cos(), angle.sin()].map(f16::from_f32).to_vec());
            batch.stage(EmbeddingRow { id, path: id.to_string().into(), mtime_ns: id, vector }, &[]);
        }
        searcher.commit(batch);
        let ids: Vec<i64> = (1..=count).collect();
        let groups = ids.chunks(3).map(|ids| ids.iter().map(|id| (*id, 0.95)).collect()).collect();
        searcher.set_folds(Some(Arc::new(Folds::new(groups))));
        searcher
    }

    fn ids(hits: &[Hit]) -> Vec<i64> {
        hits.iter().map(|hit| hit.id).collect()
    }

    fn nearest(searcher: &Searcher, k: usize, set: Option<&RowSet>) -> (Vec<Hit>, Folded) {
        let (rows, folded, _) = searcher.nearest_folded(&[1.0, 0.0], k, set);
        (rows, folded)
    }

    #[test]
    fn as_many_rows_as_wanted_are_left() {
        let searcher = searcher(99);
        let (rows, folded) = nearest(&searcher, 20, None);
        assert_eq!(ids(&rows), (0..20).map(|row| row * 3 + 1).collect::<Vec<_>>());
        assert_eq!((ids(&folded[&1]), ids(&folded[&58])), (vec![2, 3], vec![59, 60]));
        assert!(folded[&1][0].score.unwrap() > folded[&1][1].score.unwrap());
        assert_eq!(nearest(&searcher, 200, None).0.len(), 33, "there are no more");
    }

    #[test]
    fn filters_hold_for_what_is_folded() {
        let searcher = searcher(9);
        let set = RowSet::of(9, |row| row != 0 && row != 4);
        let (rows, folded) = nearest(&searcher, 9, Some(&set));
        assert_eq!(ids(&rows), [2, 4, 7]);
        assert_eq!([2, 4, 7].map(|id| ids(&folded[&id])), [vec![3], vec![6], vec![8, 9]]);
    }

    #[test]
    fn a_listing_is_folded_beneath_the_newest_and_nothing_without_groups() {
        let mut searcher = searcher(6);
        let listed = |searcher: &Searcher| searcher.fold(9, 9, searcher.newest(9), None, None, &[]).unwrap();
        let (rows, folded) = listed(&searcher);
        assert_eq!((ids(&rows), ids(&folded[&6]), ids(&folded[&3])), (vec![6, 3], vec![5, 4], vec![2, 1]));
        searcher.set_folds(None);
        let (rows, folded) = listed(&searcher);
        assert_eq!((rows.len(), folded.len()), (6, 0));
    }

    #[test]
    fn groups_of_which_one_is_left_are_none() {
        let mut searcher = searcher(7);
        let mut batch = Batch::default();
        batch.stage_removal(4);
        batch.stage_removal(5);
        searcher.commit(batch);
        let folds = searcher.folds.clone().unwrap();
        let (best, others) = searcher.look_alikes(&folds);
        assert_eq!((ids(&best), ids(&others[&1])), (vec![1], vec![2, 3]));
        assert_eq!((best[0].score, others[&1][0].score), (None, Some(0.95)));
    }
}
