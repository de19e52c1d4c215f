//! Vectors in the catalogue that are not what was written.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use crate::common::{Sandbox, counts, files};

fn catalog(sandbox: &Sandbox) -> PathBuf {
    files(&sandbox.home().join("data"), "catalog.db").remove(0)
}

/// Flips a bit in the middle of the vector of a picture.
fn flip(catalog: &Path, name: &str) {
    let connection = Connection::open(catalog).unwrap();
    let of = "hash = (SELECT hash FROM pictures WHERE path = CAST(?1 AS BLOB))";
    let mut vector: Vec<u8> = connection
        .query_row(&format!("SELECT vector FROM embeddings WHERE {of}"), [name], |row| row.get(0))
        .unwrap();
    let middle = vector.len() / 2;
    vector[middle] ^= 8;
    connection
        .execute(&format!("UPDATE embeddings SET vector = ?2 WHERE {of}"), params![name, vector])
        .unwrap();
}

fn indexed() -> Sandbox {
    let sandbox = Sandbox::three_pictures();
    sandbox.index();
    sandbox
}

#[test]
fn a_damaged_vector_is_named_left_out_and_made_anew() {
    let sandbox = indexed();
    let search = ["search", "pics", "a shape", "--json"];
    let before = sandbox.run(search).expect(0);
    flip(&catalog(&sandbox), "2.png");
    let ran = sandbox.run(search).expect(0).says(&["catalog.db", "1 vector is damaged", "2.png", "left out"]);
    let mut names = ran.names();
    names.sort();
    assert_eq!(names, ["1.png", "3.png"]);
    sandbox
        .run(["export", "pics", "--out", "x.npy"])
        .expect(1)
        .says(&["the vector of '2.png' is damaged", "run `pixseek index`"]);
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(1).json();
    assert_eq!(report["index"]["vectors_damaged"], 1);
    assert!(report["problems"].to_string().contains("2.png"), "{report}");

    let summary = sandbox.run(["index", "pics", "--json"]).expect(0).says(&["2.png", "made anew"]).json();
    assert_eq!(counts(&summary), [1, 2, 0, 0, 3]);
    assert_eq!(summary["reread"]["their vectors in the catalogue were damaged"], 1, "{summary}");
    let after = sandbox.run(search).expect(0);
    assert_eq!((after.text(), after.stderr.as_str()), (before.text(), ""));
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
}

#[test]
fn indexing_alone_finds_a_damaged_vector() {
    let sandbox = indexed();
    flip(&catalog(&sandbox), "3.png");
    assert_eq!(counts(&sandbox.index()), [1, 2, 0, 0, 3]);
    assert_eq!(sandbox.run(["doctor", "pics", "--json"]).expect(0).json()["index"]["vectors_damaged"], 0);
}

#[test]
fn vectors_of_earlier_versions_get_their_checksums_in_passing() {
    let sandbox = indexed();
    let path = catalog(&sandbox);
    Connection::open(&path).unwrap().execute("UPDATE embeddings SET checksum = NULL", []).unwrap();
    let without = || {
        sandbox.run(["doctor", "pics", "--json"]).expect(0).json()["index"]["vectors_without_checksum"]
            .clone()
    };
    assert_eq!(without(), 3);
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
    assert_eq!(without(), 0);
    flip(&path, "1.png");
    sandbox.run(["search", "pics", "a shape"]).expect(0).says(&["1.png", "damaged"]);
}
