//! Facts in the catalogue: what files and sidecars say is there after `index`, changes of sidecars are noticed, and pictures
//! that were indexed before get theirs without being encoded again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use crate::common::{Ran, Sandbox, counts, files};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/facts").join(name)
}

fn add(sandbox: &Sandbox, from: &str, to: &str) -> PathBuf {
    let path = sandbox.pics().join(to);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(data(from), &path).unwrap();
    path
}

fn catalog(sandbox: &Sandbox) -> Connection {
    Connection::open(&files(&sandbox.home().join("data/pixseek/collections"), "catalog.db")[0]).unwrap()
}

/// What a query over pictures and facts answers for a path, as text.
fn ask(sandbox: &Sandbox, path: &str, columns: &str) -> String {
    let sql = format!(
        "SELECT concat_ws('|', {columns}) FROM facts JOIN pictures ON id = picture WHERE CAST(path AS TEXT) = ?1"
    );
    catalog(sandbox).query_row(&sql, [path], |row| row.get(0)).unwrap()
}

/// The names that a query of the table of words finds.
fn words(sandbox: &Sandbox, query: &str) -> Vec<String> {
    let connection = catalog(sandbox);
    let mut statement = connection
        .prepare("SELECT CAST(path AS TEXT) FROM words JOIN pictures ON id = words.rowid WHERE words MATCH ?1 ORDER BY path")
        .unwrap();
    let names = statement.query_map([query], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

const TAGS: &str =
    "(SELECT group_concat(tag) FROM (SELECT tag FROM tags WHERE tags.picture = id ORDER BY tag))";

#[test]
fn what_files_and_sidecars_say_is_in_the_catalogue() {
    let sandbox = Sandbox::new();
    add(&sandbox, "all.jpg", "trip/all.jpg");
    add(&sandbox, "words.png", "word.png");
    add(&sandbox, "digikam.xmp", "word.png.xmp");
    add(&sandbox, "lightroom.xmp", "word.XMP");
    fs::copy(data("all.jpg"), sandbox.pics().join("copy of all.jpg")).unwrap();
    add(&sandbox, "darktable.xmp", "copy of all.jpg.xmp");
    fs::write(sandbox.pics().join("empty.jpg"), "").unwrap();
    assert_eq!(counts(&sandbox.index()), [3, 0, 0, 1, 3]);
    assert_eq!(
        ask(
            &sandbox,
            "trip/all.jpg",
            "taken, taken_ns, taken_offset, taken_from, make, model, lens, iso, exposure"
        ),
        "1562956245|250000000|7200|exif|FUJIFILM|X-T3|XF23mmF1.4 R|800|0.004"
    );
    let written = format!("rating, title, caption, {TAGS}, orientation, width, height, format, size > 0");
    assert_eq!(
        ask(&sandbox, "trip/all.jpg", &written),
        "4|Écluse|Boats in the harbour|boat,été|6|8|12|JPEG|1"
    );
    // A copy has the same contents, and a sidecar of its own.
    assert_eq!(ask(&sandbox, "copy of all.jpg", &format!("rating, title, {TAGS}")), "-1|Écluse|fog,weather");
    // Of two sidecars the one with the picture's whole name counts first.
    assert_eq!(
        ask(&sandbox, "word.png", &format!("rating, title, {TAGS}, model")),
        "3|Zürich|Anna,People,lake|Canon EOS R5"
    );
    let all: i64 = catalog(&sandbox).query_row("SELECT count(*) FROM facts", [], |row| row.get(0)).unwrap();
    assert_eq!(all, 3);
    assert_eq!(words(&sandbox, "tag:ETE"), ["trip/all.jpg"]);
    assert_eq!(words(&sandbox, "name:copy"), ["copy of all.jpg"]);
    assert_eq!(words(&sandbox, "caption:zurich"), ["word.png"]);
}

#[test]
fn a_sidecar_that_comes_changes_or_goes_is_noticed_without_encoding() {
    let sandbox = Sandbox::new();
    add(&sandbox, "all.jpg", "a.jpg");
    add(&sandbox, "words.png", "b.png");
    sandbox.index();
    let titles = || ["a.jpg", "b.png"].map(|path| ask(&sandbox, path, "title"));
    assert_eq!(titles(), ["Écluse", "Écluse"]);
    let update = |expected: [&str; 2]| {
        let ran: Ran = sandbox.run(["index", "pics", "--json"]).expect(0);
        assert_eq!(counts(&ran.json()), [0, 2, 0, 0, 2]);
        assert_eq!(titles(), expected);
        ran
    };
    let sidecar = add(&sandbox, "digikam.xmp", "a.xmp");
    update(["Zürich", "Écluse"]).says(&["1 pictures whose dates, cameras and tags are read"]);
    fs::copy(data("lightroom.xmp"), &sidecar).unwrap();
    update(["Bridge & river", "Écluse"]);
    assert_eq!(words(&sandbox, "caption:zurich"), Vec::<String>::new());
    // Of the same size, but later.
    let text = fs::read_to_string(&sidecar).unwrap().replace("Bridge", "Brücke").replacen(
        "left bank",
        "left ban",
        1,
    );
    fs::write(&sidecar, text).unwrap();
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().write(true).open(&sidecar).unwrap().set_modified(later).unwrap();
    update(["Brücke & river", "Écluse"]);
    fs::remove_file(&sidecar).unwrap();
    update(["Écluse", "Écluse"]);
    let quiet = update(["Écluse", "Écluse"]);
    assert!(!quiet.stderr.contains("are read"), "{}", quiet.stderr);
}

#[test]
fn pictures_that_were_indexed_before_get_their_facts_without_encoding() {
    let sandbox = Sandbox::new();
    add(&sandbox, "all.jpg", "sub/a.jpg");
    add(&sandbox, "absurd.jpg", "b.jpg");
    sandbox.index();
    // A catalogue of version 3.
    catalog(&sandbox)
        .execute_batch(
            "DROP TABLE facts; DROP TABLE tags; DROP TABLE words; DROP TABLE thumbprints; DROP TABLE texts;
             DROP TABLE text_words; DROP INDEX embeddings_without_checksum;
             ALTER TABLE embeddings DROP COLUMN checksum; PRAGMA user_version = 3",
        )
        .unwrap();
    let hits = |sandbox: &Sandbox| sandbox.run(["search", "pics", "x", "--json"]).expect(0).text();
    let before = hits(&sandbox);
    let ran = sandbox.run(["index", "pics", "--json"]).expect(0);
    assert_eq!(counts(&ran.json()), [0, 2, 0, 0, 2]);
    ran.says(&["2 pictures whose dates, cameras and tags are read"]);
    assert_eq!(hits(&sandbox), before);
    assert_eq!(ask(&sandbox, "sub/a.jpg", "model, title, rating"), "X-T3|Écluse|4");
    assert_eq!(ask(&sandbox, "b.jpg", "taken, taken_from, iso"), "1514862245|exif|102400");
    // A part brings in its own alone.
    catalog(&sandbox).execute_batch("DELETE FROM facts").unwrap();
    sandbox.run(["index", "pics/sub", "-q"]).expect(0);
    let left: i64 = catalog(&sandbox).query_row("SELECT count(*) FROM facts", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

#[test]
fn without_a_date_the_modification_time_counts_as_local_clocks_show_it() {
    let sandbox = Sandbox::new();
    let path = sandbox.picture("plain.png", 1);
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_562_956_245, 500_000_000);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    // POSIX: five and a half hours ahead of UTC.
    let index =
        || sandbox.command().env("TZ", "<+0530>-5:30").args(["index", "pics", "-q"]).output().unwrap();
    Ran::from(index()).expect(0);
    let taken = "taken, taken_ns, taken_offset, taken_from";
    assert_eq!(ask(&sandbox, "plain.png", taken), "1562976045|500000000|19800|modified");
    // Touched: its contents are known, its time is new.
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(time + Duration::from_secs(60))
        .unwrap();
    Ran::from(index()).expect(0);
    assert_eq!(ask(&sandbox, "plain.png", taken), "1562976105|500000000|19800|modified");
    // Moved.
    fs::rename(&path, sandbox.pics().join("renamed.png")).unwrap();
    Ran::from(index()).expect(0);
    assert_eq!(words(&sandbox, "name:renamed"), ["renamed.png"]);
    assert_eq!(words(&sandbox, "name:plain"), Vec::<String>::new());
}

#[test]
fn hostile_sidecars_do_no_harm() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c", "d"] {
        add(&sandbox, "all.jpg", &format!("{name}.jpg"));
    }
    let at = |name: &str| sandbox.pics().join(name);
    let xmp = fs::read_to_string(data("digikam.xmp")).unwrap();
    fs::write(at("a.xmp"), xmp.clone() + &" ".repeat(10_000_000)).unwrap();
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    fs::write(
        at("b.xmp"),
        bomb.to_owned()
            + xmp.trim_start_matches("<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"),
    )
    .unwrap();
    fs::write(at("c.xmp"), [0xff, 0xfe, 0, 0]).unwrap();
    fs::create_dir(at("d.xmp")).unwrap();
    assert_eq!(counts(&sandbox.index()), [4, 0, 0, 0, 4]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(ask(&sandbox, &format!("{name}.jpg"), "title"), "Écluse", "{name}");
    }
    // They are not read again and again.
    let again = sandbox.run(["index", "pics", "--json"]).expect(0);
    assert!(!again.stderr.contains("are read"), "{}", again.stderr);
}
