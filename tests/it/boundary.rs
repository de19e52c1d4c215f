//! A catalogue that came from a stranger: paths in it that leave the folder are neither printed, opened nor moved.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::common::Sandbox;
use crate::terminal::Terminal;

const ESC: &str = "\x1b";
const CTRL_O: &str = "\x0f";
const F5: &str = "\x1b[15~";
const F8: &str = "\x1b[19~";

/// A sandbox whose `pics`, with the index beside them, has `a.png` and a link to a folder with `secret.png`.
fn stranger() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let picture = sandbox.picture("a.png", 1);
    let outside = sandbox.home().canonicalize().unwrap().join("private");
    fs::create_dir(&outside).unwrap();
    let secret = outside.join("secret.png");
    fs::copy(picture, &secret).unwrap();
    sandbox.run(["index", "pics", "--here", "-q"]).expect(0);
    symlink(&outside, sandbox.pics().join("out")).unwrap();
    symlink(&secret, sandbox.pics().join("link.png")).unwrap();
    (sandbox, secret)
}

fn catalogue(sandbox: &Sandbox) -> Connection {
    Connection::open(sandbox.pics().join(".pixseek/catalog.db")).unwrap()
}

/// Enters pictures with these paths and the contents of `a.png`, readable ones and unreadable ones.
fn enter(sandbox: &Sandbox, paths: &[String]) {
    let catalogue = catalogue(sandbox);
    for (path, error) in paths
        .iter()
        .map(|path| (path.clone(), None))
        .chain(paths.iter().map(|path| (format!("{path}.bad"), Some("cut short"))))
    {
        catalogue
            .execute(
                "INSERT INTO pictures (path, size, mtime_ns, hash, width, height, error, change)
                 SELECT ?1, size, mtime_ns, hash, width, height, ?2, change FROM pictures WHERE path = CAST('a.png' AS BLOB)",
                (path.as_bytes(), error),
            )
            .unwrap();
    }
    catalogue.execute("UPDATE meta SET value = value + 1 WHERE key = 'change'", []).unwrap();
}

fn odd_paths(secret: &Path) -> Vec<String> {
    let absolute = secret.to_str().unwrap().to_owned();
    [&absolute, "../private/secret.png", "out/secret.png", "link.png", "./a.png", "x/../a.png", "a\0.png", ""]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn paths_that_leave_the_folder_are_not_printed() {
    let (sandbox, secret) = stranger();
    enter(&sandbox, &odd_paths(&secret));
    let only = format!("{}\n", sandbox.pics().join("a.png").display());
    let ran = sandbox.run(["search", "pics", "red", "-n99", "--paths"]).expect(0);
    assert_eq!(ran.text(), only);
    assert_eq!(ran.stderr.matches("lead out of the folder").count(), 1, "told once: {}", ran.stderr);
    fs::copy(&secret, sandbox.home().join("query.png")).unwrap();
    let similar = ["similar", "query.png", "pics", "-n99", "--paths"];
    assert_eq!(sandbox.run(similar).expect(0).text(), only);
    sandbox.run(["export", "pics", "--out", "x.npy", "-0"]).expect(0);
    assert_eq!(fs::read(sandbox.home().join("x.paths.txt")).unwrap(), b"a.png\0");
    // The last two are names within the folder.
    let failed = sandbox.run(["status", "pics", "--failed"]).expect(0).text();
    let mut failed: Vec<_> = failed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    failed.sort_unstable();
    let within = [".bad", "link.png.bad"].map(|name| sandbox.pics().join(name));
    assert_eq!(failed, within.each_ref().map(|path| path.to_str().unwrap()));
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert!(status["pictures"].as_u64().unwrap() <= 3, "{status}");
    // The next look at the folder tidies up, and touches nothing else.
    sandbox.run(["index", "pics"]).expect(0);
    assert!(secret.exists());
}

#[test]
fn links_count_only_where_this_user_chose_to_follow_them() {
    let (sandbox, secret) = stranger();
    let names = |sandbox: &Sandbox| {
        let mut names = sandbox.run(["search", "pics", "red", "--json"]).expect(0).names();
        names.sort();
        names
    };
    enter(&sandbox, &odd_paths(&secret));
    // A catalogue that says it follows links says so for whoever made it.
    let walk = r#"{"hidden":false,"no_ignore":false,"follow":true}"#;
    catalogue(&sandbox).execute("INSERT OR REPLACE INTO meta VALUES ('walk', ?1)", [walk]).unwrap();
    assert_eq!(names(&sandbox), ["a.png"]);
    let ran = sandbox.run(["index", "pics"]).expect(0).says(&["links are not followed", "-L"]);
    assert!(ran.stderr.contains("1 pictures searchable"), "{}", ran.stderr);
    // Asked for here, it is remembered.
    sandbox.run(["index", "pics", "-L"]).expect(0);
    assert_eq!(names(&sandbox), ["a.png", "link.png", "secret.png"]);
    sandbox.run(["index", "pics"]).expect(0);
    assert_eq!(names(&sandbox), ["a.png", "link.png", "secret.png"]);
    sandbox.run(["index", "pics", "--no-follow"]).expect(0);
    assert_eq!(names(&sandbox), ["a.png"]);
}

#[test]
fn a_collection_that_moves_beside_its_pictures_still_follows_links() {
    let (sandbox, _) = stranger();
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    sandbox.run(["index", "pics", "-L", "-q"]).expect(0);
    let ran = sandbox.run(["index", "pics", "--here"]).expect(0);
    assert!(ran.stderr.contains("3 pictures searchable"), "{}", ran.stderr);
}

#[test]
fn the_browser_neither_shows_opens_runs_nor_moves_what_is_outside() {
    let (sandbox, secret) = stranger();
    let settings = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&settings).unwrap();
    fs::write(
        settings.join("config.toml"),
        "[[action]]\nname = \"mark\"\ncommand = \"touch ran #\"\nkey = \"f5\"\n",
    )
    .unwrap();
    let change = "UPDATE pictures SET path = CAST('out/secret.png' AS BLOB)";
    catalogue(&sandbox).execute(change, []).unwrap();
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index"]);
    terminal.selects("secret.png");
    terminal.shows("out of the folder");
    terminal.send(F5);
    terminal.shows("mark: not run");
    terminal.send(CTRL_O);
    terminal.shows("not opened");
    terminal.send(F8);
    terminal.shows("to the trash?");
    terminal.send("y");
    terminal.shows("0 pictures moved to the trash");
    terminal.send("\r");
    let (status, screen, _) = terminal.end();
    assert_eq!((status.exit_code(), screen.trim()), (1, ""));
    assert!(secret.exists() && !sandbox.home().join("ran").exists());
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index"]);
    terminal.selects("secret.png");
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn a_model_in_a_folder_is_opened_only_where_this_user_chose_it() {
    let (sandbox, _) = stranger();
    let model = sandbox.model("assets/demo-model");
    let name = model.to_str().unwrap().to_owned();
    let catalog = catalogue(&sandbox);
    catalog.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?1)", [&name]).unwrap();
    catalog.execute("UPDATE models SET id = ?1", [&name]).unwrap();
    drop(catalog);
    let search = |sandbox: &Sandbox| {
        let mut command = sandbox.command();
        command.env_remove("PIXSEEK_MODEL").args(["search", "pics", "red", "--json"]);
        crate::common::Ran::from(command.output().unwrap())
    };
    search(&sandbox).expect(1).says(&["not chosen on this machine"]);
    // Asked for here, it is remembered.
    sandbox.run(["index", "pics", "-q", "--model", &name]).expect(0);
    assert_eq!(search(&sandbox).expect(0).names(), ["a.png"]);
}

