use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::*;
use crate::base::file_id::FileId;
use crate::base::model_key::{ModelKey, Precision};

mod damage;
mod facts;
mod texts;
mod thumbprints;
mod versions;

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
        ..PictureRecord::default()
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
            writer.embedding(model, hash, &[0.6, 0.8], 2)?;
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
    catalog.write(|writer| writer.embedding(model, A, &[1.0, 0.0], 2)).unwrap();
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
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 0, damaged: 0 });
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
    let path = catalog.path().to_owned();
    let result: Result<(), _> = catalog.write(|writer| {
        writer.record(&record("a.png", A))?;
        Err(CatalogError::new(&path, CatalogErrorKind::Busy))
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

/// Changes a catalogue's file behind the program's back.
fn doctor(path: &Path, statements: &str) {
    Connection::open(path).unwrap().execute_batch(statements).unwrap();
}

fn refusal(path: &Path) -> CatalogError {
    Catalog::open(path, true).err().expect("it is refused")
}

#[test]
fn pictures_that_lead_out_of_the_folder_are_left_out_of_every_answer() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let (_, seen) = changes(&mut catalog, model, 0);
    for path in ["/etc/passwd", "../b.png", "sub/../../c.png", "", "d\0.png"] {
        put(&mut catalog, model, path, A);
        let failed = PictureRecord { error: Some("cut short".into()), ..record(&format!("{path}/"), B) };
        catalog.write(|writer| writer.record(&failed)).unwrap();
    }
    assert_eq!(paths(&changes(&mut catalog, model, 0).0), [("a.png".into(), true)]);
    // Whoever has one of them drops it.
    let (mut rows, _) = changes(&mut catalog, model, seen);
    rows.retain(|row| row.path != b"a.png");
    assert!(rows.len() == 10 && rows.iter().all(|row| row.vector.is_none()), "{rows:?}");
    assert_eq!(catalog.known(&[]).unwrap().len(), 1);
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 0, damaged: 0 });
    assert!(catalog.failures(&[]).unwrap().is_empty());
    let mut names = Vec::new();
    let take = |path: &[u8]| -> Result<(), CatalogError> {
        names.push(path.to_owned());
        Ok(())
    };
    catalog.searchable_paths(model, &[], take).unwrap();
    assert_eq!(names, [b"a.png"]);
    let mut count = 0;
    let take = |_: &[half::f16]| -> Result<(), CatalogError> {
        count += 1;
        Ok(())
    };
    catalog.vectors(model, 2, &[], take).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn settings_are_read_back() {
    let (_dir, catalog, _) = catalog();
    let walk = WalkOptions { hidden: true, ..WalkOptions::default() };
    catalog.set_walk_options(&walk).unwrap();
    assert_eq!(catalog.walk_options().unwrap(), walk);
    assert_eq!((catalog.device().unwrap(), catalog.mounts().unwrap()), (None, Vec::<Vec<u8>>::new()));
    catalog.set_device(7).unwrap();
    catalog.set_mounts(&[b"a\xff".to_vec()]).unwrap();
    assert_eq!((catalog.device().unwrap(), catalog.mounts().unwrap()), (Some(7), vec![b"a\xff".to_vec()]));
    for policy in [IndexPolicy::Never, IndexPolicy::Always, IndexPolicy::Auto] {
        catalog.set_index_policy(policy).unwrap();
        assert_eq!(catalog.index_policy().unwrap(), policy);
    }
    catalog.remember_model(&ModelKey { precision: Precision::Int8, ..key() }).unwrap();
    assert_eq!(catalog.last_precision("demo").unwrap(), Some(Precision::Int8));
    let state = SegmentsState { change: 3, points: 40 };
    catalog.set_segments_state(&key(), state).unwrap();
    assert_eq!(catalog.segments_state(&key()).unwrap(), Some(state));
    let (checksum, other) = (blake3::hash(b"1"), blake3::hash(b"2"));
    catalog.set_snapshot_checksum(&key(), checksum).unwrap();
    catalog.forget_snapshot_checksum(&key(), other).unwrap();
    assert_eq!(catalog.snapshot_checksum(&key()).unwrap(), Some(checksum));
    catalog.forget_snapshot_checksum(&key(), checksum).unwrap();
    assert_eq!(catalog.snapshot_checksum(&key()).unwrap(), None);
}

#[test]
fn settings_that_make_no_sense_are_told_or_vouch_for_nothing() {
    let (_dir, catalog, _) = catalog();
    let stem = key().short_hash();
    doctor(
        catalog.path(),
        &format!(
            "INSERT INTO meta VALUES ('walk', '[\u{1b}'), ('device', 'x'), ('model', 'demo'), ('precision', 'f7'),
             ('graphs', 'perhaps'), ('vectors-{stem}', 'no checksum'), ('hnsw-{stem}-done', 'change, points')"
        ),
    );
    let texts = [
        catalog.walk_options().unwrap_err().to_string(),
        catalog.device().unwrap_err().to_string(),
        catalog.last_precision("demo").unwrap_err().to_string(),
    ];
    for (text, name) in texts.iter().zip(["walk", "device", "precision"]) {
        assert!(text.contains("catalog.db") && text.contains(&format!("setting '{name}'")), "{text}");
    }
    assert_eq!(catalog.index_policy().unwrap(), IndexPolicy::Auto);
    assert_eq!(catalog.snapshot_checksum(&key()).unwrap(), None);
    assert_eq!(catalog.segments_state(&key()).unwrap(), None);
    doctor(
        catalog.path(),
        &format!("UPDATE meta SET value = 'change 5, 6 points' WHERE key = 'hnsw-{stem}-done'"),
    );
    assert_eq!(catalog.segments_state(&key()).unwrap(), Some(SegmentsState { change: 5, points: 6 }));
}

