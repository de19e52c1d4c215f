use std::fs;
use std::io::Write;

use half::f16;
use tempfile::TempDir;

use super::*;
use crate::base::model_key::Precision;
use crate::base::rng::Rng;
use crate::catalog::PictureRecord;
use crate::index::snapshot_file::ROWS_PER_BLOCK;
use crate::library::Hit;
use crate::library::searcher::Batch;
use crate::library::searcher::Searcher;
use crate::library::snapshot::saving::{Saving, Step};

const DIMENSION: usize = 8;

/// A collection whose pictures are in the catalogue only.
struct World {
    _folder: TempDir,
    catalog: Catalog,
    collection: Collection,
    snapshots: Snapshots,
}

fn key() -> ModelKey {
    ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: DIMENSION }
}

fn vector(seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..DIMENSION).map(|_| rng.range(-1.0, 1.0)).collect()
}

fn record(path: &str, seed: u64) -> PictureRecord {
    let hash = *blake3::hash(&seed.to_le_bytes()).as_bytes();
    let (path, mtime_ns) = (path.as_bytes().to_vec(), seed.cast_signed());
    PictureRecord { path, mtime_ns, hash: Some(hash), ..PictureRecord::default() }
}

fn name(seed: u64) -> String {
    format!("{}/{seed:04}.jpg", ["a", "b"][seed as usize % 2])
}

impl World {
    fn new(count: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        let catalog = collection.catalog().unwrap();
        catalog.model(&key()).unwrap();
        let snapshots = Snapshots::new(&collection, &key());
        let mut world = Self { _folder: folder, catalog, collection, snapshots };
        world.add(0..count);
        world
    }

    fn add(&mut self, seeds: std::ops::Range<u64>) {
        let model = self.catalog.model(&key()).unwrap();
        self.catalog
            .write(|writer| {
                for seed in seeds {
                    let record = record(&name(seed), seed);
                    writer.record(&record)?;
                    writer.embedding(model, record.hash.unwrap(), &vector(seed), 1)?;
                }
                Ok(())
            })
            .unwrap();
    }

    fn save(&mut self) {
        let mut searcher = self.open(b"");
        assert!(self.snapshots.save(&mut searcher, &self.catalog).unwrap());
    }

    /// As another process would.
    fn open(&mut self, prefix: &[u8]) -> Searcher {
        let mut searcher = Searcher::new(key(), prefix.to_vec()).unwrap();
        searcher.restore(&self.snapshots, &self.catalog).unwrap();
        searcher.refresh(&mut self.catalog).unwrap();
        searcher
    }

    fn restored(&self) -> Option<Restored> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        self.snapshots.restore(&self.catalog, b"", &threads).unwrap()
    }

    /// From the catalogue alone.
    fn plain(&mut self, prefix: &[u8]) -> Searcher {
        let mut searcher = Searcher::new(key(), prefix.to_vec()).unwrap();
        searcher.refresh(&mut self.catalog).unwrap();
        searcher
    }

    /// Number of files that are being written.
    fn drafts(&self) -> usize {
        let entries = fs::read_dir(&self.snapshots.dir).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "draft"))
            .count()
    }

    fn is_vouched(&self) -> bool {
        self.catalog.snapshot_checksum(&key()).unwrap().is_some()
    }
}

fn found(searcher: &Searcher) -> Vec<Hit> {
    searcher.search(&vector(3), 5000)
}

#[test]
fn a_snapshot_is_as_good_as_the_catalogue() {
    let mut world = World::new(ROWS_PER_BLOCK as u64 * 2 + 7);
    assert!(world.restored().is_none());
    world.save();
    let restored = world.restored().unwrap();
    assert_eq!((restored.vectors.len(), restored.pictures.len()), (1031, 1031));
    for prefix in [&b""[..], b"a", b"b", b"none"] {
        let (quick, plain) = (world.open(prefix), world.plain(prefix));
        assert_eq!(found(&quick), found(&plain));
        assert_eq!(quick.newest(9), plain.newest(9));
        assert_eq!(quick.embedding(8), plain.embedding(8));
    }
}

#[test]
fn what_came_and_went_since_is_seen() {
    let mut world = World::new(300);
    world.save();
    world.add(300..340);
    let known = world.catalog.known(b"").unwrap();
    let ids: Vec<i64> = [1, 2, 5].iter().map(|seed| known[name(*seed).as_bytes()].id).collect();
    world.catalog.write(|writer| writer.remove(&ids, 1)).unwrap();
    assert_eq!(world.restored().unwrap().vectors.len(), 300);
    assert_eq!((world.open(b"").len(), found(&world.open(b""))), (337, found(&world.plain(b""))));
    // Rows that were forgotten are not told of.
    world.catalog.write(|writer| writer.prune(2)).unwrap();
    assert_eq!((world.open(b"").len(), found(&world.open(b""))), (337, found(&world.plain(b""))));
    assert!(world.is_vouched());
}

