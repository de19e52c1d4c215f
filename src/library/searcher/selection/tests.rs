use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::picture_facts::{PictureFacts, TakenAt, TakenFrom};
use crate::catalog::{FactsRecord, PictureRecord};
use crate::library::Collection;
use crate::library::searcher::{Narrowing, Target};
use crate::query::{Options, read};

struct World {
    _folder: TempDir,
    catalog: Catalog,
    model: i64,
    searcher: Searcher,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        let catalog = collection.catalog().unwrap();
        let key =
            ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 2 };
        let model = catalog.model(&key).unwrap();
        let searcher = Searcher::new(key, Vec::new()).unwrap();
        Self { _folder: folder, catalog, model, searcher }
    }

    /// Enters a picture with so many stars.
    fn put(&mut self, path: &str, stars: i8) {
        let hash = *blake3::hash(path.as_bytes()).as_bytes();
        let record = PictureRecord {
            path: path.into(),
            hash: Some(hash),
            facts: Some(Box::new(facts(stars))),
            ..PictureRecord::default()
        };
        let model = self.model;
        let write = self.catalog.write(|writer| {
            writer.embedding(model, hash, &[0.6, 0.8], 1)?;
            writer.record(&record)
        });
        write.unwrap();
    }

    fn refresh(&mut self) {
        self.searcher.refresh(&mut self.catalog).unwrap();
    }

    /// The names that a query without terms lists, in the order of their letters.
    fn found(&mut self, query: &str) -> Vec<String> {
        let query = read(query, Options::default()).unwrap().query;
        let narrowing = Narrowing::of(&query);
        let answer = self.searcher.answer(&self.catalog, Target::Anything, &narrowing, 99).unwrap();
        let mut names: Vec<String> =
            answer.hits.iter().map(|hit| hit.path.to_str().unwrap().into()).collect();
        names.sort_unstable();
        assert_eq!(answer.left, names.len());
        names
    }
}

fn facts(stars: i8) -> FactsRecord {
    let taken = TakenAt { seconds: 0, nanoseconds: 0, offset: None, source: TakenFrom::Exif };
    let facts = PictureFacts { rating: Some(stars), ..PictureFacts::default() };
    FactsRecord { version: 1, sidecars: None, taken, facts }
}

#[test]
fn filters_follow_pictures_that_come_change_and_go() {
    let mut world = World::new();
    world.put("a.png", 5);
    world.put("b.png", 1);
    world.refresh();
    assert_eq!(world.found("rating>=3"), ["a.png"]);
    world.put("c.png", 4);
    // The facts are read before the picture is searchable, and again once it is.
    assert_eq!(world.found("rating>=3"), ["a.png"]);
    world.refresh();
    assert_eq!(world.found("rating>=3"), ["a.png", "c.png"]);
    assert_eq!(world.found("-rating>=3"), ["b.png"]);
    world.catalog.write(|writer| writer.remove(&[1], 7)).unwrap();
    world.refresh();
    assert_eq!(world.found("rating>=3"), ["c.png"]);
    assert_eq!(world.found("rating<3"), ["b.png"]);
}

#[test]
fn facts_that_are_read_anew_count_at_once() {
    let mut world = World::new();
    world.put("a.png", 5);
    world.put("b.png", 1);
    world.refresh();
    assert_eq!(world.found("rating>=3 name:a"), ["a.png"]);
    // As after a sidecar changed, with no change of the picture itself.
    world.catalog.write(|writer| writer.facts(1, b"a.png", &facts(2))).unwrap();
    assert!(world.found("rating>=3").is_empty());
    world.catalog.write(|writer| writer.facts(2, b"b.png", &facts(3))).unwrap();
    assert_eq!(world.found("rating>=3"), ["b.png"]);
}

#[test]
fn a_list_limits_every_answer() {
    let mut world = World::new();
    for name in ["a.png", "b.png", "c.png"] {
        world.put(name, 3);
    }
    world.refresh();
    let list = ["b.png", "c.png", "gone.png"].map(PathBuf::from);
    let root = Path::new("/root");
    world.searcher.set_among(Some(Arc::new(PathSet::new(root, root, list))));
    assert_eq!(world.searcher.listed(), Some(2));
    assert_eq!(world.found(""), ["b.png", "c.png"]);
    assert_eq!(world.found("-name:c"), ["b.png"]);
    let similar = world.searcher.similar(&world.catalog, &[3], 9).unwrap();
    assert_eq!(similar.iter().map(|hit| hit.id).collect::<Vec<_>>(), [2]);
    world.put("d.png", 3);
    world.refresh();
    assert_eq!(world.found("rating=3"), ["b.png", "c.png"]);
}

#[test]
fn local_times_are_counted_from_1970() {
    let at = |text: &str| seconds(text.parse().unwrap());
    assert_eq!(at("1970-01-01T00:00:00"), 0);
    assert_eq!(at("2019-07-12T18:30:45"), 1_562_956_245);
    assert_eq!(at("1969-12-31T23:59:59"), -1);
    assert_eq!(at("2024-03-01T00:00:00") - at("2024-02-28T00:00:00"), 2 * 86_400);
}
