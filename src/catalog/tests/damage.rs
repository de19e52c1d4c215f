//! Vectors that are not what was written.

use std::sync::atomic::AtomicBool;

use rusqlite::params;

use super::*;
use crate::catalog::vector::VectorError;

const C: Hash = [3; 32];

/// Three pictures with the vector that [`put`] gives them.
fn three() -> (tempfile::TempDir, Catalog, i64) {
    let (dir, mut catalog, model) = catalog();
    for (path, hash) in [("a.png", A), ("b.png", B), ("c.png", C)] {
        put(&mut catalog, model, path, hash);
    }
    (dir, catalog, model)
}

fn check(catalog: &mut Catalog, most: usize) -> Vec<(i64, Hash)> {
    catalog.check_vectors(most, &AtomicBool::new(false)).unwrap()
}

/// Flips the lowest bit of the first number of the vector of contents.
fn flip(catalog: &Catalog, hash: Hash) {
    let connection = Connection::open(catalog.path()).unwrap();
    let mut vector: Vec<u8> = connection
        .query_row("SELECT vector FROM embeddings WHERE hash = ?1", [hash], |row| row.get(0))
        .unwrap();
    vector[0] ^= 1;
    connection.execute("UPDATE embeddings SET vector = ?2 WHERE hash = ?1", params![hash, vector]).unwrap();
}

fn searchable(catalog: &mut Catalog, model: i64) -> Vec<String> {
    let mut names: Vec<String> = paths(&changes(catalog, model, 0).0)
        .into_iter()
        .filter_map(|(path, has_vector)| has_vector.then_some(path))
        .collect();
    names.sort();
    names
}

#[test]
fn a_damaged_vector_is_left_out_noted_and_given_up() {
    let (_dir, mut catalog, model) = three();
    flip(&catalog, B);
    assert_eq!(searchable(&mut catalog, model), ["a.png", "c.png"]);
    assert_eq!(catalog.damaged_vectors().unwrap().len(), 1);
    // It was noted, so that it is found whatever else is looked at.
    assert_eq!(check(&mut catalog, 0), [(model, B)]);
    assert_eq!(catalog.damaged_vectors().unwrap(), Vec::<i64>::new());
    let embedded = catalog.embedded(model).unwrap();
    assert!(embedded.len() == 2 && !embedded.contains(&B));
    put(&mut catalog, model, "b.png", B);
    assert_eq!(searchable(&mut catalog, model), ["a.png", "b.png", "c.png"]);
    assert!(check(&mut catalog, 9).is_empty());
}

#[test]
fn a_reader_that_has_a_picture_drops_it_when_its_vector_is_damaged() {
    let (_dir, mut catalog, model) = three();
    let (_, seen) = changes(&mut catalog, model, 0);
    put(&mut catalog, model, "b.png", B);
    flip(&catalog, B);
    assert_eq!(paths(&changes(&mut catalog, model, seen).0), [("b.png".into(), false)]);
}

#[test]
fn runs_look_at_vectors_in_turn() {
    let (_dir, mut catalog, model) = three();
    assert!(check(&mut catalog, 2).is_empty());
    assert_eq!(catalog.checked_vectors().unwrap(), 2);
    flip(&catalog, A);
    flip(&catalog, C);
    assert_eq!(check(&mut catalog, 2), [(model, C)], "from where the last one stopped");
    assert_eq!(catalog.checked_vectors().unwrap(), 0, "and from the beginning after the end");
    assert_eq!(check(&mut catalog, 2), [(model, A)]);
}

#[test]
fn vectors_of_before_there_were_checksums_get_theirs_if_they_make_sense() {
    let (_dir, mut catalog, model) = three();
    catalog.write(|writer| writer.embedding(model, B, &[3.0, 4.0], 2)).unwrap();
    doctor(catalog.path(), "UPDATE embeddings SET checksum = NULL");
    assert_eq!(searchable(&mut catalog, model).len(), 3, "nothing tells that one of them is wrong");
    let found = catalog.verify_vectors().unwrap();
    assert_eq!((found.vectors, found.without_checksum, found.damaged.len()), (3, 3, 1));
    assert_eq!(found.damaged[0].reason, VectorError::NotUnit);
    assert!(catalog.check_vectors(0, &AtomicBool::new(true)).unwrap().is_empty(), "stopped before it began");
    assert_eq!(check(&mut catalog, 0), [(model, B)]);
    let found = catalog.verify_vectors().unwrap();
    assert_eq!((found.vectors, found.without_checksum, found.damaged.len()), (2, 0, 0));
    flip(&catalog, A);
    let found = catalog.verify_vectors().unwrap().damaged;
    assert_eq!(
        (found[0].path.as_deref(), found[0].reason),
        (Some(b"a.png".as_slice()), VectorError::Checksum)
    );
}

