//! The vectors of one collection and one model in memory, and what is known of their pictures.

mod answer;
mod batch;
mod completions;
mod fact_table;
mod folding;
mod relevance;
mod segments;
mod selection;
mod set_cache;
mod similar;
mod sorting;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use half::f16;

pub use answer::{Answer, Narrowing, Target};
pub(super) use batch::Batch;
use batch::Change;
use fact_table::FactTable;
pub use folding::Folded;
pub use relevance::{Calibration, Cutoff, LOOKED_AT, cutoff};
#[cfg(feature = "milvus")]
pub(super) use selection::seconds;
use set_cache::SetCache;
#[cfg(feature = "milvus")]
pub(super) use similar::mean;
pub(super) use sorting::day_of;
#[cfg(feature = "milvus")]
pub(super) use sorting::{Ordered, compare};

use super::collection::Collection;
use super::error::LibraryError;
use super::indexed_picture::IndexedPicture;
use super::look_alikes::Folds;
use super::snapshot::files::{self, Snapshots};
use crate::base::model_key::ModelKey;
use crate::base::paths;
use crate::catalog::Catalog;
use crate::index::{SearchMode, VectorIndex, VectorStore};

/// The number of rows, at most, that the spread of scores is taken over.
const SPREAD_ROWS: usize = 2048;

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The catalogue's id of the picture: it stays the same when the file moves.
    pub id: i64,
    /// Relative to the collection's root.
    pub path: PathBuf,
    /// Cosine similarity, -1 to 1; none in a listing without a query.
    pub score: Option<f32>,
}

/// Embeddings of a collection (or of the part of it that was asked for) in memory, loaded once and kept in step
/// with the catalogue by [`Searcher::refresh`]. It has threads of its own: a search need not wait for pictures that
/// are being encoded.
pub struct Searcher {
    key: ModelKey,
    prefix: Vec<u8>,
    index: VectorIndex,
    /// Of each row of the index.
    infos: Vec<IndexedPicture>,
    row_of: HashMap<i64, usize>,
    mode: SearchMode,
    /// What filters compare, once there was one.
    facts: Option<FactTable>,
    /// The groups by which answers are folded, if they are.
    folds: Option<Arc<Folds>>,
    /// What filters left lately.
    selections: SetCache,
    /// The last change of the catalogue that is in here.
    change: i64,
    /// Number of changes of rows, and what it was at the last snapshot.
    revision: usize,
    saved_revision: usize,
}

impl Searcher {
    /// Loads the vectors of the model `key`; having none yet is fine.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the system has no thread left.
    pub fn load(
        collection: &Collection,
        catalog: &mut Catalog,
        key: &ModelKey,
    ) -> Result<Self, LibraryError> {
        let snapshots = Snapshots::new(collection, key);
        let mut searcher = Self::new(key.clone(), collection.prefix_bytes())?;
        searcher.restore(&snapshots, catalog)?;
        searcher.refresh(catalog)?;
        Ok(searcher)
    }

    pub(super) fn new(key: ModelKey, prefix: Vec<u8>) -> Result<Self, LibraryError> {
        let index = VectorIndex::new(key.dimension, rayon::current_num_threads())?;
        Ok(Self {
            key,
            prefix,
            index,
            infos: Vec::new(),
            row_of: HashMap::new(),
            mode: SearchMode::Auto,
            facts: None,
            folds: None,
            selections: SetCache::default(),
            change: 0,
            revision: 0,
            saved_revision: 0,
        })
    }

    /// Takes over what the last snapshot has, before the first [`Self::refresh`].
    pub(super) fn restore(&mut self, snapshots: &Snapshots, catalog: &Catalog) -> Result<(), LibraryError> {
        if let Some(restored) = snapshots.restore(catalog, &self.prefix, self.index.threads())? {
            self.row_of = restored.pictures.iter().enumerate().map(|(row, info)| (info.id, row)).collect();
            self.index.restore(restored.vectors);
            (self.infos, self.change) = (restored.pictures, restored.change);
            self.facts = None;
        }
        Ok(())
    }

    /// Of each row.
    pub(super) fn infos(&self) -> &[IndexedPicture] {
        &self.infos
    }

    /// Whether a snapshot of this should be made. None is made of a part of a collection.
    pub fn is_snapshot_due(&self) -> bool {
        self.prefix.is_empty() && files::is_due(self.revision - self.saved_revision, self.len())
    }

    /// Another number after each change of a row.
    pub(super) fn revision(&self) -> usize {
        self.revision
    }

