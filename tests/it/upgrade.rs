//! Pictures that an older version read: the next run reads again what newer rules see otherwise, and nothing else.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{Sandbox, counts};

/// Changes the catalogue that lies beside the pictures.
fn doctor(sandbox: &Sandbox, statements: &str) {
    Connection::open(catalog(sandbox)).unwrap().execute_batch(statements).unwrap();
}

fn catalog(sandbox: &Sandbox) -> std::path::PathBuf {
    sandbox.pics().join(".pixseek/catalog.db")
}

/// Has an old catalogue say that its vectors are of the demo model of today, which was trained further since.
fn of_this_demo_model(sandbox: &Sandbox) {
    let revision = pixseek::clip::Checkpoint::find("demo").unwrap().revision;
    doctor(sandbox, &format!("UPDATE models SET revision = '{revision}';"));
}

#[track_caller]
fn ask<T: rusqlite::types::FromSql>(sandbox: &Sandbox, query: &str) -> T {
    Connection::open(catalog(sandbox)).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
}

fn index(sandbox: &Sandbox, options: &[&str]) -> Value {
    sandbox.run(["index", "pics", "--here", "--json"].iter().chain(options)).expect(0).json()
}

/// Makes every row one of a version before there were versions.
const AGED: &str =
    "UPDATE pictures SET decoder = 1, ctime_ns = NULL, inode = NULL; UPDATE embeddings SET decoder = 1;";

fn draw_transparent(path: &Path) {
    let pixel = |x: u32, y: u32| {
        image::Rgba([20, 200, 30, if x.abs_diff(20) + y.abs_diff(20) < 12 { 255 } else { 0 }])
    };
    image::RgbaImage::from_fn(40, 40, pixel).save(path).unwrap();
}

#[test]
fn only_what_newer_rules_see_otherwise_is_read_again() {
    let sandbox = Sandbox::new();
    for seed in 1..=5 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    for name in ["a.png", "b.webp"] {
        draw_transparent(&sandbox.pics().join(name));
    }
    fs::copy(sandbox.pics().join("a.png"), sandbox.pics().join("copy.png")).unwrap();
    fs::write(sandbox.pics().join("bad.jpg"), "text").unwrap();
    assert_eq!(counts(&index(&sandbox, &[])), [8, 0, 0, 1, 8]);
    assert_eq!(index(&sandbox, &[])["reread"], json!({}));
    let vector = "SELECT hex(vector) FROM embeddings e JOIN pictures p USING (hash) WHERE path = CAST('a.png' AS BLOB)";
    let sound: String = ask(&sandbox, vector);
    doctor(&sandbox, AGED);
    // What the old rules made of them.
    doctor(
        &sandbox,
        "UPDATE embeddings SET checksum = NULL, vector = (SELECT vector FROM embeddings ORDER BY id LIMIT 1)
         WHERE hash = (SELECT hash FROM pictures WHERE path = CAST('a.png' AS BLOB))",
    );
    let ran = sandbox.run(["index", "pics"]).expect(0);
    ran.says(&[
        "8 pictures searchable: 3 indexed, 5 unchanged",
        "3 read again: transparency is laid on white now (3)",
    ]);
    assert_eq!(ask::<String>(&sandbox, vector), sound);
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM pictures WHERE decoder < 2"), 0);
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM embeddings WHERE decoder < 2"), 0);
    #[cfg(unix)]
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM pictures WHERE inode IS NULL"), 0);
    let again = index(&sandbox, &[]);
    assert_eq!((counts(&again), &again["reread"]), ([0, 8, 0, 1, 8], &json!({})));
}

#[test]
fn what_could_not_be_read_is_tried_again() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture("b.png", 2);
    index(&sandbox, &[]);
    let failed = "error = 'such PNG pictures are not supported', error_kind = 'not supported'";
    doctor(
        &sandbox,
        &format!("UPDATE pictures SET {failed}, decoder = 1 WHERE path = CAST('a.png' AS BLOB)"),
    );
    let summary = index(&sandbox, &[]);
    assert_eq!(counts(&summary), [0, 2, 0, 0, 2]);
    assert_eq!(summary["reread"], json!({"more files can be read now": 1}));
    // By the same rules it is not.
    doctor(&sandbox, &format!("UPDATE pictures SET {failed} WHERE path = CAST('a.png' AS BLOB)"));
    assert_eq!(counts(&index(&sandbox, &[])), [0, 1, 0, 1, 1]);
    // But by a build that reads other formats it is.
    doctor(&sandbox, "UPDATE meta SET value = 'none' WHERE key = 'formats'");
    let summary = index(&sandbox, &[]);
    assert_eq!(
        (counts(&summary), &summary["reread"]),
        ([0, 2, 0, 0, 2], &json!({"more files can be read now": 1}))
    );
}

