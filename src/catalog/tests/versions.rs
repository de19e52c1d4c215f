//! Catalogues of older versions, and what version 2 brought.

use super::*;

/// A catalogue that the first version made, on pages of 512 bytes to keep it small. It has a picture, one that is gone and
/// one that can't be read.
const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalog-v1.db");

#[test]
fn a_catalogue_of_version_1_becomes_a_present_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    fs::copy(VERSION_1, &path).unwrap();
    let mut catalog = Catalog::open(&path, false).unwrap();
    let (key, has_vectors) = catalog.keys().unwrap().remove(0);
    assert!(has_vectors && catalog.last_model().unwrap().as_deref() == Some("demo"));
    assert_eq!((key.id.as_str(), key.precision, key.dimension), ("demo", Precision::F32, 256));
    let model = catalog.find_model(&key).unwrap().unwrap();
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 1, damaged: 0 });
    let (rows, last) = {
        let mut rows = Vec::new();
        let last = catalog.changes(model, key.dimension, 0, |row| rows.push(row)).unwrap();
        (rows, last)
    };
    assert_eq!((paths(&rows), last), (vec![("red.png".into(), true)], 2));
    let length: f32 = rows[0].vector.iter().flatten().map(|x| x.to_f32().powi(2)).sum();
    assert!((length - 1.0).abs() < 1e-3, "{length}");
    let known = catalog.known(&[]).unwrap();
    assert!(known.len() == 3 && known[b"sub/blue.png".as_slice()].removed);
    assert_eq!(catalog.embedded(model).unwrap().len(), 2);
    assert_eq!(catalog.failures(&[]).unwrap()[0].path, b"bad.jpg");
    assert!(catalog.walk_options().unwrap().hidden && catalog.device().unwrap().is_some());
    assert_eq!(catalog.mounts().unwrap(), [b"sub"]);
    assert_eq!(catalog.root().unwrap().as_deref(), Some("/photos"));
    assert_eq!(catalog.index_policy().unwrap(), IndexPolicy::Never);
    // Of before there were versions, and nothing is known of the files.
    let picture = &known[b"red.png".as_slice()];
    assert_eq!((picture.decoder, picture.file_id, picture.damaged), (1, FileId::default(), false));
    assert_eq!(catalog.outdated(model, 2).unwrap().into_values().collect::<Vec<_>>(), [1, 1]);
    drop(catalog);
    let mut catalog = Catalog::open(&path, false).unwrap();
    put(&mut catalog, model, "sub/a.png", A);
    assert_eq!(catalog.known(b"sub").unwrap().len(), 2);
}

/// A catalogue of version 2 with the same rows; the picture is damaged.
const VERSION_2: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalog-v2.db");

#[test]
fn a_catalogue_of_version_2_becomes_a_present_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    fs::copy(VERSION_2, &path).unwrap();
    let catalog = Catalog::open(&path, false).unwrap();
    let (key, _) = catalog.keys().unwrap().remove(0);
    let model = catalog.find_model(&key).unwrap().unwrap();
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 1, damaged: 1 });
    let known = catalog.known(&[]).unwrap();
    let picture = &known[b"red.png".as_slice()];
    let file_id = FileId { ctime_ns: Some(1_795_645_292_000_000_001), inode: Some(77) };
    assert_eq!((picture.decoder, picture.file_id, picture.damaged), (2, file_id, true));
    assert_eq!(known[b"bad.jpg".as_slice()].error_kind.as_deref(), Some("no picture"));
    let info = catalog.image_info(picture.hash.unwrap()).unwrap().unwrap();
    assert_eq!(info.format.as_deref(), Some("PNG"));
    assert_eq!(info.damage.as_deref(), Some("the file ends after 40 % of the picture"));
    assert_eq!(catalog.outdated(model, 2).unwrap().len(), 1);
    assert_eq!(catalog.root_id().unwrap(), Some((65_024, 1234)));
    assert_eq!(catalog.formats().unwrap().as_deref(), Some(""));
    assert_eq!(migrations::version(&catalog.connection).unwrap(), migrations::VERSION);
}

#[test]
fn a_moved_file_is_looked_up_among_those_that_are_gone_alone() {
    let (_dir, catalog, _) = catalog();
    let plan: String = catalog
        .connection
        .query_row(&format!("EXPLAIN QUERY PLAN {}", writer::REMOVED_BY_HASH), [A], |row| row.get(3))
        .unwrap();
    assert!(plan.contains("pictures_removed_by_hash"), "{plan}");
}