#[test]
fn an_index_that_was_made_elsewhere_is_greeted_once_and_its_settings_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture(".hidden.png", 2);
    let ran = sandbox.run(["index", "pics", "--here", "-H"]).expect(0);
    assert!(
        ran.stderr.contains("2 pictures searchable") && !ran.stderr.contains("this machine"),
        "{}",
        ran.stderr
    );
    assert_eq!(crate::common::counts(&sandbox.index())[4], 2, "what was chosen here counts");
    fs::rename(sandbox.pics(), sandbox.home().join("copied")).unwrap();
    let search = ["search", "copied", "red", "--json"];
    sandbox.run(search).expect(0).says(&["index was not made on this machine", "does not count"]);
    let again = sandbox.run(search).expect(0);
    assert!(!again.stderr.contains("was not made"), "{}", again.stderr);
    let ran = sandbox.run(["index", "copied"]).expect(0).says(&["1 pictures searchable", "this machine"]);
    assert!(ran.stdout.is_empty());
    let ran = sandbox.run(["index", "copied", "-H"]).expect(0).says(&["2 pictures searchable"]);
    assert!(ran.stdout.is_empty());
    let ran = sandbox.run(["index", "copied"]).expect(0).says(&["2 pictures searchable"]);
    assert!(!ran.stderr.contains("this machine"), "{}", ran.stderr);
}

#[test]
fn an_index_folder_that_is_a_link_is_refused() {
    let (sandbox, _) = stranger();
    let other = sandbox.home().join("other");
    fs::create_dir(&other).unwrap();
    symlink(sandbox.pics().join(".pixseek"), other.join(".pixseek")).unwrap();
    let catalog = sandbox.pics().join(".pixseek/catalog.db");
    let before = fs::read(&catalog).unwrap();
    for args in [
        &["index", "other"][..],
        &["index", "other", "--here"],
        &["search", "other", "red"],
        &["repair", "other"],
    ] {
        sandbox.run(args).expect(1).says(&[".pixseek", "is a link", "remove the link"]);
    }
    assert!(fs::read(&catalog).unwrap() == before);
    assert_eq!(sandbox.run(["search", "pics", "red", "--json"]).expect(0).names(), ["a.png"]);
}

#[test]
fn forgetting_leaves_what_is_not_pixseeks() {
    let (sandbox, _) = stranger();
    let folder = sandbox.pics().join(".pixseek");
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    fs::create_dir(folder.join("catalog.db-mine")).unwrap();
    for lock in ["vectors.lock", "hnsw.lock", "ocr.lock"] {
        fs::write(folder.join(lock), "").unwrap();
    }
    sandbox.run(["collections", "forget", "pics"]).expect(0).says(&["not pixseek's stays", "notes.txt"]);
    let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["catalog.db-mine", "notes.txt"]);
    sandbox.run(["search", "pics", "red"]).expect(1).says(&["not indexed"]);
    fs::remove_file(folder.join("notes.txt")).unwrap();
    fs::remove_dir(folder.join("catalog.db-mine")).unwrap();
    sandbox.run(["index", "pics", "--here", "-q"]).expect(0);
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    assert!(!folder.exists());
}
