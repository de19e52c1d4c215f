//! The engine's graphs: which searches they answer, and how they come and go.

use std::cmp::Ordering;
use std::path::PathBuf;

use super::Engine;
use crate::index::hnsw::{self, Graphs, Job, Segment};
use crate::index::rank::Scored;

/// Whether pictures are compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Where that takes less time than following graphs, as was measured with the first query after the graphs
    /// changed, or there are none.
    #[default]
    Auto,
    /// Always.
    Exact,
    /// Only where there are no graphs, or they don't lead to enough pictures.
    Approximate,
}

impl Engine {
    /// Decides how searches are answered from now on.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// What graphs have to say, if they are to be asked and find enough.
    pub(super) fn by_graphs(
        &self,
        query: &[f32],
        k: usize,
        keep: impl Fn(usize) -> bool + Sync,
        tie: impl Fn(usize, usize) -> Ordering + Sync,
    ) -> Option<Vec<Scored>> {
        let graphs = self.graphs.as_ref()?;
        let asked = match self.mode {
            Mode::Exact => false,
            Mode::Approximate => true,
            Mode::Auto if self.len() < hnsw::SMALLEST => false,
            Mode::Auto => {
                let measure = || hnsw::rows_a_point(graphs, &self.matrix, query, k);
                hnsw::pays(graphs, k, *self.rows_a_point.get_or_init(measure))
            }
        };
        if asked { hnsw::top_k(graphs, &self.matrix, query, k, keep, tie) } else { None }
    }

    /// Takes a segment in: rows that it has contents of are searched by it.
    pub fn adopt(&mut self, segment: Segment) {
        let (threads, matrix) = (&self.threads, &self.matrix);
        let graphs = self.graphs.get_or_insert_with(|| threads.install(|| Graphs::of(matrix)));
        graphs.adopt(segment, matrix);
        self.rows_a_point.take();
    }

