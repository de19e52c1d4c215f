//! `import --rclip`: the vectors of an index that rclip's own code made (tools/rclip/make.py) are taken over for pictures that
//! are what they were, and for nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{Ran, Sandbox, counts};

/// Pictures that rclip sees as pixseek does.
const ALIKE: [&str; 10] = [
    "animated.gif",
    "baseline.jpg",
    "cmyk.jpg",
    "full-chroma.jpg",
    "gray.jpg",
    "lossy.webp",
    "palette.png",
    "plain.bmp",
    "progressive.jpg",
    "very-tall.jpg",
];
/// Those that it sees otherwise.
const OTHERWISE: [&str; 3] = ["alpha.png", "lzw.tiff", "orientation-6.jpg"];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A sandbox with the pictures and an index of rclip's of them, `rclip.db`.
struct Rclip(Sandbox);

impl Rclip {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for name in ALIKE.iter().chain(&OTHERWISE) {
            fs::copy(data("parity/pictures").join(name), sandbox.pics().join(name)).unwrap();
        }
        fs::copy(data("rclip/db.sqlite3"), sandbox.home().join("rclip.db")).unwrap();
        let rclip = Self(sandbox);
        let folder = format!("{}/", rclip.0.pics().display());
        rclip.sql(&format!("UPDATE images SET filepath = replace(filepath, '@/', '{folder}')"));
        for (nth, name) in ALIKE.iter().chain(&OTHERWISE).enumerate() {
            // Not a whole number of seconds but once, as on every disk.
            let after = Duration::new(1_700_000_000 + nth as u64, nth as u32 * 123_456_789 % 1_000_000_000);
            let file = fs::File::options().write(true).open(rclip.0.pics().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + after).unwrap();
            let seconds = after.as_secs() as f64 + 1e-9 * f64::from(after.subsec_nanos());
            rclip.sql(&format!(
                "UPDATE images SET modified_at = {seconds:?} WHERE filepath = '{folder}{name}'"
            ));
        }
        rclip
    }

    fn database(&self) -> PathBuf {
        self.0.home().join("rclip.db")
    }

    fn sql(&self, statement: &str) {
        Connection::open(self.database()).unwrap().execute_batch(statement).unwrap();
    }

    /// Changes the row of a picture.
    fn set(&self, name: &str, change: &str) {
        self.sql(&format!("UPDATE images SET {change} WHERE filepath LIKE '%/{name}'"));
    }

    fn import(&self) -> Ran {
        self.run(&["import", "pics", "--rclip", "rclip.db", "--json"])
    }

    fn run(&self, args: &[&str]) -> Ran {
        let model = data("rclip/model");
        self.0.command().env("PIXSEEK_MODEL", model).args(args).output().unwrap().into()
    }
}