#[test]
fn vectors_that_were_swapped_are_noticed() {
    let (_dir, mut catalog, model) = three();
    catalog.write(|writer| writer.embedding(model, B, &[1.0, 0.0], 2)).unwrap();
    doctor(
        catalog.path(),
        "UPDATE embeddings SET (vector, checksum) =
             (SELECT vector, checksum FROM embeddings o WHERE o.hash = unhex(replace(hex(zeroblob(32)), '00', '02')))
         WHERE hash = unhex(replace(hex(zeroblob(32)), '00', '01'))",
    );
    assert_eq!(searchable(&mut catalog, model), ["b.png", "c.png"]);
}

#[test]
fn a_damaged_vector_is_not_exported() {
    let (_dir, mut catalog, model) = three();
    flip(&catalog, B);
    let take = |_: &[half::f16]| -> Result<(), CatalogError> { Ok(()) };
    let error = catalog.vectors(model, 2, &[], take).unwrap_err();
    assert!(
        error.to_string().contains("the vector of 'b.png' is damaged (its checksum is wrong)"),
        "{error}"
    );
    check(&mut catalog, 9);
    catalog.vectors(model, 2, &[], take).unwrap();
}

#[test]
fn a_vector_of_another_length_is_as_one_that_is_damaged() {
    let (_dir, mut catalog, model) = three();
    doctor(catalog.path(), "UPDATE embeddings SET vector = x'0102', checksum = NULL WHERE id = 1");
    assert_eq!(searchable(&mut catalog, model), ["b.png", "c.png"]);
    assert_eq!(check(&mut catalog, 0), [(model, A)]);
}

/// Of 100,000 rows of 512 numbers: `cargo test --release --lib opening_with_checksums -- --ignored --nocapture` prints what
/// comparing checksums takes of reading them.
#[test]
#[ignore = "a measurement"]
fn opening_with_checksums_takes_little_longer() {
    const ROWS: u32 = 100_000;
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open(&dir.path().join("catalog.db"), true).unwrap();
    let model = catalog.model(&ModelKey { dimension: 512, ..key() }).unwrap();
    let vector = |seed: u32| -> Vec<f32> {
        let numbers: Vec<f32> = (0..512_u32).map(|i| ((i * 7 + seed * 31) as f32).sin()).collect();
        let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
        numbers.iter().map(|x| x / length).collect()
    };
    let hash = |seed: u32| *blake3::hash(&seed.to_le_bytes()).as_bytes();
    catalog
        .write(|writer| {
            (0..ROWS).try_for_each(|seed| {
                writer.embedding(model, hash(seed), &vector(seed), 2)?;
                writer.record(&record(&format!("{seed}.png"), hash(seed))).map(drop)
            })
        })
        .unwrap();
    let read = |catalog: &mut Catalog| {
        let (mut rows, start) = (0, std::time::Instant::now());
        catalog.changes(model, 512, 0, |row| rows += usize::from(row.vector.is_some())).unwrap();
        assert_eq!(rows, ROWS as usize);
        start.elapsed().as_secs_f64() * 1e3
    };
    let best = |catalog: &mut Catalog| (0..9).map(|_| read(catalog)).fold(f64::MAX, f64::min);
    read(&mut catalog);
    let with = best(&mut catalog);
    doctor(catalog.path(), "UPDATE embeddings SET checksum = NULL");
    let without = best(&mut catalog);
    let bytes: Vec<u8> = vec![7; 1064];
    let start = std::time::Instant::now();
    let sum: u64 = (0..ROWS).map(|_| u64::from(crc32fast::hash(std::hint::black_box(&bytes)))).sum();
    let alone = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "reading {ROWS} vectors: {with:.1} ms with checksums, {without:.1} ms without; CRC-32 alone {alone:.1} ms ({sum})"
    );
}