#[test]
fn an_older_catalogue_that_can_not_be_written_is_read_as_a_present_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    fs::copy(VERSION_1, &path).unwrap();
    let connection = connection::immutable(&path).unwrap();
    identity::check(&connection).unwrap();
    migrations::imitate(&connection).unwrap();
    let mut catalog = Catalog { connection, path: path.clone() };
    let (key, _) = catalog.keys().unwrap().remove(0);
    let model = catalog.find_model(&key).unwrap().unwrap();
    assert_eq!(catalog.counts(Some(model), &[]).unwrap(), Counts { pictures: 1, failed: 1, damaged: 0 });
    assert_eq!((catalog.known(&[]).unwrap().len(), catalog.failures(&[]).unwrap().len()), (3, 1));
    let mut rows = Vec::new();
    catalog.changes(model, key.dimension, 0, |row| rows.push(row)).unwrap();
    assert_eq!(paths(&rows), [("red.png".into(), true)]);
    assert_eq!(catalog.outdated(model, 2).unwrap().len(), 2);
    let error = catalog.write(|writer| writer.prune(1)).unwrap_err();
    assert!(matches!(error.kind, CatalogErrorKind::NotWritable(_)), "{error}");
    drop(catalog);
    assert!(fs::read(&path).unwrap() == fs::read(VERSION_1).unwrap());
}

#[test]
fn what_is_noted_of_rows_is_no_change() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    put(&mut catalog, model, "b.png", B);
    catalog.write(|writer| writer.embedding(model, B, &[0.0, 1.0], 1)).unwrap();
    let (_, seen) = changes(&mut catalog, model, 0);
    let id = catalog.known(&[]).unwrap()[b"a.png".as_slice()].id;
    let file = FileId { ctime_ns: Some(-5), inode: Some(i64::MIN) };
    catalog.note_file_ids(&[(id, file)]).unwrap();
    catalog.note_decoder(&[id], 7).unwrap();
    let known = catalog.known(&[]).unwrap().remove(b"a.png".as_slice()).unwrap();
    assert_eq!((known.file_id, known.decoder), (file, 7));
    assert_eq!(catalog.outdated(model, 2).unwrap(), [(B, 1)].into());
    catalog.note_decoder_of_vectors(model, &[B], 2).unwrap();
    assert!(catalog.outdated(model, 2).unwrap().is_empty());
    assert_eq!(changes(&mut catalog, model, seen), (Vec::new(), seen));
}

#[test]
fn damaged_pictures_are_searchable_and_listed() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    let damaged = PictureRecord {
        damage: Some("the file ends after 40 % of the picture".into()),
        format: Some("PNG".into()),
        ..record("b.png", A)
    };
    let failed = PictureRecord {
        error: Some("empty file".into()),
        error_kind: Some("empty".into()),
        ..record("c.png", B)
    };
    catalog.write(|writer| writer.record(&damaged).and_then(|_| writer.record(&failed))).unwrap();
    let counts = catalog.counts(Some(model), &[]).unwrap();
    assert_eq!(counts, Counts { pictures: 2, failed: 1, damaged: 1 });
    let listed = catalog
        .failures(&[])
        .unwrap()
        .into_iter()
        .map(|failure| (failure.path, failure.kind, failure.searchable));
    assert_eq!(
        listed.collect::<Vec<_>>(),
        [(b"b.png".to_vec(), None, true), (b"c.png".to_vec(), Some("empty".into()), false)]
    );
}

/// A catalogue as the first `steps` steps of migration leave it, with a picture and its vector.
pub(super) fn of_version(path: &Path, steps: usize) {
    let connection = Connection::open(path).unwrap();
    for step in &migrations::STEPS[..steps] {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", steps as i64).unwrap();
    connection
        .execute_batch(
            "INSERT INTO models VALUES (1, 'demo', '1', 'f32', 2);
             INSERT INTO pictures (path, size, mtime_ns, hash, width, height, change)
                 VALUES (CAST('a.png' AS BLOB), 10, 7, x'0101010101010101010101010101010101010101010101010101010101010101', 4, 3, 1);
             INSERT INTO embeddings (model, hash, vector, change)
                 VALUES (1, x'0101010101010101010101010101010101010101010101010101010101010101', x'003c0000', 1);
             UPDATE meta SET value = 1 WHERE key = 'change';",
        )
        .unwrap();
}

#[test]
fn a_catalogue_of_every_version_becomes_a_present_one_and_wants_thumbprints() {
    for steps in 1..=migrations::STEPS.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.db");
        of_version(&path, steps);
        // As it is, for who can't write.
        let connection = connection::immutable(&path).unwrap();
        migrations::imitate(&connection).unwrap();
        let read_only = Catalog { connection, path: path.clone() };
        assert_eq!(read_only.looks(&[]).unwrap().len(), 1, "version {steps}");
        assert_eq!(read_only.without_thumbprint(&[]).unwrap().0.len(), 1, "version {steps}");
        drop(read_only);
        let mut catalog = Catalog::open(&path, false).unwrap();
        assert_eq!(migrations::version(&catalog.connection).unwrap(), migrations::VERSION);
        assert_eq!(catalog.counts(Some(1), &[]).unwrap().pictures, 1, "version {steps}");
        assert_eq!(catalog.without_thumbprint(&[]).unwrap(), (vec![(A, b"a.png".to_vec())], 1));
        put(&mut catalog, 1, "b.png", B);
        assert_eq!(catalog.without_thumbprint(&[]).unwrap().0.len(), 2, "version {steps}");
    }
}

