//! Disks that are full or can't be written, and catalogues that are damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use crate::common::{Ran, Sandbox, counts, set_mode};

/// Runs the binary on a disk on which no file can grow.
fn run_without_room(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let plain = sandbox.command();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]).arg(plain.get_program()).args(args);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(sandbox.home()).output().unwrap().into()
}

fn catalog(sandbox: &Sandbox) -> PathBuf {
    crate::common::files(&sandbox.home().join("data"), "catalog.db").remove(0)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    path.with_file_name(format!("{}{end}", path.file_name().unwrap().to_string_lossy()))
}

/// Makes the catalogue one whose last change, a picture that is gone, is only in its log, as a killed run leaves it.
fn leave_log(catalog: &Path) {
    let connection = Connection::open(catalog).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    connection
        .execute_batch(
            "UPDATE meta SET value = value + 1 WHERE key = 'change';
             UPDATE pictures SET removed_at = 1, change = (SELECT value FROM meta WHERE key = 'change')
             WHERE path = CAST('2.png' AS BLOB)",
        )
        .unwrap();
    let (file, log) = (fs::read(catalog).unwrap(), fs::read(beside(catalog, "-wal")).unwrap());
    drop(connection);
    // Leaving has written the log into the file.
    fs::write(catalog, file).unwrap();
    fs::write(beside(catalog, "-wal"), log).unwrap();
    let _ = fs::remove_file(beside(catalog, "-shm"));
}

fn indexed(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::unprivileged();
    sandbox.picture("1.png", 1);
    sandbox.picture("2.png", 2);
    sandbox.run(["index", "pics"].iter().chain(options)).expect(0);
    sandbox
}

#[test]
fn a_full_disk_can_be_searched_and_loses_nothing() {
    let sandbox = indexed(&[]);
    let search = ["search", "pics", "red", "--json"];
    assert_eq!(run_without_room(&sandbox, &search).expect(0).says(&["the disk is full"]).names().len(), 2);
    let status = run_without_room(&sandbox, &["status", "pics", "--json"]).expect(0).json();
    assert_eq!(status["pictures"], 2);
    sandbox.picture("3.png", 3);
    run_without_room(&sandbox, &["index", "pics"]).expect(1).says(&["catalog.db", "can't be written"]);
    assert_eq!(counts(&sandbox.index()), [1, 2, 0, 0, 3]);
}

#[test]
fn on_a_full_disk_the_log_counts_too() {
    let sandbox = indexed(&[]);
    leave_log(&catalog(&sandbox));
    let search = ["search", "pics", "red", "--json"];
    assert_eq!(run_without_room(&sandbox, &search).expect(0).names(), ["1.png"]);
    assert_eq!(sandbox.run(search).expect(0).names(), ["1.png"]);
}

#[test]
fn on_a_disk_that_can_not_be_written_the_log_counts_too() {
    let sandbox = indexed(&["--here"]);
    let folder = sandbox.pics().join(".pixseek");
    let catalog = folder.join("catalog.db");
    leave_log(&catalog);
    for file in [catalog.clone(), beside(&catalog, "-wal")] {
        set_mode(&file, 0o444);
    }
    set_mode(&folder, 0o555);
    let before = fs::read(&catalog).unwrap();
    let ran = sandbox.run_unprivileged(&["search", "pics", "red", "--json"]).expect(0);
    assert_eq!((ran.names(), ran.stderr.as_str()), (vec!["1.png".to_owned()], ""));
    set_mode(&folder, 0o755);
    assert!(fs::read(&catalog).unwrap() == before);
}

#[test]
fn damage_within_a_catalogue_is_told_with_its_name_and_the_way_out() {
    let sandbox = Sandbox::new();
    for seed in 0..100 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    sandbox.index();
    let path = catalog(&sandbox);
    let mut bytes = fs::read(&path).unwrap();
    // The header and the first page stay, so that the damage shows late.
    bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&path, bytes).unwrap();
    for args in [
        &["search", "pics", "red"][..],
        &["status", "pics"],
        &["index", "pics"],
        &["index", "pics", "--force"],
        &["export", "pics", "--out", "x.npy"],
        &["similar", "pics/1.png", "pics"],
    ] {
        sandbox.run(args).expect(1).says(&["catalog.db", "damaged", "delete it"]);
    }
    sandbox.run(["collections"]).expect(1).says(&["catalog.db", "damaged", "delete it"]);
}
