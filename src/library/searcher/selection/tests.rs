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
    let similar = world.searcher.similar(&world.catalog, &[3], 9).unwrap().0;
    assert_eq!(similar.iter().map(|hit| hit.id).collect::<Vec<_>>(), [2]);
    world.put("d.png", 3);
    world.refresh();
    assert_eq!(world.found("rating=3"), ["b.png", "c.png"]);
}

/// The names of the newest pictures in their order, with their days.
fn newest(world: &mut World, k: usize) -> Vec<(String, String)> {
    let answer = world.searcher.answer(&world.catalog, Target::Anything, &Narrowing::default(), k).unwrap();
    let day = |id| answer.days.get(&id).map(|day| day.to_string()).unwrap_or_default();
    answer.hits.iter().map(|hit| (hit.path.to_string_lossy().into_owned(), day(hit.id))).collect()
}

#[test]
fn without_a_query_the_newest_come_first_by_the_day_they_were_taken() {
    let mut world = World::new();
    let days = [("b.png", 9), ("e.png", 7), ("a.png", 9), ("d.png", 3), ("c.png", 9)];
    for (id, (name, day)) in (1..).zip(days) {
        world.put(name, 0);
        let mut facts = facts(0);
        facts.taken.seconds = day * 86_400 + 5;
        world.catalog.write(|writer| writer.facts(id, name.as_bytes(), &facts)).unwrap();
    }
    world.refresh();
    let of = |pairs: &[(&str, i64)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, day)| ((*name).to_owned(), format!("1970-01-{:02}", day + 1))).collect()
    };
    let expected = of(&[("a.png", 9), ("b.png", 9), ("c.png", 9), ("e.png", 7), ("d.png", 3)]);
    for k in [0, 1, 2, 4, 9] {
        assert_eq!(newest(&mut world, k), expected[..k.min(5)], "{k} from the catalogue");
    }
    assert!(world.searcher.facts.is_none(), "not all facts were read for that");
    world.searcher.refresh_facts(&world.catalog).unwrap();
    for k in [0, 1, 2, 4, 9] {
        assert_eq!(newest(&mut world, k), expected[..k.min(5)], "{k} from memory");
    }
    // One that the searcher does not know yet is no result, and one that is gone is none any more.
    world.put("f.png", 0);
    world.catalog.write(|writer| writer.remove(&[3], 7)).unwrap();
    assert_eq!(newest(&mut world, 1), expected[..1]);
    world.refresh();
    assert_eq!(
        newest(&mut world, 9).iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
        ["b.png", "c.png", "e.png", "d.png", "f.png"]
    );
}

#[test]
fn a_picture_without_facts_counts_by_the_time_of_its_file() {
    let mut world = World::new();
    world.put("a.png", 0);
    let record = PictureRecord {
        path: b"b.png".to_vec(),
        hash: Some([7; 32]),
        mtime_ns: 9 * 86_400_000_000_000 + 43_200_000_000_000,
        ..PictureRecord::default()
    };
    let model = world.model;
    world
        .catalog
        .write(|writer| {
            writer.embedding(model, [7; 32], &[0.6, 0.8], 1)?;
            writer.record(&record)
        })
        .unwrap();
    world.refresh();
    assert_eq!(newest(&mut world, 9)[0], ("b.png".to_owned(), "1970-01-10".to_owned()));
}

#[test]
fn local_times_are_counted_from_1970() {
    let at = |text: &str| seconds(text.parse().unwrap());
    assert_eq!(at("1970-01-01T00:00:00"), 0);
    assert_eq!(at("2019-07-12T18:30:45"), 1_562_956_245);
    assert_eq!(at("1969-12-31T23:59:59"), -1);
    assert_eq!(at("2024-03-01T00:00:00") - at("2024-02-28T00:00:00"), 2 * 86_400);
}
