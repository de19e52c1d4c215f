//! A folder of pictures that comes from somebody else, with links in its `.pixseek` that lead to the user's own files:
//! nothing that pixseek does there may write through them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, files};

/// Names of the files that pixseek makes or once made beside a catalogue, for a model with this key.
fn names(key: &str, segment: &str) -> Vec<String> {
    let mut names = Vec::new();
    for file in [
        format!("vectors-{key}"),
        format!("vectors-{key}.bin"),
        segment.to_owned(),
        format!("hnsw-{key}"),
        format!("hnsw-{key}-"),
        "catalog".to_owned(),
        "catalog.db".to_owned(),
        "history".to_owned(),
        "x.npy".to_owned(),
    ] {
        for end in ["part", "tmp", "draft", "new", "1.part", "4711.part"] {
            names.push(format!(".{file}.{end}"));
            names.push(format!("{file}.{end}"));
        }
    }
    let whole = ["catalog.part", "vectors.lock", "hnsw.lock"];
    names.extend(whole.map(str::to_owned));
    names.push(format!("vectors-{key}.bin"));
    names.push(segment.to_owned());
    names
}

/// Plants links of these names in a folder, each to a file of the user's with its own text.
fn plant(folder: &Path, names: &[String], mine: &Path) -> Vec<(PathBuf, String)> {
    fs::create_dir_all(mine).unwrap();
    let plant = |(number, name): (usize, &String)| {
        let (file, text) = (mine.join(number.to_string()), format!("mine {number}"));
        fs::write(&file, &text).unwrap();
        drop(fs::remove_file(folder.join(name)));
        symlink(&file, folder.join(name)).unwrap();
        (file, text)
    };
    names.iter().enumerate().map(plant).collect()
}

/// A folder that is large enough for a snapshot, indexed with a snapshot and graphs beside the pictures.
fn indexed() -> Sandbox {
    let sandbox = Sandbox::new();
    let originals = [1, 2, 3].map(|seed| sandbox.picture(format!("{seed}.png"), seed));
    for copy in 0..2000 {
        fs::hard_link(&originals[copy % 3], sandbox.pics().join(format!("copy{copy}.png"))).unwrap();
    }
    sandbox.run(["index", "pics", "--here", "--approximate", "-q"]).expect(0);
    sandbox
}

#[test]
fn nothing_is_written_through_them() {
    let sandbox = indexed();
    let beside = sandbox.pics().join(".pixseek");
    let key =
        files(&beside, "vectors-")[0].file_stem().unwrap().to_string_lossy()["vectors-".len()..].to_owned();
    let segment = files(&beside, "hnsw-")
        .into_iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .find(|name| name.ends_with(".bin"))
        .unwrap();
    let whole = sandbox.run(["search", "pics", "a square", "--json"]).expect(0).text();

    let mine = plant(&beside, &names(&key, &segment), &sandbox.home().join("mine"));
    let kept = || mine.iter().for_each(|(file, text)| assert_eq!(&fs::read_to_string(file).unwrap(), text));
    for _ in 0..2 {
        // What can't be kept up to date is told; the pictures are searched all the same.
        sandbox.run(["index", "pics", "-q"]);
        kept();
        assert_eq!(sandbox.run(["search", "pics", "a square", "--json"]).expect(0).text(), whole);
        sandbox.run(["search", "pics", "a square", "--approximate"]);
        sandbox.run(["status", "pics"]).expect(0);
        sandbox
            .run(["export", "pics", "--out", "pics/.pixseek/x.npy", "--paths", "pics/.pixseek/x"])
            .expect(0);
        kept();
        // Then with locks of its own.
        for lock in ["vectors.lock", "hnsw.lock"] {
            drop(fs::remove_file(beside.join(lock)));
        }
    }
    sandbox.run(["index", "pics", "--approximate", "-q"]).expect(0);
    assert!(beside.join(format!("vectors-{key}.bin")).symlink_metadata().unwrap().is_file());
    assert!(beside.join(&segment).symlink_metadata().unwrap().is_file());
    kept();
}

#[test]
fn a_catalogue_is_moved_beside_the_pictures_without_them() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.index();
    let beside = sandbox.pics().join(".pixseek");
    fs::create_dir(&beside).unwrap();
    let names = ["catalog.part", ".catalog.part", "catalog.tmp"].map(str::to_owned);
    let mine = plant(&beside, &names, &sandbox.home().join("mine"));
    sandbox.run(["index", "pics", "--here", "-q"]).expect(0);
    sandbox.run(["search", "pics", "a square"]).expect(0);
    mine.iter().for_each(|(file, text)| assert_eq!(&fs::read_to_string(file).unwrap(), text));
    assert!(beside.join("catalog.db").symlink_metadata().unwrap().is_file());
}

#[test]
fn a_link_in_the_place_of_the_catalogue_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    let beside = sandbox.pics().join(".pixseek");
    fs::create_dir(&beside).unwrap();
    let mine = sandbox.home().join("mine");
    fs::write(&mine, "").unwrap();
    symlink(&mine, beside.join("catalog.db")).unwrap();
    for args in [&["index", "pics"][..], &["search", "pics", "cat"], &["status", "pics"]] {
        sandbox.run(args).expect(1).says(&["catalog.db", "a link"]);
    }
    assert_eq!(fs::read(&mine).unwrap(), b"");
}

/// SQLite follows no links to its own files.
#[test]
fn links_in_the_place_of_the_catalogues_companions_lead_nowhere() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    for end in ["-wal", "-shm", "-journal"] {
        let beside = sandbox.pics().join(".pixseek");
        let mine = plant(&beside, &[format!("catalog.db{end}")], &sandbox.home().join("mine"));
        sandbox.picture("b.png", 2);
        sandbox.run(["index", "pics"]);
        mine.iter().for_each(|(file, text)| assert_eq!(&fs::read_to_string(file).unwrap(), text, "{end}"));
        fs::remove_file(beside.join(format!("catalog.db{end}"))).unwrap();
    }
}
