use std::fs;

use super::*;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::rng::Rng;
use crate::catalog::writer::PictureRecord;

const PICTURES: usize = 400;

/// A catalogue of many pictures whose vectors tell which they are of, closed.
fn damaged() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (path, target) = (dir.path().join("catalog.db"), dir.path().join("new.db"));
    let mut catalog = Catalog::open(&path, true).unwrap();
    let key = ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 64 };
    let model = catalog.model(&key).unwrap();
    catalog
        .write(|writer| {
            (0..PICTURES).try_for_each(|number| {
                let hash = *blake3::hash(&number.to_le_bytes()).as_bytes();
                writer.embedding(model, hash, &vector(number), 2)?;
                let path = format!("{number}.png").into_bytes();
                writer.record(&PictureRecord { path, hash: Some(hash), ..PictureRecord::default() }).map(drop)
            })
        })
        .unwrap();
    catalog.flush().unwrap();
    (dir, path, target)
}

fn vector(number: usize) -> Vec<f32> {
    let angle = number as f32 / PICTURES as f32;
    let mut vector = vec![0.0; 64];
    (vector[0], vector[1]) = (angle.cos(), angle.sin());
    vector
}

/// The catalogue is whole, and every vector in it is one that was written. A picture's name has no checksum.
fn check(target: &Path) -> usize {
    let right: Vec<Vec<half::f16>> =
        (0..PICTURES).map(|number| vector(number).into_iter().map(half::f16::from_f32).collect()).collect();
    let mut catalog = Catalog::open(target, false).unwrap();
    assert_eq!(catalog.integrity().unwrap(), Vec::<String>::new());
    let mut found = 0;
    if let Some((key, _)) = catalog.keys().unwrap().first() {
        let model = catalog.find_model(key).unwrap().unwrap();
        let mut take = |row: crate::catalog::EmbeddingRow| {
            assert!(right.contains(&row.vector.unwrap()), "{:?}", row.path);
            found += 1;
        };
        catalog.changes(model, 64, 0, &mut take).unwrap();
    }
    found
}

#[test]
fn of_a_whole_catalogue_everything_is_saved_with_its_log() {
    let (_dir, path, target) = damaged();
    let catalog = Catalog::open(&path, false).unwrap();
    let (change, _) = catalog.last_change().unwrap();
    catalog.set_formats("all").unwrap();
    let before = fs::read(&path).unwrap();
    // Killed before the log was written into the file.
    let log = fs::read(path.with_file_name("catalog.db-wal")).unwrap();
    drop(catalog);
    fs::write(&path, &before).unwrap();
    fs::write(path.with_file_name("catalog.db-wal"), log).unwrap();
    let saved = salvage(&path, &target).unwrap();
    assert_eq!(saved, Salvaged { pictures: PICTURES, vectors: PICTURES, refused: 0, has_gaps: false });
    assert_eq!(check(&target), PICTURES);
    let catalog = Catalog::open(&target, false).unwrap();
    assert_eq!(catalog.formats().unwrap().as_deref(), Some("all"));
    let (now, pruned) = catalog.last_change().unwrap();
    assert!(now > change && pruned == now, "readers start over");
    assert_eq!(fs::read(&path).unwrap(), before, "the damaged file stays as it is");
}

#[test]
fn a_damaged_page_costs_only_what_was_on_it() {
    let (_dir, path, target) = damaged();
    let connection = Connection::open(&path).unwrap();
    // A page in the middle of the table of vectors.
    let page: usize = connection
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'embeddings' AND pagetype = 'leaf' LIMIT 1 OFFSET 5",
            [],
            |row| row.get(0),
        )
        .unwrap_or(9);
    drop(connection);
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let saved = salvage(&path, &target).unwrap();
    assert!(saved.has_gaps, "{saved:?}");
    assert!(saved.vectors + saved.pictures >= PICTURES + PICTURES * 8 / 10, "{saved:?}");
    check(&target);
}

/// Whatever is damaged, nothing wrong is taken over, and nothing panics or takes for ever.
#[test]
fn random_damage_never_makes_a_wrong_catalogue() {
    let (_dir, path, target) = damaged();
    let whole = fs::read(&path).unwrap();
    let mut rng = Rng::new(19);
    let mut saved_ever = 0;
    for round in 0..24 {
        let mut bytes = whole.clone();
        let most = bytes.len();
        match round % 3 {
            0 => (0..40).for_each(|_| bytes[rng.below(most)] ^= 1 << rng.below(8)),
            1 => {
                let start = rng.below(most) / 4096 * 4096;
                let end = (start + 4096 * (1 + rng.below(8))).min(bytes.len());
                bytes[start..end].fill(0);
            }
            _ => bytes.truncate(rng.below(most)),
        }
        fs::write(&path, bytes).unwrap();
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", target.display()));
        }
        match salvage(&path, &target) {
            Ok(_) => saved_ever += check(&target),
            // A flipped bit can make it another program's.
            Err(error) => assert!(
                matches!(
                    error.kind,
                    CatalogErrorKind::Foreign
                        | CatalogErrorKind::Newer { .. }
                        | CatalogErrorKind::OddSchema { .. }
                ),
                "round {round}: {error}"
            ),
        }
    }
    assert!(saved_ever > PICTURES, "{saved_ever}");
}

#[test]
fn what_is_not_ours_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (path, target) = (dir.path().join("catalog.db"), dir.path().join("new.db"));
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url)").unwrap();
    assert!(matches!(salvage(&path, &target).unwrap_err().kind, CatalogErrorKind::Foreign));
    fs::write(&path, "this is no database, but long enough to look at".repeat(30)).unwrap();
    let nothing = Salvaged { has_gaps: true, ..Salvaged::default() };
    assert_eq!(salvage(&path, &target).unwrap(), nothing);
}

#[test]
fn an_older_catalogue_is_saved_as_a_present_one_with_its_texts() {
    let dir = tempfile::tempdir().unwrap();
    let (path, target) = (dir.path().join("catalog.db"), dir.path().join("new.db"));
    for (version, pictures, vectors) in [(1, 3, 2), (5, 4, 3), (6, 4, 3)] {
        let of_version = format!("{}/tests/data/catalog-v{version}.db", env!("CARGO_MANIFEST_DIR"));
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", target.display()));
        }
        fs::copy(of_version, &path).unwrap();
        let saved = salvage(&path, &target).unwrap();
        assert_eq!(saved, Salvaged { pictures, vectors, refused: 0, has_gaps: false }, "version {version}");
        let catalog = Catalog::open(&target, false).unwrap();
        assert_eq!(catalog.integrity().unwrap(), Vec::<String>::new());
        assert_eq!(catalog.count_with_phrase("boarding pass").unwrap(), if version == 6 { 2 } else { 0 });
        assert!(catalog.without_facts(1).unwrap().len() >= pictures - 2, "they are read again");
    }
}
