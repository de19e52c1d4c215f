//! The searcher's graphs: how they come and go.

use std::path::{Path, PathBuf};

use super::Searcher;
use crate::index::SearchMode;
use crate::index::hnsw::{Segment, SegmentPlan};

impl Searcher {
    /// Decides how searches are answered from now on.
    pub fn set_mode(&mut self, mode: SearchMode) {
        self.mode = mode;
    }

    /// Takes a segment in, which is kept at `path`: rows that it has contents of are searched by it.
    pub fn add_segment(&mut self, segment: Segment, path: PathBuf) {
        self.index.add_segment(segment, Some(path));
    }

    /// Where the segments are kept that are in use.
    pub fn segment_paths(&self) -> impl Iterator<Item = &Path> {
        self.index.segment_paths()
    }

    /// Number of pictures that graphs lead to.
    pub fn indexed(&self) -> usize {
        self.index.indexed_rows()
    }

    /// Number of points in all graphs.
    pub fn points(&self) -> usize {
        self.index.points()
    }

    /// The change number of the catalogue that this is at.
    pub fn change(&self) -> i64 {
        self.change
    }

    /// The next segment that is to be built, if there are at least `min_rows` pictures. None for a part of a collection:
    /// segments are of all of it.
    pub fn next_segment_plan(&self, min_rows: usize) -> Option<SegmentPlan> {
        if self.prefix.is_empty() { self.index.next_segment_plan(self.change, min_rows) } else { None }
    }

    /// Drops the segments that have no picture any more, and says which files those were.
    pub fn drop_empty_segments(&mut self) -> Vec<PathBuf> {
        if self.prefix.is_empty() { self.index.drop_empty(self.change) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use half::f16;
    use tempfile::TempDir;

    use super::*;
    use crate::base::model_key::{ModelKey, Precision};
    use crate::base::rng::Rng;
    use crate::catalog::EmbeddingRow;
    use crate::index::hnsw::SegmentStore;
    use crate::library::Collection;
    use crate::library::maintenance::builder::SegmentBuilder;
    use crate::library::maintenance::segments;
    use crate::library::searcher::Batch;

    fn key() -> ModelKey {
        ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 16 }
    }

    fn put(searcher: &mut Searcher, id: i64, path: &str, seed: u64) {
        let mut rng = Rng::new(seed);
        let vector = (0..16).map(|_| f16::from_f32(rng.range(-1.0, 1.0))).collect();
        let mut batch = Batch::default();
        batch.stage(
            EmbeddingRow { id, path: path.into(), mtime_ns: id, vector: Some(vector) },
            &searcher.prefix,
        );
        searcher.commit(batch);
    }

    /// As many pictures, in two folders.
    fn searcher(count: i64) -> Searcher {
        let mut searcher = Searcher::new(key(), Vec::new()).unwrap();
        for id in 0..count {
            put(&mut searcher, id, &format!("{}/{id:04}", ["a", "b"][id as usize % 2]), id as u64);
        }
        searcher.change = 1;
        searcher
    }

    fn store() -> (TempDir, SegmentStore) {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        (folder, SegmentStore::new(collection.dir(), key()))
    }

    fn build(searcher: &mut Searcher, store: &SegmentStore) {
        assert!(segments::build(searcher, store, &segments::pool().unwrap(), 0, |_, _| {}).unwrap());
    }

    /// Waits for what `builder` is at.
    fn finish(builder: &mut SegmentBuilder, searcher: &mut Searcher) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while searcher.indexed() < searcher.len() || searcher.index.has_empty_segments() {
            assert!(Instant::now() < deadline, "{} of {} linked", searcher.indexed(), searcher.len());
            builder.step(searcher);
            std::thread::yield_now();
        }
    }

    /// The one file that is left when those that it replaces were deleted, which nobody waits for.
    fn last_path(store: &SegmentStore) -> Vec<PathBuf> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let paths = store.paths().unwrap();
            if paths.len() == 1 {
                return paths;
            }
            assert!(Instant::now() < deadline, "{paths:?}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn segments_are_read_again_and_only_what_changed_is_built() {
        let ((_folder, store), mut first) = (store(), searcher(300));
        build(&mut first, &store);
        let paths = store.paths().unwrap();
        assert_eq!((paths.len(), first.indexed()), (1, 300));
        let mut second = searcher(310);
        assert!(segments::read(&mut second, &store).unwrap().is_empty());
        assert_eq!(second.indexed(), 300);
        build(&mut second, &store);
        assert_eq!(store.paths().unwrap(), paths, "ten more are not worth it");
        let mut third = searcher(600);
        build(&mut third, &store);
        assert_eq!((store.paths().unwrap().len(), third.indexed()), (1, 600));
        assert_ne!(store.paths().unwrap(), paths);
    }

    #[test]
    fn a_part_of_a_collection_uses_the_segments_of_the_whole_but_builds_none() {
        let ((_folder, store), mut whole) = (store(), searcher(300));
        build(&mut whole, &store);
        let mut part = Searcher::new(key(), b"a".to_vec()).unwrap();
        for id in 0..300 {
            put(&mut part, id, &format!("{}/{id:04}", ["a", "b"][id as usize % 2]), id as u64);
        }
        segments::read(&mut part, &store).unwrap();
        part.set_mode(SearchMode::Approximate);
        assert_eq!((part.len(), part.indexed()), (150, 150));
        assert!(part.next_segment_plan(0).is_none() && part.drop_empty_segments().is_empty());
        let query = whole.embedding(8).unwrap();
        assert_eq!(part.search(&query, 20), {
            part.set_mode(SearchMode::Exact);
            part.search(&query, 20)
        });
    }

    #[test]
    fn segments_are_built_behind_the_searches() {
        let ((_folder, store), mut searcher) = (store(), searcher(300));
        let mut builder = SegmentBuilder::start(store.clone(), 0).unwrap();
        finish(&mut builder, &mut searcher);
        for id in 300..500 {
            put(&mut searcher, id, &id.to_string(), id as u64);
        }
        searcher.change = 2;
        finish(&mut builder, &mut searcher);
        assert_eq!((searcher.indexed(), searcher.points()), (500, 500));
        // Another browser finds them.
        let mut other = self::searcher(300);
        for id in 300..500 {
            put(&mut other, id, &id.to_string(), id as u64);
        }
        other.change = 2;
        let paths = last_path(&store);
        let mut builder = SegmentBuilder::start(store.clone(), 0).unwrap();
        finish(&mut builder, &mut other);
        assert_eq!((other.indexed(), store.paths().unwrap()), (500, paths));
    }

    #[test]
    fn a_damaged_file_goes_when_the_next_is_built() {
        let ((_folder, store), mut searcher) = (store(), searcher(100));
        build(&mut searcher, &store);
        let path = store.paths().unwrap().remove(0);
        std::fs::write(&path, b"damaged").unwrap();
        let mut other = self::searcher(120);
        let mut builder = SegmentBuilder::start(store.clone(), 0).unwrap();
        finish(&mut builder, &mut other);
        assert!(store.load(&store.paths().unwrap()[0]).is_ok() && store.paths().unwrap().len() == 1);
    }
}
