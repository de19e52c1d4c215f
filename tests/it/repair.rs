//! `pixseek repair`, and what `pixseek doctor` says before it.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use crate::common::{Sandbox, counts, files};

fn catalog(sandbox: &Sandbox) -> PathBuf {
    files(&sandbox.home().join("data"), "catalog.db").remove(0)
}

fn indexed(pictures: u8, options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for seed in 1..=pictures {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    sandbox.run(["index", "pics", "-q"].iter().chain(options)).expect(0);
    sandbox
}

fn found(sandbox: &Sandbox) -> String {
    sandbox.run(["search", "pics", "a shape", "-n99", "--json"]).expect(0).text()
}

#[test]
fn a_whole_index_stays_as_it_is() {
    let sandbox = indexed(3, &[]);
    let (path, before) = (catalog(&sandbox), found(&sandbox));
    let report = sandbox.run(["repair", "pics", "--json"]).expect(0).json();
    assert_eq!((&report["catalog"], &report["pictures"]), (&"whole".into(), &3.into()));
    assert_eq!(report["removed"].as_array().unwrap().len(), 0, "{report}");
    sandbox.run(["repair", "pics"]).expect(0).says(&["nothing was broken", "3 pictures searchable"]);
    assert_eq!(found(&sandbox), before);
    assert!(!path.with_file_name("catalog.db.damaged").exists());
    sandbox.run(["repair", "."]).expect(1).says(&["pixseek index"]);
}

#[test]
fn a_damaged_catalogue_is_rebuilt_and_the_next_run_makes_what_is_missing() {
    let sandbox = indexed(40, &[]);
    let (path, before) = (catalog(&sandbox), found(&sandbox));
    let connection = Connection::open(&path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let pages: Vec<usize> = {
        let mut statement = connection
            .prepare("SELECT pageno FROM dbstat WHERE name = 'embeddings' AND pagetype = 'leaf'")
            .expect("dbstat");
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    drop(connection);
    let mut bytes = fs::read(&path).unwrap();
    let page = pages[pages.len() / 2];
    bytes[(page - 1) * 4096 + 8..page * 4096].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(1).json();
    assert!(report["problems"].to_string().contains("pixseek repair"), "{report}");

    let report = sandbox.run(["repair", "pics", "--json"]).expect(0).json();
    assert_eq!(report["catalog"], "rebuilt");
    assert_eq!(fs::read(report["kept"].as_str().unwrap()).unwrap().len(), bytes.len());
    assert_eq!(report["saved"]["pictures"], 40, "{report}");
    assert_eq!(report["lost"]["unknown"], true, "{report}");
    let saved = report["saved"]["vectors"].as_u64().unwrap();
    assert!((20..40).contains(&saved), "{report}");
    let [indexed, reused, removed, failed, pictures] = counts(&sandbox.index());
    assert_eq!((indexed, reused, removed, failed, pictures), (40 - saved, saved, 0, 0, 40));
    assert_eq!(found(&sandbox), before);
    sandbox.run(["doctor", "pics"]).expect(0);
}

#[test]
fn a_catalogue_of_which_nothing_can_be_read_is_begun_anew() {
    let sandbox = indexed(3, &[]);
    let (path, before) = (catalog(&sandbox), found(&sandbox));
    fs::write(&path, b"this is no database, but it is long enough to be read as one".repeat(40)).unwrap();
    let ran = sandbox.run(["search", "pics", "red"]).expect(1);
    ran.says(&["catalog.db", "damaged", "`pixseek repair"]);
    sandbox.run(["repair", "pics"]).expect(0).says(&[
        "0 pictures",
        "catalog.db.damaged",
        "run `pixseek index",
    ]);
    assert_eq!(counts(&sandbox.index()), [3, 0, 0, 0, 3]);
    assert_eq!(found(&sandbox), before);
}

#[test]
fn settings_that_make_no_sense_are_forgotten() {
    let sandbox = indexed(2, &[]);
    Connection::open(catalog(&sandbox))
        .unwrap()
        .execute("INSERT OR REPLACE INTO meta VALUES ('walk', '[')", [])
        .unwrap();
    sandbox.run(["index", "pics"]).expect(1).says(&["setting 'walk'", "pixseek repair"]);
    sandbox.run(["doctor", "pics"]).expect(1);
    sandbox.run(["repair", "pics"]).expect(0).says(&["setting 'walk'"]);
    assert_eq!(counts(&sandbox.index()), [0, 2, 0, 0, 2]);
}

#[test]
fn damaged_graphs_and_what_is_left_over_go_and_are_made_anew() {
    let sandbox = indexed(3, &["--approximate"]);
    let folder = catalog(&sandbox).parent().unwrap().to_owned();
    let graph = files(&folder, "hnsw-").into_iter().find(|path| path.extension().is_some_and(|e| e == "bin"));
    let graph = graph.unwrap();
    let mut bytes = fs::read(&graph).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&graph, bytes).unwrap();
    let stray = folder.join("vectors-0123456789abcdef.bin");
    fs::write(&stray, "of a model that is gone").unwrap();
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(1).json();
    assert!(report["problems"].to_string().contains("hnsw-"), "{report}");
    assert!(report["notes"].to_string().contains("vectors-0123456789abcdef.bin"), "{report}");
    let report = sandbox.run(["repair", "pics", "--json"]).expect(0).json();
    assert_eq!((report["removed"].as_array().unwrap().len(), &report["made"]), (2, &1.into()), "{report}");
    assert!(!stray.exists());
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(0).json();
    assert_eq!(report["index"]["graphs"], 1);
    sandbox.run(["search", "pics", "red", "--approximate"]).expect(0);
}

#[cfg(unix)]
#[test]
fn another_programs_file_and_links_are_refused() {
    let sandbox = indexed(1, &["--here"]);
    let path = sandbox.pics().join(".pixseek/catalog.db");
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url)").unwrap();
    let before = fs::read(&path).unwrap();
    sandbox.run(["repair", "pics"]).expect(1).says(&["another program's file"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    let elsewhere = sandbox.home().join("mine.db");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    sandbox.run(["repair", "pics"]).expect(1).says(&["link"]);
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
}

#[test]
fn tables_that_are_missing_are_damage_with_a_way_out() {
    let sandbox = indexed(2, &[]);
    for (statement, pictures) in
        [("PRAGMA foreign_keys = OFF; DROP TABLE models", 2), ("ALTER TABLE pictures DROP COLUMN damage", 2)]
    {
        Connection::open(catalog(&sandbox)).unwrap().execute_batch(statement).unwrap();
        sandbox.run(["status", "pics"]).expect(1).says(&["catalog.db", "damaged", "pixseek repair"]);
        sandbox.run(["doctor", "pics"]).expect(1);
        let report = sandbox.run(["repair", "pics", "--json"]).expect(0).json();
        assert_eq!(
            (&report["catalog"], &report["saved"]["pictures"]),
            (&"rebuilt".into(), &pictures.into()),
            "{report}"
        );
        assert_eq!(counts(&sandbox.index())[4], 2);
    }
}