#[test]
fn one_is_due_when_a_tenth_has_changed() {
    let mut world = World::new(MIN_PICTURES as u64);
    let due = |world: &mut World| {
        let searcher = world.open(b"");
        assert!(!world.open(b"a").is_snapshot_due());
        (searcher.is_snapshot_due(), world.snapshots.is_due(&world.catalog).unwrap())
    };
    assert_eq!(due(&mut world), (true, true));
    world.save();
    assert_eq!(due(&mut world), (false, false));
    world.add(5000..5050);
    assert_eq!(due(&mut world), (false, false));
    world.add(5050..5300);
    assert_eq!(due(&mut world), (true, true));
    world.save();
    assert_eq!(due(&mut world), (false, false));
    fs::remove_file(world.snapshots.path()).unwrap();
    assert_eq!(due(&mut world), (true, true));
    let mut few = World::new(MIN_PICTURES as u64 / 3);
    assert_eq!(due(&mut few), (false, false));
}

#[test]
fn one_that_was_overtaken_leaves_nothing_behind() {
    let mut world = World::new(20);
    let mut searcher = world.open(b"");
    let mut saving = Saving::begin(&world.snapshots, &searcher).unwrap().unwrap();
    assert!(Saving::begin(&world.snapshots, &searcher).unwrap().is_none(), "one at a time");
    assert_eq!(saving.step(&mut searcher, &world.catalog).unwrap(), Step::More);
    world.add(20..21);
    searcher.refresh(&mut world.catalog).unwrap();
    assert_eq!(saving.step(&mut searcher, &world.catalog).unwrap(), Step::Overtaken);
    drop(saving);
    assert!(!world.is_vouched() && world.drafts() == 0 && !world.snapshots.path().exists());
    world.save();
    assert!(world.is_vouched() && world.drafts() == 0);
}

/// Rows are in other places, at the same change.
#[test]
fn rows_that_move_while_they_are_written_overtake_it() {
    let mut world = World::new(ROWS_PER_BLOCK as u64 + 20);
    let mut searcher = world.open(b"");
    let mut saving = Saving::begin(&world.snapshots, &searcher).unwrap().unwrap();
    assert_eq!(saving.step(&mut searcher, &world.catalog).unwrap(), Step::More);
    let (id, change) = (searcher.infos()[0].id, searcher.change());
    let mut batch = Batch::default();
    batch.stage_removal(id);
    searcher.commit(batch);
    assert_eq!(searcher.change(), change);
    assert_eq!(saving.step(&mut searcher, &world.catalog).unwrap(), Step::Overtaken);
}

#[test]
fn another_catalogue_does_not_vouch_for_it() {
    let mut world = World::new(20);
    world.save();
    let other = World::new(20);
    fs::copy(world.snapshots.path(), other.snapshots.path()).unwrap();
    assert!(other.restored().is_none());
    // Nor does this one for what lies in its place.
    let mut later = World::new(30);
    later.save();
    fs::copy(later.snapshots.path(), world.snapshots.path()).unwrap();
    assert!(world.restored().is_none() && !world.is_vouched());
    assert_eq!(world.open(b"").len(), 20);
    assert!(world.collection.catalog_path().exists());
}

/// Puts other bytes into the file, and expects them to be found out.
fn refused(world: &World, vouched: Checksum, bytes: &[u8]) -> bool {
    world.catalog.set_snapshot_checksum(&key(), vouched).unwrap();
    File::create(world.snapshots.path()).unwrap().write_all(bytes).unwrap();
    world.restored().is_none() && !world.is_vouched()
}

#[test]
fn damage_is_found_out() {
    let mut world = World::new(40);
    world.save();
    let vouched = world.catalog.snapshot_checksum(&key()).unwrap().unwrap();
    let whole = fs::read(world.snapshots.path()).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(refused(&world, vouched, &bytes), "byte {at} of {}", whole.len());
    }
    for length in (0..whole.len()).step_by(7) {
        assert!(refused(&world, vouched, &whole[..length]), "{length} bytes");
    }
    let longer = [&whole[..], b"x"].concat();
    assert!(refused(&world, vouched, &longer));
    assert!(refused(&world, blake3::hash(b"another"), &whole));
    assert_eq!(world.open(b"").len(), 40);
    world.save();
    assert!(world.restored().is_some());
}

#[test]
fn a_vector_of_zeros_can_be_kept() {
    let mut world = World::new(3);
    let model = world.catalog.model(&key()).unwrap();
    let zero = record("zero.jpg", 99);
    world
        .catalog
        .write(|writer| {
            writer.record(&zero)?;
            writer.embedding(model, zero.hash.unwrap(), &[0.0; DIMENSION], 1)
        })
        .unwrap();
    world.save();
    assert_eq!(found(&world.open(b"")), found(&world.plain(b"")));
    let searcher = world.open(b"");
    let is_zero = |row: usize| searcher.vectors().row(row).iter().all(|x| *x == f16::ZERO);
    assert_eq!((0..searcher.len()).filter(|row| is_zero(*row)).count(), 1);
}