fn left_out(summary: &Value) -> Vec<(&str, u64)> {
    let reasons = summary["left_out"].as_object().unwrap();
    let counts = reasons.iter().map(|(why, count)| (why.as_str(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn what_rclip_has_encoded_needs_no_encoding() {
    let rclip = Rclip::new();
    let before = fs::read(rclip.database()).unwrap();
    let summary = rclip.import().expect(0).json();
    let total = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!((total("imported"), total("kept"), total("skipped"), total("pictures")), (10, 0, 3, 10));
    assert_eq!(left_out(&summary), [("seen_otherwise", 3)]);
    assert_eq!(summary["agreement"]["compared"], 8);
    assert!(summary["agreement"]["worst"].as_f64().unwrap() > 0.995, "{summary}");
    assert_eq!(fs::read(rclip.database()).unwrap(), before);

    let found = rclip.run(&["search", "pics", "x", "-n", "20", "--json"]).expect(0).names();
    assert_eq!(found.len(), 10);
    // Only what was left out is encoded, in f32 without being told.
    let indexed = rclip.run(&["index", "pics", "--json"]).expect(0).json();
    assert_eq!(counts(&indexed), [3, 10, 0, 0, 13]);
    let status = rclip.run(&["status", "pics", "--json"]).expect(0).json();
    assert_eq!(status["precision"], "f32");

    // Once more: what has a vector keeps it.
    let again = rclip.import().expect(0).json();
    assert_eq!((again["imported"].clone(), again["kept"].clone()), (json!(0), json!(10)));
    assert_eq!(again["agreement"], Value::Null);
    assert_eq!(counts(&rclip.run(&["index", "pics", "--json"]).expect(0).json()), [0, 13, 0, 0, 13]);
}

#[test]
fn vectors_and_metadata_are_those_that_index_would_store() {
    let rclip = Rclip::new();
    rclip.import().expect(0);
    let rows = |sandbox: &Sandbox| {
        let catalog = crate::common::files(&sandbox.home().join("data/pixseek/collections"), "catalog.db");
        let connection = Connection::open(&catalog[0]).unwrap();
        let mut statement = connection
            .prepare(
                "SELECT CAST(path AS TEXT), width, height, taken_at, format, size, mtime_ns, pictures.decoder, vector
                 FROM pictures JOIN embeddings USING (hash) ORDER BY path",
            )
            .unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let words: Vec<String> = (1..8).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
            Ok((row.get::<_, String>(0)?, words, row.get::<_, Vec<u8>>(8)?))
        };
        statement.query_map([], row).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    let imported = rows(&rclip.0);
    rclip.run(&["index", "pics", "--force", "-q"]).expect(0);
    let encoded = rows(&rclip.0);
    assert_eq!(imported.len(), 10);
    for (path, words, vector) in &imported {
        let (_, own_words, own_vector) = encoded.iter().find(|row| row.0 == *path).unwrap();
        assert_eq!(words, own_words, "{path}");
        let numbers = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|two| half::f16::from_le_bytes(*two).to_f32()).collect()
        };
        let (a, b) = (numbers(vector), numbers(own_vector));
        let cosine: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        assert_eq!(a.len(), 512);
        assert!(cosine > 0.99, "{path}: {cosine}");
    }
}

#[test]
fn rows_that_do_not_count_are_left_out() {
    let rclip = Rclip::new();
    rclip.set("baseline.jpg", "deleted = 1");
    rclip.set("progressive.jpg", "indexing = 1");
    rclip.set("gray.jpg", "vector = zeroblob(2044)");
    rclip.set("cmyk.jpg", "vector = zeroblob(2048)");
    rclip.set("palette.png", "vector = zeroblob(2044) || x'0000c07f'");
    rclip.set("plain.bmp", "vector = CAST(zeroblob(2044) || x'0000c07f' AS BLOB)");
    rclip.set("lossy.webp", "size = size + 1");
    rclip.set("very-tall.jpg", "modified_at = modified_at + 0.001");
    rclip.sql(
        "INSERT INTO images (filepath, modified_at, size, vector) SELECT '/elsewhere/' || id || '.jpg', 1, 1, vector
         FROM images LIMIT 2",
    );
    rclip.sql("INSERT INTO images (filepath, modified_at, size, vector) VALUES (x'ff', 'then', -1, x'')");
    fs::remove_file(rclip.0.pics().join("animated.gif")).unwrap();
    let summary = rclip.import().expect(0).json();
    assert_eq!((summary["imported"].clone(), summary["skipped"].clone()), (json!(1), json!(13)));
    let expected = [
        ("bad_rows", 5),
        ("changed", 2),
        ("deleted", 1),
        ("indexing", 1),
        ("missing", 1),
        ("outside", 2),
        ("seen_otherwise", 3),
    ];
    let mut found = left_out(&summary);
    found.sort_unstable();
    assert_eq!(found, expected);
    let told = rclip.run(&["import", "pics", "--rclip", "rclip.db"]).expect(0);
    told.says(&[
        "1 had a vector already",
        "2 changed since",
        "1 missing",
        "2 pictures of rclip's index are outside",
    ]);
}

#[test]
fn another_model_is_refused_with_the_figure() {
    let rclip = Rclip::new();
    // Vectors that another model of these sizes might have made: the same ones, each of another picture.
    rclip.sql(
        "CREATE TABLE other AS SELECT id, vector FROM images;
         UPDATE images SET vector = (SELECT vector FROM other WHERE other.id = 1 + images.id % 13);
         DROP TABLE other",
    );
    rclip.import().expect(1).says(&["are not those of model", "median cosine 0.", "run `pixseek index`"]);
    rclip.run(&["search", "pics", "x"]).expect(1).says(&["is not indexed"]);

    let run = |model: &str| -> Ran {
        let args = ["import", "pics", "--rclip", "rclip.db", "--model", model];
        rclip.0.run(args)
    };
    let wanted = "are those of model 'laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K', not of 'demo'";
    run("demo").expect(1).says(&[wanted, "pixseek models fetch laion/"]);
    run(data("parity/open-clip-gelu").to_str().unwrap()).expect(1).says(&["are those of model 'laion/"]);
    // Older versions of rclip had another model.
    rclip.sql("UPDATE db_version SET version = 2");
    let model = data("rclip/model");
    run(model.to_str().unwrap()).expect(1).says(&["are those of model 'openai/clip-vit-base-patch32'"]);
    // Of itself it takes rclip's model, which is not here.
    let args = ["import", "pics", "--rclip", "rclip.db"];
    let ran: Ran = rclip.0.command().env_remove("PIXSEEK_MODEL").args(args).output().unwrap().into();
    ran.expect(1).says(&["'openai/clip-vit-base-patch32' is not downloaded", "pixseek models fetch"]);
    rclip.run(&["import", "pics", "--rclip", "rclip.db", "--precision", "int8"]).expect(2);
}

#[test]
fn the_index_is_found_where_rclip_keeps_it() {
    let rclip = Rclip::new();
    let usual = if cfg!(target_os = "macos") {
        "home/Library/Application Support/rclip"
    } else {
        "home/.local/share/rclip"
    };
    let model = data("rclip/model");
    let import = |args: &[&str], named: Option<&str>| -> Ran {
        let mut command = rclip.0.command();
        command.env_remove("RCLIP_DATADIR").env("PIXSEEK_MODEL", &model);
        if let Some(named) = named {
            command.env("RCLIP_DATADIR", rclip.0.home().join(named));
        }
        command.args(args).output().unwrap().into()
    };
    import(&["import", "pics", "--rclip"], None).expect(1).says(&[
        usual,
        "db.sqlite3' is not there",
        "--rclip DB",
    ]);
    fs::create_dir_all(rclip.0.home().join(usual)).unwrap();
    fs::copy(rclip.database(), rclip.0.home().join(usual).join("db.sqlite3")).unwrap();
    import(&["import", "pics", "--rclip"], None).expect(0).says(&["10 imported from rclip"]);
    // A folder after the option is the folder.
    import(&["import", "--rclip", "pics"], None).expect(0).says(&["10 had a vector already"]);
    import(&["import", "--rclip", "pics"], Some("elsewhere"))
        .expect(1)
        .says(&["elsewhere/db.sqlite3' is not"]);
    import(&["import", "--rclip", "rclip.db", "pics"], None).expect(0);
    import(&["import"], None).expect(2);
    import(&["import", "pics", "--embeddings", "x.npy"], None).expect(2);
}

#[test]
fn what_is_no_index_of_rclips_is_told() {
    let rclip = Rclip::new();
    let home = rclip.0.home();
    let import = |name: &str| rclip.run(&["import", "pics", "--rclip", name]).expect(1);
    fs::write(home.join("text"), "just a text that is long enough").unwrap();
    import("text").says(&["'text' is none: it is no SQLite database", "name it with --rclip DB"]);
    fs::write(home.join("short"), "SQL").unwrap();
    import("short").says(&["is none"]);
    Connection::open(home.join("foreign.db")).unwrap().execute_batch("CREATE TABLE images (a)").unwrap();
    import("foreign.db").says(&["it has not the tables of rclip's"]);
    let odd = "CREATE TABLE images (id); CREATE TABLE db_version (version INTEGER)";
    Connection::open(home.join("odd.db")).unwrap().execute_batch(odd).unwrap();
    import("odd.db").says(&["it has not the columns of rclip's"]);
    let view = "CREATE TABLE t (id, deleted, filepath, modified_at, size, vector, indexing); CREATE VIEW images AS SELECT * FROM t;
                CREATE TABLE db_version (version INTEGER)";
    Connection::open(home.join("view.db")).unwrap().execute_batch(view).unwrap();
    import("view.db").says(&["it has not the tables of rclip's"]);

    let mut bytes = fs::read(rclip.database()).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0xa5);
    }
    fs::write(home.join("damaged.db"), bytes).unwrap();
    import("damaged.db").says(&["'damaged.db' is damaged", "run `pixseek index`"]);
    rclip.sql("UPDATE db_version SET version = 5");
    import("rclip.db").says(&["has version 5, made by a newer rclip", "update pixseek"]);
    // None of these left a trace.
    assert!(!home.join("data/pixseek/collections").exists());
}

#[test]
fn an_index_that_rclip_is_writing_is_waited_for_and_then_told() {
    let rclip = Rclip::new();
    let writer = Connection::open(rclip.database()).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    rclip.import().expect(1).says(&["is locked by another program", "wait until rclip has ended"]);
    writer.execute_batch("ROLLBACK").unwrap();
    // While it has only begun to write, it can be read.
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE images SET size = 0").unwrap();
    assert_eq!(rclip.import().expect(0).json()["imported"], 10);
}

#[test]
fn nothing_for_the_folder_leaves_nothing_behind() {
    let rclip = Rclip::new();
    fs::create_dir(rclip.0.home().join("other")).unwrap();
    let summary = rclip.run(&["import", "other", "--rclip", "rclip.db", "--json"]).expect(1).json();
    assert_eq!((summary["imported"].clone(), summary["left_out"]["outside"].clone()), (json!(0), json!(13)));
    assert!(!rclip.0.home().join("data/pixseek/collections").exists());
}
