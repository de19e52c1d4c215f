use std::collections::BTreeMap;

use half::f16;
use tempfile::TempDir;

use super::*;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::rng::Rng;
use crate::catalog::{Catalog, PictureRecord};
use crate::index::SearchMode;
use crate::index::hnsw::SegmentStore;
use crate::library::maintenance::segments;
use crate::library::{Collection, Hit, Searcher};

const DIMENSION: usize = 16;

fn key() -> ModelKey {
    ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: DIMENSION }
}

fn vector(seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..DIMENSION).map(|_| rng.range(-1.0, 1.0)).collect()
}

fn record(seed: u64) -> PictureRecord {
    let hash = blake3::hash(&seed.to_le_bytes()).into();
    let (path, mtime_ns) = (format!("{seed:04}").into_bytes(), seed.cast_signed());
    PictureRecord { path, mtime_ns, hash: Some(hash), ..PictureRecord::default() }
}

struct World {
    _folder: TempDir,
    catalog: Catalog,
    model: i64,
    store: SegmentStore,
}

impl World {
    fn new(count: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        let catalog = collection.catalog().unwrap();
        let (model, store) = (catalog.model(&key()).unwrap(), SegmentStore::new(collection.dir(), key()));
        let mut world = Self { _folder: folder, catalog, model, store };
        (0..count).for_each(|seed| world.put(seed, &vector(seed)));
        world
    }

    fn put(&mut self, seed: u64, vector: &[f32]) {
        let (record, model) = (record(seed), self.model);
        self.catalog
            .write(|writer| {
                writer.embedding(model, record.hash.unwrap(), vector, 1)?;
                writer.record(&record)
            })
            .unwrap();
    }

    fn remove(&mut self, seed: u64) {
        let id = self.catalog.known(&[]).unwrap()[&record(seed).path].id;
        self.catalog.write(|writer| writer.remove(&[id], 1)).unwrap();
    }

    /// Enters a picture whose row can't be read: its path is no bytes.
    fn put_unreadable(&mut self, seed: u64) {
        self.put(seed, &vector(seed));
        self.sql(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'pictures';
             PRAGMA writable_schema = RESET;",
        );
        let path = String::from_utf8(record(seed).path).unwrap();
        self.sql(&format!("UPDATE pictures SET path = '{path}' WHERE path = CAST('{path}' AS BLOB)"));
    }

    /// Forgets rows that can't be read.
    fn forget_unreadable(&self) {
        self.sql("DELETE FROM pictures WHERE typeof(path) = 'text'");
    }

    fn sql(&self, statements: &str) {
        rusqlite::Connection::open(self.catalog.path()).unwrap().execute_batch(statements).unwrap();
    }

    fn searcher() -> Searcher {
        Searcher::new(key(), Vec::new()).unwrap()
    }
}

/// What is found one by one and by graphs, for several queries.
fn answers(searcher: &mut Searcher, k: usize) -> BTreeMap<&'static str, Vec<Vec<Hit>>> {
    [("exact", SearchMode::Exact), ("approximate", SearchMode::Approximate)]
        .map(|(name, mode)| {
            searcher.set_mode(mode);
            (name, (500..520).map(|seed| searcher.search(&vector(seed), k)).collect())
        })
        .into()
}

/// A row that can't be read comes after pictures that are new, changed and gone, and before others.
#[test]
fn a_refresh_that_fails_in_the_middle_changes_nothing() {
    let mut world = World::new(300);
    let mut searcher = World::searcher();
    searcher.refresh(&mut world.catalog).unwrap();
    assert!(segments::build(&mut searcher, &world.store, &segments::pool().unwrap(), 0, |_, _| {}).unwrap());
    assert_eq!(searcher.indexed(), 300);
    let (before, change, revision) = (answers(&mut searcher, 250), searcher.change(), searcher.revision());
    (300..340).for_each(|seed| world.put(seed, &vector(seed)));
    (0..9).for_each(|seed| world.remove(seed));
    world.put_unreadable(340);
    (341..360).for_each(|seed| world.put(seed, &vector(seed)));
    for _ in 0..3 {
        let error = searcher.refresh(&mut world.catalog).unwrap_err();
        assert!(format!("{error:#}").contains("it is damaged"), "{error:#}");
        assert_eq!((searcher.len(), searcher.vectors().len(), searcher.infos().len()), (300, 300, 300));
        assert_eq!((searcher.change(), searcher.revision(), searcher.indexed()), (change, revision, 300));
        assert_eq!(answers(&mut searcher, 250), before);
        assert!(searcher.newest(9).iter().all(|hit| hit.id <= 300));
        assert!(searcher.next_segment_plan(0).is_none(), "there is nothing new to link");
    }
    world.forget_unreadable();
    world.put(340, &vector(340));
    assert!(searcher.refresh(&mut world.catalog).unwrap());
    assert_eq!((searcher.len(), searcher.indexed()), (351, 291));
    let mut fresh = World::searcher();
    fresh.refresh(&mut world.catalog).unwrap();
    assert_eq!(answers(&mut searcher, 351), answers(&mut fresh, 351));
}

#[test]
fn a_first_look_that_fails_leaves_nothing() {
    let mut world = World::new(20);
    world.put_unreadable(20);
    world.put(21, &vector(21));
    let mut searcher = World::searcher();
    assert!(searcher.refresh(&mut world.catalog).is_err());
    assert!(searcher.is_empty() && searcher.vectors().is_empty());
    assert!(searcher.search(&vector(3), 9).is_empty() && searcher.newest(9).is_empty());
    world.forget_unreadable();
    searcher.refresh(&mut world.catalog).unwrap();
    assert_eq!((searcher.len(), searcher.search(&vector(3), 99).len()), (21, 21));
}

#[test]
fn changes_come_out_in_the_order_in_which_they_were_staged() {
    let count = CHANGES_PER_BLOCK as i64 + 10;
    let mut batch = Batch::default();
    for id in 0..count {
        let vector = (id % 3 > 0).then(|| vec![f16::from_f32((id % 7) as f32); 2]);
        let path = if id % 5 == 0 { "other" } else { "under/a" };
        batch.stage(EmbeddingRow { id, path: path.into(), mtime_ns: 0, vector }, b"under");
    }
    let mut next = 0;
    batch.for_each(2, |change| {
        match change {
            Change::Put(info, vector) => {
                assert_eq!((info.id, vector), (next, [f16::from_f32((next % 7) as f32); 2].as_slice()));
                assert!(next % 3 > 0 && next % 5 > 0);
            }
            Change::Drop(id) => assert!(id == next && (next % 3 == 0 || next % 5 == 0)),
        }
        next += 1;
    });
    assert_eq!(next, count);
}
