//! Folders that were renamed, moved or copied: their index is found again.

use std::fs;
use std::path::Path;

use crate::common::{Sandbox, counts};

fn indexed() -> Sandbox {
    let sandbox = Sandbox::new();
    for seed in 1..=5 {
        sandbox.picture(format!("sub/{seed}.png"), seed);
    }
    sandbox.index();
    sandbox
}

fn collections(sandbox: &Sandbox) -> Vec<String> {
    let listed = sandbox.run(["collections"]).expect(0).text();
    listed.lines().map(|line| line.rsplit('/').next().unwrap().to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn a_renamed_folder_keeps_its_index() {
    let sandbox = indexed();
    fs::rename(sandbox.pics(), sandbox.home().join("new")).unwrap();
    let ran = sandbox.run(["search", "new/sub", "a shape", "--json"]).expect(0).says(&["was", "before"]);
    assert_eq!(ran.names().len(), 5);
    assert_eq!(collections(&sandbox), ["new"]);
    let ran = sandbox.run(["index", "new", "--json"]).expect(0);
    assert_eq!((counts(&ran.json()), ran.stderr.contains("before")), ([0, 5, 0, 0, 5], false));
}

#[cfg(unix)]
#[test]
fn another_folder_with_the_number_of_a_deleted_one_gets_no_index() {
    let sandbox = indexed();
    fs::rename(sandbox.pics(), sandbox.home().join("new")).unwrap();
    fs::remove_dir_all(sandbox.home().join("new/sub")).unwrap();
    sandbox.run(["search", "new", "a shape"]).expect(1).says(&["not indexed"]);
    assert_eq!(collections(&sandbox), ["pics"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(drop).unwrap() }
    }
}

#[test]
fn a_copy_of_a_folder_that_is_gone_needs_no_encoding() {
    let sandbox = indexed();
    copy(&sandbox.pics(), &sandbox.home().join("copy"));
    fs::remove_dir_all(sandbox.pics()).unwrap();
    let ran = sandbox.run(["index", "copy", "--json"]).expect(0).says(&["is gone", "collections forget"]);
    assert_eq!(counts(&ran.json()), [0, 5, 0, 0, 5]);
    // The old index stays, should its disk come back.
    assert_eq!(collections(&sandbox), ["copy", "pics"]);
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    assert_eq!(collections(&sandbox), ["copy"]);
}

#[test]
fn while_the_original_is_there_a_copy_is_a_folder_of_its_own() {
    let sandbox = indexed();
    copy(&sandbox.pics(), &sandbox.home().join("copy"));
    let ran = sandbox.run(["index", "copy", "--json"]).expect(0);
    assert_eq!((counts(&ran.json()), ran.stderr.contains("is gone")), ([5, 0, 0, 0, 5], false));
}

#[test]
fn an_index_is_moved_by_command() {
    let sandbox = indexed();
    sandbox.run(["collections", "move", "pics", "nowhere"]).expect(1).says(&["nowhere"]);
    // Other files, as after editing all of them: not recognised.
    let new = sandbox.home().join("new");
    copy(&sandbox.pics(), &new);
    for seed in 1..=3 {
        let path = new.join(format!("sub/{seed}.png"));
        fs::rename(&path, path.with_extension("moved.png")).unwrap();
    }
    fs::remove_dir_all(sandbox.pics()).unwrap();
    sandbox.run(["search", "new", "a shape"]).expect(1).says(&["not indexed"]);
    sandbox.run(["collections", "move", "pics", "new"]).expect(0).says(&["new", "pics"]);
    assert_eq!(collections(&sandbox), ["new"]);
    assert_eq!(counts(&sandbox.run(["index", "new", "--json"]).expect(0).json()), [0, 5, 0, 0, 5]);
    sandbox.run(["collections", "move", "pics", "new"]).expect(1).says(&["no index of its own"]);
    fs::create_dir(sandbox.home().join("other")).unwrap();
    sandbox.run(["index", "other"]).expect(0);
    sandbox.run(["collections", "move", "new", "other"]).expect(1).says(&["has an index already", "forget"]);
    sandbox.run(["collections", "move", "new", "other/../new/sub"]).expect(0);
    assert_eq!(collections(&sandbox), ["sub", "other"]);
}

#[test]
fn an_index_beside_its_pictures_moves_by_itself() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    fs::create_dir(sandbox.home().join("new")).unwrap();
    sandbox.run(["collections", "move", "pics", "new"]).expect(1).says(&["moves with them"]);
}
