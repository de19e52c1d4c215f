use std::fs;

use tempfile::TempDir;

use super::*;
use crate::base::model_key::Precision;
use crate::base::rng::Rng;
use crate::index::hnsw::{SegmentPlan, SegmentedIndex};
use crate::index::vectors::VectorStore;

fn key() -> ModelKey {
    ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 8 }
}

fn segment(count: usize) -> Segment {
    let (mut vectors, mut rng) = (VectorStore::new(8), Rng::new(1));
    for _ in 0..count {
        let row: Vec<_> = (0..8).map(|_| half::f16::from_f32(rng.range(-1.0, 1.0))).collect();
        vectors.stage(&row);
    }
    vectors.commit();
    SegmentPlan::next(&SegmentedIndex::new(&vectors), &vectors, 3, 0).unwrap().build().unwrap()
}

fn stored(count: usize) -> (TempDir, SegmentStore, Segment, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = SegmentStore { dir: folder.path().to_owned(), key: key() };
    let segment = segment(count);
    let path = store.save(&segment).unwrap();
    (folder, store, segment, path)
}

#[test]
fn what_was_saved_is_read_again() {
    let (_folder, store, saved, path) = stored(90);
    assert_eq!(store.paths().unwrap(), std::slice::from_ref(&path));
    let read = store.load(&path).unwrap();
    assert_eq!((read.graph(), read.fingerprints()), (saved.graph(), saved.fingerprints()));
    assert_eq!((read.generation(), read.rows(), read.points()), (3, 90, 90));
    store.delete(&path).unwrap();
    store.delete(&path).unwrap();
    assert!(store.paths().unwrap().is_empty() && store.load(&path).is_err());
}

#[test]
fn every_byte_counts() {
    let (_folder, store, _, path) = stored(4);
    let good = fs::read(&path).unwrap();
    assert!(good.len() > 300 && good.len() < 10_000, "a file of {} bytes", good.len());
    for at in 0..good.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            assert!(store.load(&path).is_err(), "byte {at} ^ {flip}");
        }
    }
}

#[test]
fn damage_anywhere_and_every_cut_is_noticed() {
    let (_folder, store, _, path) = stored(60);
    let good = fs::read(&path).unwrap();
    let mut rng = Rng::new(2);
    for _ in 0..500 {
        let mut bytes = good.clone();
        let at = rng.below(bytes.len());
        bytes[at] ^= 1 << rng.below(8);
        fs::write(&path, &bytes).unwrap();
        assert!(store.load(&path).is_err(), "byte {at}");
    }
    for length in (0..good.len()).step_by(37).chain([good.len() - 1]) {
        fs::write(&path, &good[..length]).unwrap();
        assert!(store.load(&path).is_err(), "{length} bytes");
    }
    for longer in [vec![0], good.clone()] {
        fs::write(&path, [good.clone(), longer].concat()).unwrap();
        assert!(store.load(&path).is_err());
    }
    fs::write(&path, &good).unwrap();
    store.load(&path).unwrap();
}

#[test]
fn segments_of_other_models_are_not_seen_and_not_believed() {
    let (folder, store, _, path) = stored(20);
    let others = [
        ModelKey { id: "other".into(), ..key() },
        ModelKey { revision: "2".into(), ..key() },
        ModelKey { precision: Precision::Int8, ..key() },
        ModelKey { dimension: 9, ..key() },
    ];
    for key in others {
        let other = SegmentStore { dir: folder.path().to_owned(), key };
        assert!(other.paths().unwrap().is_empty());
        let name = format!("{}0123456789abcdef.bin", other.stem());
        fs::copy(&path, folder.path().join(&name)).unwrap();
        assert!(other.load(&folder.path().join(name)).is_err());
    }
    assert_eq!(store.paths().unwrap().len(), 1);
}

#[test]
fn one_at_a_time_has_the_lock() {
    let (_folder, store, _, _) = stored(2);
    let held = store.lock().unwrap();
    assert!(held.is_some() && store.lock().unwrap().is_none());
    drop(held);
    assert!(store.lock().unwrap().is_some());
}
