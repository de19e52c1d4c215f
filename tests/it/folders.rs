//! Folders as people have them: unwanted ones, links in circles, raw files beside JPEGs, and a word about what is left out.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Sandbox, counts};

/// The counts of what was left out that are not zero.
fn omitted(object: &Value) -> Value {
    let mut omitted = object["left_out"].clone();
    let counts = omitted.as_object_mut().unwrap_or_else(|| panic!("no omitted in {object}"));
    counts.retain(|_, count| *count != json!(0) && *count != json!({}) && *count != json!(false));
    omitted
}

/// Puts a file with no picture in it beside the pictures.
fn file(sandbox: &Sandbox, name: &str) {
    let path = sandbox.pics().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "no picture").unwrap();
}

#[test]
fn pictures_that_are_all_hidden_or_ignored_are_told_of() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture(".hidden/b.png", 2);
    file(&sandbox, ".git/HEAD");
    fs::write(sandbox.pics().join(".gitignore"), "*.png\n").unwrap();
    let summary = sandbox.index();
    assert_eq!((counts(&summary), omitted(&summary)), ([0; 5], json!({"hidden": 1, "ignored": 1})));
    let words = ["1 hidden (-H includes them)", "1 ignored by .gitignore", "-I includes them"];
    sandbox.run(["index", "pics"]).expect(0).says(&words);
    sandbox.run(["search", "pics", "red"]).expect(1).says(&words);
    let status = sandbox.run(["status", "pics"]).expect(0).text();
    assert!(words.iter().all(|word| status.contains(word)), "{status}");
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(omitted(&status), json!({"hidden": 1, "ignored": 1}));
    let all = sandbox.run(["index", "pics", "-HI", "--json"]).expect(0).json();
    assert_eq!((counts(&all), omitted(&all)), ([2, 0, 0, 0, 2], json!({})));
}

#[test]
fn unwanted_folders_and_unread_formats_are_left_out_and_counted() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture("@eaDir/a.png/thumb.png", 2);
    sandbox.picture("app/cache/b.png", 3);
    file(&sandbox, "app/.nomedia");
    for name in ["c.xcf", "d.XCF", "e.eps", "f.mov", "._a.png"] {
        file(&sandbox, name);
    }
    let summary = sandbox.index();
    assert_eq!(counts(&summary), [1, 0, 0, 0, 1]);
    let unread = json!({"eps": 1, "xcf": 2});
    assert_eq!(omitted(&summary), json!({"unwanted_folders": 2, "unsupported": unread, "films": 1}));
    sandbox.run(["index", "pics"]).expect(0).says(&["2 folders of thumbnails", "1 .eps, 2 .xcf", "1 film"]);
    // Remembered, until it is undone.
    let all = sandbox.run(["index", "pics", "--no-ignore-defaults", "--json"]).expect(0).json();
    assert_eq!(counts(&all), [2, 1, 0, 0, 3]);
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
    let undone = sandbox.run(["index", "pics", "--ignore-defaults", "--json"]).expect(0).json();
    assert_eq!(counts(&undone), [0, 1, 2, 0, 1]);
}

#[test]
fn excluded_pictures_leave_the_index_and_globs_are_remembered() {
    let sandbox = Sandbox::new();
    for (seed, name) in ["a.png", "b.gif", "private/c.png", "sub/private/d.png"].into_iter().enumerate() {
        sandbox.picture(name, u8::try_from(seed).unwrap());
    }
    assert_eq!(counts(&sandbox.index()), [4, 0, 0, 0, 4]);
    let globs = ["index", "pics", "--exclude", "*.gif", "--exclude", "/private", "--json"];
    let summary = sandbox.run(globs).expect(0).json();
    assert_eq!((counts(&summary), omitted(&summary)), ([0, 2, 2, 0, 2], json!({"excluded": 2})));
    assert_eq!(counts(&sandbox.index()), [0, 2, 0, 0, 2]);
    // Globs of paths are those of the whole collection in a part of it, too; what a part leaves out is not that of the whole.
    let part = sandbox.run(["index", "pics/sub", "--json"]).expect(0).json();
    assert_eq!((counts(&part), omitted(&part)), ([0, 1, 0, 0, 1], json!({})));
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(omitted(&status), json!({"excluded": 2}));
    let undone =
        sandbox.run(["index", "pics", "--no-exclude", "--exclude", "sub", "--json"]).expect(0).json();
    assert_eq!(counts(&undone), [0, 3, 1, 0, 3]);
    sandbox
        .run(["index", "pics", "--exclude", "["])
        .expect(2)
        .says(&["--exclude", "unclosed character class"]);
}

#[test]
fn a_raw_file_counts_only_without_its_jpeg() {
    let sandbox = Sandbox::new();
    let jpeg = sandbox.picture("IMG_1.jpg", 1);
    // What is in it does not matter here: a JPEG in a raw file's place is read as what it is.
    fs::copy(sandbox.picture("x/other.jpg", 2), sandbox.pics().join("IMG_1.CR2")).unwrap();
    let summary = sandbox.index();
    assert_eq!((counts(&summary), omitted(&summary)), ([2, 0, 0, 0, 2], json!({"raw_beside_jpeg": 1})));
    sandbox.run(["index", "pics"]).expect(0).says(&["1 camera raw beside the same picture"]);
    fs::remove_file(jpeg).unwrap();
    assert_eq!(counts(&sandbox.index()), [1, 1, 1, 0, 2]);
}

#[cfg(unix)]
#[test]
fn links_in_circles_are_walked_once() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    for from in 1..=6 {
        sandbox.picture(format!("{from}/a.png"), from);
        for to in 1..=6 {
            symlink(format!("../{to}"), sandbox.pics().join(format!("{from}/{to}"))).unwrap();
        }
    }
    symlink("../..", sandbox.pics().join("1/up")).unwrap();
    let summary = sandbox.run(["index", "pics", "-L", "--json"]).expect(0).json();
    assert_eq!(counts(&summary), [6, 0, 0, 0, 6]);
    assert_eq!(counts(&sandbox.index()), [0, 6, 0, 0, 6]);
    let unfollowed = sandbox.run(["index", "pics", "--no-follow", "--json"]).expect(0).json();
    assert_eq!((counts(&unfollowed), omitted(&unfollowed)), ([0, 6, 0, 0, 6], json!({"links": 37})));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_disk_that_is_not_there_deletes_nothing() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    fs::create_dir(sandbox.home().join("disk")).unwrap();
    fs::rename(sandbox.picture("b.png", 2), sandbox.home().join("disk/b.png")).unwrap();
    symlink("../disk", sandbox.pics().join("usb")).unwrap();
    let follow = || sandbox.run(["index", "pics", "-L", "--json"]).expect(0);
    assert_eq!(counts(&follow().json()), [2, 0, 0, 0, 2]);
    fs::rename(sandbox.home().join("disk"), sandbox.home().join("away")).unwrap();
    let ran = follow();
    assert_eq!((counts(&ran.json())[2], ran.stderr.as_str()), (0, ""));
    fs::remove_file(sandbox.pics().join("usb")).unwrap();
    assert_eq!(counts(&follow().json()), [0, 1, 1, 0, 1]);
}