/// Catalogues as programs of each version left them, with pages of 512 bytes: version 1 and 2 as above; versions 3 to 6 have
/// two pictures, one that is gone and one that can't be read, and `red.png` has a sidecar with a rating and a tag; in that of
/// version 6 it has a text, too.
const OF_OLDER_PROGRAMS: [(i64, usize); 6] = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, 2)];

fn of_older_program(version: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/catalog-v{version}.db"))
}

/// The paths and vectors of the model that the catalogue has, in the order of paths.
fn vectors(catalog: &mut Catalog) -> Vec<(Vec<u8>, Vec<half::f16>)> {
    let (key, _) = catalog.keys().unwrap().remove(0);
    let model = catalog.find_model(&key).unwrap().unwrap();
    let mut rows = Vec::new();
    catalog.changes(model, key.dimension, 0, |row| rows.push((row.path, row.vector.unwrap()))).unwrap();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

#[test]
fn catalogues_of_every_older_program_keep_what_they_have() {
    for (version, pictures) in OF_OLDER_PROGRAMS {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.db");
        fs::copy(of_older_program(version), &path).unwrap();
        let connection = connection::immutable(&path).unwrap();
        assert_eq!(migrations::version(&connection).unwrap(), version);
        migrations::imitate(&connection).unwrap();
        let mut read_only = Catalog { connection, path: path.clone() };
        let before = vectors(&mut read_only);
        assert_eq!(before.len(), pictures, "version {version}");
        assert_eq!(read_only.verify_vectors().unwrap().damaged, [], "version {version}");
        drop(read_only);

        let mut catalog = Catalog::open(&path, false).unwrap();
        assert_eq!(migrations::version(&catalog.connection).unwrap(), migrations::VERSION);
        assert_eq!(vectors(&mut catalog), before, "version {version}");
        assert_eq!(catalog.integrity().unwrap(), Vec::<String>::new(), "version {version}");
        assert_eq!(catalog.odd_settings().unwrap(), Vec::<String>::new(), "version {version}");
        assert_eq!(catalog.root().unwrap().as_deref(), Some("/photos"));
        assert_eq!(catalog.known(&[]).unwrap().len(), pictures + 2, "version {version}");
        assert_eq!(catalog.failures(&[]).unwrap().len(), 1 + usize::from(version == 2));
        // Vectors of before there were checksums get theirs, that of the picture which is gone, too.
        let all = catalog.verify_vectors().unwrap();
        assert_eq!((all.vectors, all.without_checksum), (pictures + 1, pictures + 1), "version {version}");
        assert_eq!(catalog.check_vectors(9, &std::sync::atomic::AtomicBool::new(false)).unwrap(), []);
        assert_eq!(catalog.verify_vectors().unwrap().without_checksum, 0);
        assert_eq!(vectors(&mut catalog), before, "version {version}");
        if version >= 3 {
            assert_eq!(catalog.walk_options().unwrap().exclude, ["*.gif"]);
        }
        let waiting = catalog.without_facts(u32::MAX).unwrap().len();
        let known = catalog.facts_count().unwrap();
        assert_eq!((waiting, known), if version >= 4 { (2, 3) } else { (pictures, 0) }, "version {version}");
        let (prints, _) = catalog.without_thumbprint(&[]).unwrap();
        assert_eq!(prints.len(), if version >= 5 { 0 } else { pictures }, "version {version}");
        assert_eq!(catalog.count_with_phrase("boarding pass").unwrap(), if version >= 6 { 2 } else { 0 });
        drop(catalog);
        // What a killed migration left is the old one, and the next begins again: it is one transaction.
        let mut again = Catalog::open(&path, false).unwrap();
        assert_eq!(vectors(&mut again), before);
    }
}
