//! The facts of pictures: what is entered, found by words, kept by migrations and forgotten.

use super::super::words::split_ideographs;
use super::*;
use crate::base::picture_facts::{PictureFacts, Place, TakenAt, TakenFrom};

fn facts(title: &str, tags: &[&str]) -> FactsRecord {
    FactsRecord {
        version: 1,
        sidecars: None,
        taken: TakenAt {
            seconds: 1_562_956_245,
            nanoseconds: 250_000_000,
            offset: Some(7200),
            source: TakenFrom::Exif,
        },
        facts: PictureFacts {
            make: Some("FUJIFILM".into()),
            model: Some("X-T3".into()),
            lens: Some("XF23mmF1.4 R".into()),
            iso: Some(800),
            exposure: Some(0.004),
            place: Some(Place { latitude: -33.9, longitude: 18.4, altitude: None }),
            rating: Some(4),
            title: Some(title.into()),
            caption: Some("Écluse près de la Straße, 夏の海".into()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..PictureFacts::default()
        },
    }
}

fn with_facts(path: &str, hash: Hash, facts: FactsRecord) -> PictureRecord {
    PictureRecord { facts: Some(Box::new(facts)), ..record(path, hash) }
}

/// The paths that the table of words finds.
fn found(catalog: &Catalog, query: &str) -> Vec<String> {
    let mut statement = catalog
        .connection
        .prepare(
            "SELECT CAST(path AS TEXT) FROM words JOIN pictures ON id = words.rowid WHERE words MATCH ?1 ORDER BY path",
        )
        .unwrap();
    let paths = statement.query_map([query], |row| row.get(0)).unwrap();
    paths.collect::<rusqlite::Result<_>>().unwrap()
}

fn count(catalog: &Catalog, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    catalog.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn facts_are_entered_and_words_found_without_regard_to_case_and_accents() {
    let (_dir, mut catalog, _) = catalog();
    let one = with_facts("trip/Été_2019-DSC042.jpg", A, facts("Harbour", &["Boats", "Île de Ré", "Boats"]));
    let other = with_facts("b.jpg", B, facts("Noon", &["tree"]));
    catalog.write(|writer| writer.record(&one).and_then(|_| writer.record(&other))).unwrap();
    assert_eq!((count(&catalog, "facts"), count(&catalog, "tags")), (2, 3));
    let one = ["trip/Été_2019-DSC042.jpg".to_owned()];
    for query in [
        "name:ete",
        "name:2019",
        "name:dsc042",
        "name:ÉTÉ",
        "tag:boats",
        "tag:ILE",
        "tag:\"ile de re\"",
        "caption:harbour",
    ] {
        assert_eq!(found(&catalog, query), one, "{query}");
    }
    let phrase = |text: &str| format!("caption:\"{}\"", split_ideographs(text));
    for query in [
        "caption:ecluse",
        "caption:PRES",
        "camera:\"x t3\"",
        "lens:xf23mmf1",
        &phrase("夏の海"),
        &phrase("海"),
    ] {
        assert_eq!(found(&catalog, query).len(), 2, "{query}");
    }
    for query in ["name:trip", "caption:boats", "caption:eclus", &phrase("海の夏")] {
        assert_eq!(found(&catalog, query).len(), 0, "{query}");
    }
    let row: (i64, i64, i64, String, f64, Option<f64>) = catalog
        .connection
        .query_row(
            "SELECT taken, taken_ns, taken_offset, taken_from, latitude, altitude FROM facts
             JOIN pictures ON id = picture WHERE path = CAST('b.jpg' AS BLOB)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        )
        .unwrap();
    assert_eq!(row, (1_562_956_245, 250_000_000, 7200, "exif".into(), -33.9, None));
}

#[test]
fn new_facts_take_the_place_of_old_ones_and_go_with_their_picture() {
    let (_dir, mut catalog, _) = catalog();
    catalog.write(|writer| writer.record(&with_facts("a.jpg", A, facts("one", &["x", "y"])))).unwrap();
    let id = catalog.known(&[]).unwrap()[b"a.jpg".as_slice()].id;
    let changed = FactsRecord { sidecars: Some("a.xmp 5 7".into()), ..facts("two", &["z"]) };
    catalog.write(|writer| writer.facts(id, b"a.jpg", &changed)).unwrap();
    assert_eq!((count(&catalog, "facts"), count(&catalog, "tags")), (1, 1));
    assert_eq!((found(&catalog, "caption:two").len(), found(&catalog, "caption:one").len()), (1, 0));
    assert_eq!(catalog.sidecars().unwrap(), [(id, "a.xmp 5 7".to_owned())].into());
    // A file that moves takes its facts along, under its new name.
    catalog.write(|writer| writer.remove(&[id], 5)).unwrap();
    catalog.write(|writer| writer.record(&with_facts("sub/moved.jpg", A, facts("two", &["z"])))).unwrap();
    assert_eq!(found(&catalog, "name:moved"), ["sub/moved.jpg"]);
    assert!(found(&catalog, "name:a").is_empty());
    // What can't be read any more has none.
    let failed = PictureRecord { error: Some("empty file".into()), ..record("sub/moved.jpg", B) };
    catalog.write(|writer| writer.record(&failed)).unwrap();
    assert_eq!(["facts", "tags"].map(|table| count(&catalog, table)), [0, 0]);
    catalog.write(|writer| writer.record(&with_facts("c.jpg", A, facts("three", &["q"])))).unwrap();
    let id = catalog.known(&[]).unwrap()[b"c.jpg".as_slice()].id;
    catalog.write(|writer| writer.remove(&[id], 5).and_then(|_| writer.prune(6))).unwrap();
    assert_eq!(["facts", "tags"].map(|table| count(&catalog, table)), [0, 0]);
    assert!(found(&catalog, "caption:three").is_empty());
}

#[test]
fn pictures_whose_facts_are_missing_or_old_are_known() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.jpg", A);
    catalog.write(|writer| writer.record(&with_facts("b.jpg", B, facts("one", &[])))).unwrap();
    let failed = PictureRecord { error: Some("empty file".into()), ..record("c.jpg", [3; 32]) };
    catalog.write(|writer| writer.record(&failed)).unwrap();
    let ids = |name: &str| catalog.known(&[]).unwrap()[name.as_bytes()].id;
    assert_eq!(catalog.without_facts(1).unwrap(), [ids("a.jpg")]);
    assert_eq!(catalog.without_facts(2).unwrap(), [ids("a.jpg"), ids("b.jpg")]);
}

#[test]
fn another_table_of_that_name_is_refused() {
    let (_dir, catalog, _) = catalog();
    let path = catalog.path().to_owned();
    drop(catalog);
    drop(Catalog::open(&path, false).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE words; CREATE VIRTUAL TABLE words USING fts5(name)").unwrap();
    drop(connection);
    let error = Catalog::open(&path, false).err().unwrap();
    assert!(matches!(error.kind, CatalogErrorKind::OddSchema { .. }), "{error}");
}
