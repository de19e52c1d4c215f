//! The catalogue and the searcher against the plainest thing that does the same: a map from paths to contents.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::model_key::Precision;
use crate::catalog::{Hash, PictureRecord};

/// Few, so that contents and paths meet again and again.
const PATHS: u8 = 6;
const CONTENTS: u8 = 5;

#[derive(Debug, Clone)]
enum Step {
    /// A file is there with these contents; with `false`, not encoded yet.
    Put(u8, u8, bool),
    Remove(u8),
    /// As a look at the folder finds it: one path is gone, another has its contents.
    Rename(u8, u8),
    /// A file that can't be read any more.
    Break(u8),
    /// Forget what was removed.
    Prune,
    /// The searcher looks at the catalogue.
    Refresh,
    /// Another process does, with the last snapshot.
    Reopen,
    /// A snapshot is made.
    Save,
}

fn step() -> impl Strategy<Value = Step> {
    let (path, content) = (0..PATHS, 0..CONTENTS);
    prop_oneof![
        4 => (path.clone(), content, prop::bool::weighted(0.8)).prop_map(|(p, c, e)| Step::Put(p, c, e)),
        2 => path.clone().prop_map(Step::Remove),
        2 => (path.clone(), path.clone()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => path.prop_map(Step::Break),
        1 => Just(Step::Prune),
        3 => Just(Step::Refresh),
        2 => Just(Step::Reopen),
        2 => Just(Step::Save),
    ]
}

fn name(path: u8) -> String {
    format!("{path}.png")
}

fn hash(content: u8) -> Hash {
    [content + 1; 32]
}

fn vector(content: u8) -> [f32; 2] {
    let angle = f32::from(content) * 0.5;
    [angle.cos(), angle.sin()]
}

fn record(path: u8, hash: Option<Hash>) -> PictureRecord {
    PictureRecord {
        path: name(path).into(),
        size: 1,
        mtime_ns: i64::from(path),
        hash,
        error: hash.is_none().then(|| "damaged".into()),
        ..PictureRecord::default()
    }
}

/// The catalogue, and what it should say.
struct World {
    catalog: Catalog,
    model: i64,
    /// Contents of the files that are there; none: unreadable.
    files: BTreeMap<u8, Option<u8>>,
    encoded: Vec<u8>,
    now: i64,
}

impl World {
    fn ids(&self, path: u8) -> Vec<i64> {
        let known = self.catalog.known(&[]).unwrap();
        known.get(name(path).as_bytes()).map(|known| known.id).into_iter().collect()
    }

    fn take(&mut self, step: &Step) {
        self.now += 1;
        let (model, now) = (self.model, self.now);
        match *step {
            Step::Put(path, content, encode) => {
                self.catalog
                    .write(|writer| {
                        if encode {
                            writer.embedding(model, hash(content), &vector(content), 1)?;
                        }
                        writer.record(&record(path, Some(hash(content))))
                    })
                    .unwrap();
                self.files.insert(path, Some(content));
                if encode {
                    self.encoded.push(content);
                }
            }
            Step::Remove(path) => {
                let ids = self.ids(path);
                self.catalog.write(|writer| writer.remove(&ids, now)).unwrap();
                self.files.remove(&path);
            }
            Step::Rename(from, to) => {
                let Some(&Some(content)) = self.files.get(&from) else { return };
                if from == to {
                    return;
                }
                let ids = self.ids(from);
                self.catalog
                    .write(|writer| {
                        writer.remove(&ids, now)?;
                        writer.record(&record(to, Some(hash(content))))
                    })
                    .unwrap();
                self.files.remove(&from);
                self.files.insert(to, Some(content));
            }
            Step::Break(path) => {
                self.catalog.write(|writer| writer.record(&record(path, None))).unwrap();
                self.files.insert(path, None);
            }
            Step::Prune => {
                self.catalog.write(|writer| writer.prune(now)).unwrap();
                // Vectors that no file has are forgotten with those that were removed.
                let files = &self.files;
                self.encoded.retain(|content| files.values().any(|file| *file == Some(*content)));
            }
            Step::Refresh | Step::Reopen | Step::Save => {}
        }
    }

    /// Paths that can be searched, and their contents.
    fn searchable(&self) -> Vec<(String, u8)> {
        let found = self.files.iter().filter_map(|(path, content)| Some((name(*path), (*content)?)));
        found.filter(|(_, content)| self.encoded.contains(content)).collect()
    }

    fn check(&mut self, searcher: &mut Searcher) {
        searcher.refresh(&mut self.catalog).unwrap();
        let mut expected = self.searchable();
        let mut listed: Vec<String> =
            searcher.newest(99).iter().map(|hit| hit.path.to_str().unwrap().to_owned()).collect();
        listed.sort();
        let paths: Vec<&String> = expected.iter().map(|(path, _)| path).collect();
        assert_eq!(listed.iter().collect::<Vec<_>>(), paths);
        // Contents are half a radian apart: those nearest to the query come first, ties by path.
        let query = vector(2);
        let found: Vec<String> =
            searcher.search(&query, 99).iter().map(|hit| hit.path.to_str().unwrap().to_owned()).collect();
        expected.sort_by_key(|(path, content)| (content.abs_diff(2), *content, path.clone()));
        let rank = |path: &String| expected.iter().find(|(p, _)| p == path).unwrap().1.abs_diff(2);
        assert_eq!(found.len(), expected.len());
        assert!(found.is_sorted_by_key(rank), "{found:?}");
    }
}

fn run(steps: &[Step]) {
    let key = ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 2 };
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::find_or_create(folder.path(), true).unwrap();
    let snapshots = Snapshots::new(&collection, &key);
    let catalog = collection.catalog().unwrap();
    let model = catalog.model(&key).unwrap();
    let mut world = World { catalog, model, files: BTreeMap::new(), encoded: Vec::new(), now: 0 };
    let mut searcher = Searcher::new(key.clone(), Vec::new()).unwrap();
    for step in steps {
        world.take(step);
        match step {
            Step::Refresh => world.check(&mut searcher),
            Step::Reopen => {
                world.catalog = collection.catalog().unwrap();
                searcher = Searcher::new(key.clone(), Vec::new()).unwrap();
                searcher.restore(&snapshots, &world.catalog).unwrap();
                world.check(&mut searcher);
            }
            Step::Save => assert!(snapshots.save(&mut searcher, &world.catalog).unwrap()),
            _ => {}
        }
    }
    world.check(&mut searcher);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn whatever_happens_the_engine_finds_the_files_that_are_there(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        run(&steps);
    }
}

/// Found by the above: a picture is gone, and another one, moved to its path, takes its row's place, all between two looks.
#[test]
fn a_row_that_another_took_the_path_of_goes() {
    use Step::{Put, Refresh, Rename};
    run(&[
        Put(4, 1, false),
        Put(5, 1, true),
        Refresh,
        Put(0, 0, false),
        Rename(4, 5),
        Rename(0, 2),
        Rename(2, 4),
    ]);
}
