use super::*;
use crate::base::model_key::Precision;
use crate::catalog::writer::{PictureRecord, Recorded};

const A: Hash = [1; 32];
const B: Hash = [2; 32];

fn key() -> ModelKey {
    ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: 2 }
}

fn record(path: &str, hash: Hash) -> PictureRecord {
    PictureRecord {
        path: path.into(),
        size: 10,
        mtime_ns: 7,
        hash: Some(hash),
        dimensions: Some((4, 3)),
        taken_at: None,
        error: None,
    }
}

fn catalog() -> (tempfile::TempDir, Catalog, i64) {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(&dir.path().join("catalog.db"), true).unwrap();
    let model = catalog.model(&key()).unwrap();
    (dir, catalog, model)
}

fn put(catalog: &mut Catalog, model: i64, path: &str, hash: Hash) -> Recorded {
    catalog
        .write(|writer| {
            writer.embedding(model, hash, &[0.6, 0.8])?;
            writer.record(&record(path, hash))
        })
        .unwrap()
}

fn changes(catalog: &mut Catalog, model: i64, since: i64) -> (Vec<EmbeddingRow>, i64) {
    let mut rows = Vec::new();
    let last = catalog.changes(model, 2, since, |row| rows.push(row)).unwrap();
    (rows, last)
}

fn paths(rows: &[EmbeddingRow]) -> Vec<(String, bool)> {
    rows.iter().map(|row| (String::from_utf8_lossy(&row.path).into(), row.vector.is_some())).collect()
}

#[test]
fn readers_get_only_what_is_new() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let (rows, seen) = changes(&mut catalog, model, 0);
    assert_eq!(paths(&rows), [("a.png".into(), true)]);
    assert!(changes(&mut catalog, model, seen).0.is_empty());
    put(&mut catalog, model, "b.png", B);
    assert_eq!(paths(&changes(&mut catalog, model, seen).0), [("b.png".into(), true)]);
}

#[test]
fn a_vector_that_comes_later_is_a_change() {
    let (_dir, mut catalog, model) = catalog();
    catalog.write(|writer| writer.record(&record("a.png", A))).unwrap();
    let (rows, seen) = changes(&mut catalog, model, 0);
    assert_eq!(paths(&rows), [], "nothing to drop for who has nothing");
    catalog.write(|writer| writer.embedding(model, A, &[1.0, 0.0])).unwrap();
    assert_eq!(paths(&changes(&mut catalog, model, seen).0), [("a.png".into(), true)]);
}

#[test]
fn removed_pictures_leave_and_moved_ones_keep_their_id() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let (rows, seen) = changes(&mut catalog, model, 0);
    let id = rows[0].id;
    assert_eq!(catalog.write(|writer| writer.remove(&[id], 100)).unwrap(), 1);
    let (rows, seen) = changes(&mut catalog, model, seen);
    assert_eq!(paths(&rows), [("a.png".into(), false)]);
    let moved = catalog.write(|writer| writer.record(&record("sub/b.png", A))).unwrap();
    assert_eq!(moved, Recorded::Moved(id));
    let (rows, _) = changes(&mut catalog, model, seen);
    assert_eq!((paths(&rows), rows[0].id), (vec![("sub/b.png".into(), true)], id));
}

#[test]
fn a_move_onto_the_path_of_a_removed_picture_works() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    put(&mut catalog, model, "b.png", B);
    let ids: Vec<i64> = catalog.known(&[]).unwrap().values().map(|known| known.id).collect();
    catalog.write(|writer| writer.remove(&ids, 100)).unwrap();
    let moved = catalog.write(|writer| writer.record(&record("b.png", A))).unwrap();
    assert!(matches!(moved, Recorded::Moved(_)));
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 0 });
}

#[test]
fn pruning_forgets_vectors_and_tells_readers() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let id = catalog.known(&[]).unwrap()[b"a.png".as_slice()].id;
    catalog.write(|writer| writer.remove(&[id], 100)).unwrap();
    assert_eq!(catalog.write(|writer| writer.prune(99)).unwrap(), 0);
    assert_eq!(catalog.embedded(model).unwrap().len(), 1);
    let (change, _) = catalog.last_change().unwrap();
    assert_eq!(catalog.write(|writer| writer.prune(100)).unwrap(), 1);
    assert!(catalog.embedded(model).unwrap().is_empty());
    assert!(catalog.last_change().unwrap().1 > change);
}

#[test]
fn models_do_not_mix() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let other = catalog.model(&ModelKey { precision: Precision::Int8, ..key() }).unwrap();
    assert_eq!(paths(&changes(&mut catalog, other, 0).0), []);
    assert_eq!(catalog.counts(Some(other), &[]).unwrap().pictures, 0);
}

#[test]
fn a_failed_write_leaves_nothing() {
    let (_dir, mut catalog, model) = catalog();
    let result: Result<()> = catalog.write(|writer| {
        writer.record(&record("a.png", A))?;
        anyhow::bail!("stop")
    });
    assert!(result.is_err());
    assert_eq!(changes(&mut catalog, model, 0).0, []);
}

#[test]
fn a_prefix_is_a_folder_not_a_beginning() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "sub/a.png", A);
    put(&mut catalog, model, "sub2/a.png", B);
    assert_eq!(catalog.counts(Some(model), b"sub").unwrap().pictures, 1);
    assert_eq!(catalog.known(b"sub").unwrap().len(), 1);
}

#[test]
fn damaged_and_foreign_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    std::fs::write(&path, "this is no database, but long enough to look at".repeat(30)).unwrap();
    let message = format!("{:#}", Catalog::open(&path, false).err().unwrap());
    assert!(message.contains("catalog.db") && message.contains("damaged"), "{message}");

    std::fs::remove_file(&path).unwrap();
    Catalog::open(&path, true).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
    let message = format!("{:#}", Catalog::open(&path, false).err().unwrap());
    assert!(message.contains("newer pixseek"), "{message}");
}