#[test]
fn every_model_gets_its_turn() {
    let sandbox = Sandbox::new();
    draw_transparent(&sandbox.pics().join("a.png"));
    sandbox.picture("b.png", 1);
    let [f32, int8] = [["--precision", "f32"], ["--precision", "int8"]];
    index(&sandbox, &f32);
    index(&sandbox, &int8);
    doctor(&sandbox, AGED);
    let reread = json!({"transparency is laid on white now": 1});
    assert_eq!(index(&sandbox, &f32)["reread"], reread);
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM embeddings WHERE decoder < 2"), 2);
    assert_eq!(index(&sandbox, &f32)["reread"], json!({}));
    assert_eq!(index(&sandbox, &int8)["reread"], reread);
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM embeddings WHERE decoder < 2"), 0);
}

#[test]
fn moved_pictures_are_looked_at_on_the_way() {
    let sandbox = Sandbox::new();
    draw_transparent(&sandbox.pics().join("a.png"));
    sandbox.picture("b.png", 1);
    index(&sandbox, &[]);
    doctor(&sandbox, AGED);
    fs::rename(sandbox.pics().join("a.png"), sandbox.pics().join("c.png")).unwrap();
    fs::rename(sandbox.pics().join("b.png"), sandbox.pics().join("d.png")).unwrap();
    assert_eq!(counts(&index(&sandbox, &[])), [1, 1, 0, 0, 2]);
    assert_eq!(ask::<u32>(&sandbox, "SELECT count(*) FROM embeddings WHERE decoder < 2"), 0);
    assert_eq!(counts(&index(&sandbox, &[])), [0, 2, 0, 0, 2]);
}

#[test]
fn a_catalogue_of_version_1_becomes_a_present_one() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.pics().join(".pixseek")).unwrap();
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalog-v1.db");
    fs::copy(old, catalog(&sandbox)).unwrap();
    of_this_demo_model(&sandbox);
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(
        (&status["pictures"], &status["failed"], &status["damaged"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let failed = sandbox.run(["status", "pics", "--json", "--failed"]).expect(0).json();
    assert_eq!(failed["failures"][0]["group"], "unreadable");
    assert_eq!(ask::<u32>(&sandbox, "SELECT user_version FROM pragma_user_version"), 7);
}

#[cfg(unix)]
#[test]
fn a_catalogue_of_version_1_that_can_not_be_written_is_read() {
    use crate::common::set_mode;
    let sandbox = Sandbox::unprivileged();
    let beside = sandbox.pics().join(".pixseek");
    fs::create_dir(&beside).unwrap();
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalog-v1.db");
    fs::copy(old, catalog(&sandbox)).unwrap();
    of_this_demo_model(&sandbox);
    let old = fs::read(catalog(&sandbox)).unwrap();
    set_mode(&catalog(&sandbox), 0o444);
    set_mode(&beside, 0o555);
    let run = |args: &[&str]| sandbox.run_unprivileged(args);
    let status = run(&["status", "pics", "--json", "--failed"]).expect(0).json();
    assert_eq!((&status["pictures"], &status["failed"]), (&json!(1), &json!(1)));
    assert_eq!(run(&["search", "pics", "red", "--json"]).expect(0).names(), ["red.png"]);
    set_mode(&beside, 0o755);
    assert!(fs::read(catalog(&sandbox)).unwrap() == old);
}

#[test]
fn killed_and_stopped_upgrades_go_on() {
    let sandbox = Sandbox::new();
    for seed in 0..70 {
        draw_transparent(&sandbox.pics().join(format!("{seed}.png")));
        // Other contents each.
        let mut bytes = fs::read(sandbox.pics().join(format!("{seed}.png"))).unwrap();
        bytes.push(seed);
        fs::write(sandbox.pics().join(format!("{seed}.png")), bytes).unwrap();
    }
    index(&sandbox, &[]);
    doctor(&sandbox, AGED);
    // As after a kill between two batches.
    doctor(
        &sandbox,
        "UPDATE pictures SET decoder = 2 WHERE id <= 30;
         UPDATE embeddings SET decoder = 2 WHERE hash IN (SELECT hash FROM pictures WHERE id <= 30)",
    );
    let summary = index(&sandbox, &[]);
    assert_eq!(counts(&summary), [40, 30, 0, 0, 70]);
    assert_eq!(summary["reread"], json!({"transparency is laid on white now": 40}));
}