    /// A snapshot was made of this.
    pub(super) fn saved(&mut self) {
        self.saved_revision = self.revision;
    }

    /// Number of searchable pictures.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// The catalogue's ids of the searchable pictures, in no order.
    pub fn ids(&self) -> impl Iterator<Item = i64> {
        self.infos.iter().map(|info| info.id)
    }

    /// Whether there is nothing to search.
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }

    /// Length of the vectors.
    pub fn dimension(&self) -> usize {
        self.key.dimension
    }

    /// The vectors, in no order.
    pub fn vectors(&self) -> &VectorStore {
        self.index.vectors()
    }

    /// The vectors, for other uses than searching by text.
    pub fn into_vectors(self) -> VectorStore {
        self.index.into_vectors()
    }

    /// Reads what changed in the catalogue since the last call, by this process or another. True when
    /// anything did.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn refresh(&mut self, catalog: &mut Catalog) -> Result<bool, LibraryError> {
        let (last, pruned) = catalog.last_change()?;
        if last == self.change {
            return Ok(false);
        }
        // Without a row for the model there is nothing to join with; the number is kept back so that
        // the vectors are seen once there are some.
        let Some(model) = catalog.find_model(&self.key)? else { return Ok(false) };
        let mut batch = Batch::default();
        // Rows that were forgotten are not told.
        if pruned > self.change && !self.is_empty() {
            let there = catalog.ids()?;
            let gone = self.infos.iter().filter(|info| !there.contains(&info.id));
            gone.for_each(|info| batch.stage_removal(info.id));
        }
        // Should it fail on the way, nothing of it is taken in, and the same rows are read again next time.
        let (dimension, since) = (self.dimension(), self.change);
        let change = catalog.changes(model, dimension, since, |row| batch.stage(row, &self.prefix))?;
        if catalog.last_change()?.1 != pruned {
            // Rows were forgotten between the two looks: start over.
            drop(batch);
            return self.refresh(catalog);
        }
        self.commit(batch);
        self.change = change;
        if let Some(facts) = &mut self.facts {
            facts.rewind(since);
        }
        Ok(true)
    }

    /// Takes in what was staged. Nothing can fail here, so that rows, paths and graphs always agree.
    pub(super) fn commit(&mut self, batch: Batch) {
        batch.for_each(self.dimension(), |change| {
            self.revision += 1;
            match change {
                Change::Put(info, vector) => self.put(info, vector),
                Change::Drop(id) => self.remove(id),
            }
        });
        self.index.commit();
    }

    fn put(&mut self, info: IndexedPicture, vector: &[f16]) {
        match self.row_of.get(&info.id) {
            Some(&row) => {
                self.infos[row] = info;
                self.index.replace(row, vector);
            }
            None => {
                self.row_of.insert(info.id, self.infos.len());
                self.infos.push(info);
                self.index.stage(vector);
                if let Some(facts) = &mut self.facts {
                    facts.push();
                }
            }
        }
    }

    fn remove(&mut self, id: i64) {
        let Some(row) = self.row_of.remove(&id) else { return };
        self.index.swap_remove(row);
        self.infos.swap_remove(row);
        if let Some(facts) = &mut self.facts {
            facts.swap_remove(row);
        }
        if let Some(moved) = self.infos.get(row) {
            self.row_of.insert(moved.id, row);
        }
    }

    /// The `k` pictures most similar to `query` (finite, unit length), best first, ties by path bytes.
    ///
    /// # Panics
    /// When `query` has another dimension than the model.
    pub fn search(&self, query: &[f32], k: usize) -> Vec<Hit> {
        let tie = |a: usize, b: usize| self.infos[a].path.cmp(&self.infos[b].path);
        let (best, _) = self.index.search(query, k, |_| true, tie, self.mode);
        best.into_iter().map(|scored| self.hit(scored.row, Some(scored.score))).collect()
    }

    /// The `k` newest pictures by modification time; ties by path bytes.
    #[cfg(test)]
    pub(super) fn newest(&self, k: usize) -> Vec<Hit> {
        let mut rows: Vec<usize> = (0..self.len()).collect();
        let newer = |&a: &usize, &b: &usize| {
            let (a, b) = (&self.infos[a], &self.infos[b]);
            b.mtime_ns.cmp(&a.mtime_ns).then_with(|| a.path.cmp(&b.path))
        };
        if k < rows.len() {
            rows.select_nth_unstable_by(k, newer);
            rows.truncate(k);
        }
        rows.sort_unstable_by(newer);
        rows.into_iter().map(|row| self.hit(row, None)).collect()
    }

    /// The standard deviation of the scores of the collection's pictures by a vector, taken over evenly chosen rows.
    /// `None` when there are fewer than two.
    pub(super) fn score_deviation(&self, vector: &[f32]) -> Option<f32> {
        deviation(self.index.vectors(), vector, self.len().div_ceil(SPREAD_ROWS).max(1))
    }

    /// The vector of a picture (unit length), if it is searchable.
    pub fn embedding(&self, id: i64) -> Option<Vec<f32>> {
        Some(self.index.vector(*self.row_of.get(&id)?))
    }

    fn hit(&self, row: usize, score: Option<f32>) -> Hit {
        let info = &self.infos[row];
        // Rounding may carry the product of two unit vectors a little past 1.
        let score = score.map(|score| score.clamp(-1.0, 1.0));
        Hit { id: info.id, path: paths::from_bytes(&info.path), score }
    }
}