    /// Where the segments are kept that are in use.
    pub fn segment_paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.graphs.iter().flat_map(Graphs::segments).filter_map(|segment| segment.path.clone())
    }

    /// Number of pictures that graphs lead to.
    pub fn linked(&self) -> usize {
        self.graphs.as_ref().map_or(0, |graphs| graphs.len() - graphs.tail().len())
    }

    /// Number of points in all graphs.
    pub fn points(&self) -> usize {
        self.graphs.iter().flat_map(Graphs::segments).map(|segment| segment.rows.len()).sum()
    }

    /// The change number of the catalogue that this is at.
    pub fn change(&self) -> i64 {
        self.change
    }

    /// The next segment that is to be built, with `always` for small collections too. None for a part of a
    /// collection: segments are of all of it.
    pub fn next_job(&self, always: bool) -> Option<Job> {
        if !self.prefix.is_empty() {
            return None;
        }
        match &self.graphs {
            Some(graphs) => hnsw::next(graphs, &self.matrix, self.change, always),
            None if self.len() < hnsw::SMALLEST && !always => None,
            None => {
                let graphs = self.threads.install(|| Graphs::of(&self.matrix));
                hnsw::next(&graphs, &self.matrix, self.change, always)
            }
        }
    }

    /// Drops the segments that have no picture any more, and says which files those were.
    pub fn retire_segments(&mut self) -> Vec<PathBuf> {
        let (whole, change) = (self.prefix.is_empty(), self.change);
        self.graphs.as_mut().filter(|_| whole).map_or_else(Vec::new, |graphs| graphs.retire(change))
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
    use crate::index::hnsw::Store;
    use crate::library::Collection;
    use crate::library::searcher::Batch;
    use crate::library::{Background, maintenance};

    fn key() -> ModelKey {
        ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 16 }
    }

    fn put(engine: &mut Engine, id: i64, path: &str, seed: u64) {
        let mut rng = Rng::new(seed);
        let vector = (0..16).map(|_| f16::from_f32(rng.range(-1.0, 1.0))).collect();
        let mut batch = Batch::default();
        batch.stage(
            EmbeddingRow { id, path: path.into(), mtime_ns: id, vector: Some(vector) },
            &engine.prefix,
        );
        engine.commit(batch);
    }

    /// As many pictures, in two folders.
    fn engine(count: i64) -> Engine {
        let mut engine = Engine::new(key(), Vec::new()).unwrap();
        for id in 0..count {
            put(&mut engine, id, &format!("{}/{id:04}", ["a", "b"][id as usize % 2]), id as u64);
        }
        engine.change = 1;
        engine
    }

    fn store() -> (TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        (folder, Store::new(collection.dir(), key()))
    }

    fn build(engine: &mut Engine, store: &Store) {
        assert!(maintenance::build(engine, store, &maintenance::pool().unwrap(), true, |_, _| {}).unwrap());
    }

    /// Waits for what `background` is at.
    fn finish(background: &mut Background, engine: &mut Engine) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while engine.linked() < engine.len() || !engine.tidy() {
            assert!(Instant::now() < deadline, "{} of {} linked", engine.linked(), engine.len());
            background.step(engine);
            std::thread::yield_now();
        }
    }

    /// The one file that is left when those that it replaces were deleted, which nobody waits for.
    fn last_path(store: &Store) -> Vec<PathBuf> {
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

    impl Engine {
        fn tidy(&self) -> bool {
            self.graphs.as_ref().is_some_and(|graphs| graphs.segments().all(|segment| segment.live > 0))
        }
    }

    #[test]
    fn graphs_are_asked_only_in_the_mode_for_it() {
        let ((_folder, store), mut engine) = (store(), engine(400));
        build(&mut engine, &store);
        let query = engine.embedding(7).unwrap();
        let asked = |engine: &Engine| engine.by_graphs(&query, 3, |_| true, |a, b| a.cmp(&b)).is_some();
        assert!(!asked(&engine), "it is quicker to compare 400 pictures");
        engine.set_mode(Mode::Approximate);
        assert!(asked(&engine));
        assert_eq!(engine.search(&query, 1)[0].id, 7);
        assert_eq!(engine.search(&query, 400).len(), 400);
        engine.set_mode(Mode::Exact);
        assert!(!asked(&engine));
    }

    #[test]
    fn segments_are_read_again_and_only_what_changed_is_built() {
        let ((_folder, store), mut first) = (store(), engine(300));
        build(&mut first, &store);
        let paths = store.paths().unwrap();
        assert_eq!((paths.len(), first.linked()), (1, 300));
        let mut second = engine(310);
        assert!(maintenance::read(&mut second, &store).unwrap().is_empty());
        assert_eq!(second.linked(), 300);
        build(&mut second, &store);
        assert_eq!(store.paths().unwrap(), paths, "ten more are not worth it");
        let mut third = engine(600);
        build(&mut third, &store);
        assert_eq!((store.paths().unwrap().len(), third.linked()), (1, 600));
        assert_ne!(store.paths().unwrap(), paths);
    }

    #[test]
    fn a_part_of_a_collection_uses_the_segments_of_the_whole_but_builds_none() {
        let ((_folder, store), mut whole) = (store(), engine(300));
        build(&mut whole, &store);
        let mut part = Engine::new(key(), b"a".to_vec()).unwrap();
        for id in 0..300 {
            put(&mut part, id, &format!("{}/{id:04}", ["a", "b"][id as usize % 2]), id as u64);
        }
        maintenance::read(&mut part, &store).unwrap();
        part.set_mode(Mode::Approximate);
        assert_eq!((part.len(), part.linked()), (150, 150));
        assert!(part.next_job(true).is_none() && part.retire_segments().is_empty());
        let query = whole.embedding(8).unwrap();
        assert_eq!(part.search(&query, 20), {
            part.set_mode(Mode::Exact);
            part.search(&query, 20)
        });
    }

    #[test]
    fn segments_are_built_behind_the_searches() {
        let ((_folder, store), mut engine) = (store(), engine(300));
        let mut background = Background::start(store.clone(), true).unwrap();
        finish(&mut background, &mut engine);
        for id in 300..500 {
            put(&mut engine, id, &id.to_string(), id as u64);
        }
        engine.change = 2;
        finish(&mut background, &mut engine);
        assert_eq!((engine.linked(), engine.points()), (500, 500));
        // Another browser finds them.
        let mut other = self::engine(300);
        for id in 300..500 {
            put(&mut other, id, &id.to_string(), id as u64);
        }
        other.change = 2;
        let paths = last_path(&store);
        let mut background = Background::start(store.clone(), true).unwrap();
        finish(&mut background, &mut other);
        assert_eq!((other.linked(), store.paths().unwrap()), (500, paths));
    }

    #[test]
    fn a_damaged_file_goes_when_the_next_is_built() {
        let ((_folder, store), mut engine) = (store(), engine(100));
        build(&mut engine, &store);
        let path = store.paths().unwrap().remove(0);
        std::fs::write(&path, b"damaged").unwrap();
        let mut other = self::engine(120);
        let mut background = Background::start(store.clone(), true).unwrap();
        finish(&mut background, &mut other);
        assert!(store.load(&store.paths().unwrap()[0]).is_ok() && store.paths().unwrap().len() == 1);
    }
}
