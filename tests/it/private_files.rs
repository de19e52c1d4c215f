//! Who may look into what pixseek keeps: nobody else into the data folder; beside the pictures whoever may see them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, files, set_mode};
use crate::terminal::Terminal;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A folder and everything in it.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

#[track_caller]
fn assert_private(folder: &Path) {
    for path in all(folder) {
        assert_eq!(mode(&path) & 0o077, 0, "{} has mode {:o}", path.display(), mode(&path));
    }
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    (1..4).for_each(|seed| drop(sandbox.picture(format!("{seed}.png"), seed)));
    sandbox
}

#[test]
fn the_data_folder_is_the_users_alone() {
    let sandbox = sandbox();
    sandbox.index();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "square"]);
    terminal.shows("3 pictures");
    terminal.send("s");
    terminal.shows("squares");
    terminal.send("\r");
    terminal.end();
    let data = sandbox.home().join("data/pixseek");
    let names = all(&data).iter().map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    for name in ["collections", "catalog.db", "history", "pixseek.log"] {
        assert!(names.iter().any(|other| other == name), "no {name} in {names:?}");
    }
    assert_private(&data);
}

#[test]
fn what_an_older_version_left_open_is_closed() {
    let sandbox = sandbox();
    sandbox.run(["index", "pics", "--approximate"]).expect(0);
    let data = sandbox.home().join("data/pixseek");
    fs::write(data.join("history"), "two cats\n").unwrap();
    for command in [
        &["search", "pics", "square"][..],
        &["status", "pics"],
        &["index", "pics"],
        &["export", "pics", "--out", "x.npy"],
    ] {
        for path in all(&data) {
            set_mode(&path, if path.is_dir() { 0o755 } else { 0o644 });
        }
        sandbox.run(command).expect(0);
        assert_private(&data);
    }
    set_mode(&data, 0o755);
    set_mode(&data.join("collections"), 0o755);
    sandbox.run(["collections"]).expect(0);
    assert_private(&data);
}

#[test]
fn beside_the_pictures_it_is_as_open_as_they_are() {
    for (folder, file) in [(0o700, 0o600), (0o755, 0o644), (0o2775, 0o664)] {
        let sandbox = sandbox();
        set_mode(&sandbox.pics(), folder);
        sandbox.run(["index", "pics", "--here", "--approximate"]).expect(0);
        let beside = sandbox.pics().join(".pixseek");
        assert!(!files(&beside, "hnsw-").is_empty());
        for path in all(&beside) {
            assert_eq!(mode(&path), if path.is_dir() { folder } else { file }, "{}", path.display());
        }
        // What the user made of it stays.
        set_mode(&beside, 0o711);
        sandbox.run(["search", "pics", "square"]).expect(0);
        assert_eq!(mode(&beside), 0o711);
    }
}

#[test]
fn settings_that_can_not_be_reached_are_none_and_those_that_may_not_be_read_are_an_error() {
    let sandbox = Sandbox::unprivileged();
    sandbox.picture("1.png", 1);
    let folder = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "nonsense").unwrap();
    let index = || sandbox.run_unprivileged(&["index", "pics", "-q"]);
    index().expect(1).says(&["config.toml", "line 1"]);
    set_mode(&folder.join("config.toml"), 0);
    index().expect(1).says(&["config.toml", "Permission denied"]);
    // As another user's under `sudo -u`.
    set_mode(&folder, 0);
    let ran = index();
    set_mode(&folder, 0o700);
    ran.expect(0);
}