/// The standard deviation of the scores of every `step`-th row by a vector. `None` when there are fewer than two.
pub(super) fn deviation(vectors: &VectorStore, vector: &[f32], step: usize) -> Option<f32> {
    let mut score = vectors.scorer(vector);
    let scores: Vec<f64> = (0..vectors.len()).step_by(step).map(|row| f64::from(score(row))).collect();
    if scores.len() < 2 {
        return None;
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / scores.len() as f64;
    Some(variance.sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::model_key::Precision;
    use crate::catalog::EmbeddingRow;

    fn searcher() -> Searcher {
        let key =
            ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 2 };
        Searcher::new(key, Vec::new()).unwrap()
    }

    fn put(searcher: &mut Searcher, id: i64, path: &str, vector: Option<[f32; 2]>) {
        let vector = vector.map(|vector| vector.map(f16::from_f32).to_vec());
        let mut batch = Batch::default();
        batch.stage(EmbeddingRow { id, path: path.into(), mtime_ns: id, vector }, &searcher.prefix);
        searcher.commit(batch);
    }

    fn found(hits: &[Hit]) -> Vec<&str> {
        hits.iter().map(|hit| hit.path.to_str().unwrap()).collect()
    }

    #[test]
    fn rows_come_change_and_go() {
        let mut searcher = searcher();
        put(&mut searcher, 1, "a", Some([1.0, 0.0]));
        put(&mut searcher, 2, "b", Some([0.0, 1.0]));
        put(&mut searcher, 3, "c", Some([0.6, 0.8]));
        assert_eq!(found(&searcher.search(&[1.0, 0.0], 9)), ["a", "c", "b"]);
        put(&mut searcher, 1, "a", None);
        assert_eq!(found(&searcher.search(&[1.0, 0.0], 9)), ["c", "b"]);
        put(&mut searcher, 3, "moved/c", Some([0.0, -1.0]));
        assert_eq!(found(&searcher.search(&[1.0, 0.0], 9)), ["b", "moved/c"]);
        assert_eq!(searcher.embedding(3), Some(vec![0.0, -1.0]));
        put(&mut searcher, 2, "b", None);
        put(&mut searcher, 3, "moved/c", None);
        put(&mut searcher, 9, "never there", None);
        assert_eq!((searcher.len(), searcher.index.len()), (0, 0));
    }

    #[test]
    fn ties_go_by_path_bytes() {
        let mut searcher = searcher();
        for (id, path) in [(1, "z"), (2, "B"), (3, "a")] {
            put(&mut searcher, id, path, Some([1.0, 0.0]));
        }
        assert_eq!(found(&searcher.search(&[1.0, 0.0], 2)), ["B", "a"]);
    }

    #[test]
    fn without_a_query_the_newest_come_first() {
        let mut searcher = searcher();
        for id in 1..=5 {
            put(&mut searcher, id, &id.to_string(), Some([1.0, 0.0]));
        }
        assert_eq!(found(&searcher.newest(2)), ["5", "4"]);
        assert_eq!(searcher.newest(9).len(), 5);
    }

    #[test]
    fn a_prefix_limits_what_is_searched() {
        let mut searcher = searcher();
        searcher.prefix = b"sub".to_vec();
        put(&mut searcher, 1, "sub/a", Some([1.0, 0.0]));
        put(&mut searcher, 2, "b", Some([1.0, 0.0]));
        assert_eq!(found(&searcher.newest(9)), ["sub/a"]);
    }
}

#[cfg(test)]
mod oracle_tests;