#[test]
fn damaged_files_and_rows_are_told_by_name() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    doctor(catalog.path(), "UPDATE pictures SET hash = x'01'");
    let error = catalog.known(&[]).unwrap_err();
    assert!(matches!(error.kind, CatalogErrorKind::Damaged(_)), "{error}");
    let path = catalog.path().to_owned();
    drop(catalog);
    fs::write(&path, "this is no database, but long enough to look at".repeat(30)).unwrap();
    let error = refusal(&path);
    assert!(matches!(error.kind, CatalogErrorKind::Damaged(_)), "{error}");
    assert!(error.to_string().contains("catalog.db") && error.to_string().contains("damaged"), "{error}");
}

#[test]
fn a_newer_catalogue_is_refused() {
    let (_dir, catalog, _) = catalog();
    let path = catalog.path().to_owned();
    drop(catalog);
    doctor(&path, "PRAGMA user_version = 99; CREATE VIEW later AS SELECT 1;");
    let error = refusal(&path);
    assert!(matches!(error.kind, CatalogErrorKind::Newer { version: 99, .. }), "{error}");
    assert!(error.to_string().contains("newer pixseek"), "{error}");
}

#[test]
fn files_of_other_programs_are_refused_and_stay_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    for (number, statements) in [
        "CREATE TABLE bookmarks (url)",
        "CREATE TABLE meta (key, value); PRAGMA user_version = 1",
        "PRAGMA application_id = 1; CREATE TABLE t (x)",
        "PRAGMA application_id = -5",
        "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url)",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = dir.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let path = folder.join("catalog.db");
        doctor(&path, statements);
        let before = fs::read(&path).unwrap();
        for create in [false, true] {
            let error = Catalog::open(&path, create).err().unwrap();
            assert!(matches!(error.kind, CatalogErrorKind::Foreign), "{statements}: {error}");
        }
        assert!(fs::read(&path).unwrap() == before, "{statements}");
        let beside: Vec<PathBuf> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(beside, [path], "{statements}");
    }
}

#[test]
fn what_is_only_in_the_log_yet_tells_whose_file_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE bookmarks (url)",
        )
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(refusal(&path).kind, CatalogErrorKind::Foreign));
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(other.query_row("SELECT count(*) FROM bookmarks", [], |row| row.get(0)), Ok(0));
}

#[test]
fn views_triggers_and_virtual_tables_are_refused() {
    for (kind, statement) in [
        ("view", "CREATE VIEW odd AS SELECT * FROM pictures"),
        ("trigger", "CREATE TRIGGER odd AFTER INSERT ON pictures BEGIN DELETE FROM models; END"),
        ("virtual table", "CREATE VIRTUAL TABLE odd USING fts5(x)"),
        ("computing table", "CREATE TABLE odd (x CHECK (length(randomblob(1000000000)) > 0))"),
        ("computing table", "CREATE TABLE odd (\"--\", '/*', x CHECK (x > 0))"),
        ("computing table", "CREATE TABLE odd (x, y GENERATED ALWAYS AS (hex(zeroblob(x))))"),
        ("computing table", "CREATE TABLE odd (x, y /* as */ AS -- a\n (x))"),
        ("computing index", "CREATE INDEX odd ON pictures (hex(path))"),
        ("computing index", "CREATE INDEX odd ON pictures (size) WHERE length(path) > 3"),
    ] {
        let (_dir, catalog, _) = catalog();
        let path = catalog.path().to_owned();
        drop(catalog);
        let made = Connection::open(&path).unwrap().execute_batch(statement);
        if kind == "virtual table" && made.is_err() {
            continue;
        }
        let text = refusal(&path).to_string();
        assert!(text.contains(&format!("it has a {kind} 'odd'")), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_folders_are_no_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("mine"), "").unwrap();
    std::os::unix::fs::symlink(at("mine"), at("link.db")).unwrap();
    std::os::unix::fs::symlink(at("gone"), at("dangling.db")).unwrap();
    for name in ["link.db", "dangling.db"] {
        assert!(matches!(refusal(&at(name)).kind, CatalogErrorKind::Link));
    }
    // Nor is one whose log is a link: SQLite would write into what it leads to.
    for end in ["-wal", "-shm", "-journal"] {
        let path = at("new.db");
        std::os::unix::fs::symlink(at("mine"), at(&format!("new.db{end}"))).unwrap();
        assert!(matches!(refusal(&path).kind, CatalogErrorKind::Link), "{end}");
        fs::remove_file(at(&format!("new.db{end}"))).unwrap();
    }
    fs::create_dir(at("folder.db")).unwrap();
    assert!(matches!(refusal(&at("folder.db")).kind, CatalogErrorKind::Foreign));
    assert!(fs::read(at("mine")).unwrap().is_empty() && !at("gone").exists());
}

#[test]
fn a_new_catalogue_is_marked_as_one() {
    let (_dir, catalog, _) = catalog();
    let number =
        |name| catalog.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((number("application_id"), number("user_version")), (0x7069_7873, 7));
}
