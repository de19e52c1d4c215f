//! `pixseek index`: what is read, what is reused, what survives.

mod common;

use std::fs::{self, File};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use common::{Sandbox, counts, wait_for};

/// indexed, reused, removed, failed, pictures
type Counts = [u64; 5];

#[track_caller]
fn expect(sandbox: &Sandbox, expected: Counts) {
    assert_eq!(counts(&sandbox.index()), expected);
}

#[test]
fn only_what_changed_is_read_again() {
    let sandbox = Sandbox::new();
    for seed in 1..=5 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    expect(&sandbox, [5, 0, 0, 0, 5]);
    expect(&sandbox, [0, 5, 0, 0, 5]);

    sandbox.picture("6.jpg", 6);
    expect(&sandbox, [1, 5, 0, 0, 6]);

    // Touched: read, not encoded. Changed: encoded.
    let touched = File::options().append(true).open(sandbox.pics().join("1.png")).unwrap();
    touched.set_modified(SystemTime::now() - Duration::from_secs(1000)).unwrap();
    sandbox.picture("2.png", 77);
    expect(&sandbox, [1, 5, 0, 0, 6]);

    fs::remove_file(sandbox.pics().join("3.png")).unwrap();
    expect(&sandbox, [0, 5, 1, 0, 5]);
    expect(&sandbox, [0, 5, 0, 0, 5]);

    // Back again: its vector was kept.
    sandbox.picture("3.png", 3);
    expect(&sandbox, [0, 6, 0, 0, 6]);

    let forced = sandbox.run(["index", "pics", "--force", "--json"]).expect(0).json();
    assert_eq!(counts(&forced), [6, 0, 0, 0, 6]);
}

#[test]
fn moved_files_are_recognised_and_copies_need_no_encoding() {
    let sandbox = Sandbox::new();
    for seed in 1..=3 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    sandbox.index();
    fs::create_dir(sandbox.pics().join("sub")).unwrap();
    fs::rename(sandbox.pics().join("1.png"), sandbox.pics().join("sub/one.png")).unwrap();
    expect(&sandbox, [0, 3, 0, 0, 3]);
    // A name swapped between two files.
    fs::rename(sandbox.pics().join("2.png"), sandbox.pics().join("tmp.png")).unwrap();
    fs::rename(sandbox.pics().join("3.png"), sandbox.pics().join("2.png")).unwrap();
    fs::rename(sandbox.pics().join("tmp.png"), sandbox.pics().join("3.png")).unwrap();
    expect(&sandbox, [0, 3, 0, 0, 3]);

    fs::copy(sandbox.pics().join("2.png"), sandbox.pics().join("copy.png")).unwrap();
    expect(&sandbox, [1, 3, 0, 0, 4]);
    let names = sandbox.run(["similar", "pics/2.png", "pics", "--json", "-n1"]).expect(0).names();
    assert_eq!(names, ["copy.png"]);
}

#[test]
fn pruned_pictures_are_forgotten() {
    let sandbox = Sandbox::new();
    let path = sandbox.picture("1.png", 1);
    sandbox.picture("2.png", 2);
    sandbox.index();
    fs::remove_file(&path).unwrap();
    let pruned = sandbox.run(["index", "pics", "--prune", "--json"]).expect(0).json();
    assert_eq!(counts(&pruned), [0, 1, 1, 0, 1]);
    sandbox.picture("1.png", 1);
    expect(&sandbox, [1, 1, 0, 0, 2]);
}

#[test]
fn the_index_can_live_beside_the_pictures_and_move_with_them() {
    let sandbox = Sandbox::new();
    sandbox.picture("a/1.png", 1);
    sandbox.picture("2.png", 2);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    assert!(sandbox.pics().join(".pixseek/catalog.db").is_file());
    let moved = sandbox.home().join("moved");
    fs::rename(sandbox.pics(), &moved).unwrap();
    let found = sandbox.run(["search", "-C", "moved", "--paths", "a shape"]).expect(0).text();
    assert_eq!(found.lines().count(), 2);
    assert!(found.lines().all(|path| path.starts_with(moved.canonicalize().unwrap().to_str().unwrap())));
    let again = sandbox.run(["index", "moved", "--json"]).expect(0).json();
    assert_eq!(counts(&again), [0, 2, 0, 0, 2]);
}

#[test]
fn a_subfolder_uses_its_parents_index() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture("sub/2.png", 2);
    sandbox.picture("sub2/3.png", 3);
    sandbox.index();
    let found = sandbox.run(["search", "pics/sub", "a shape", "--json"]).expect(0).names();
    assert_eq!(found, ["2.png"]);
    sandbox.picture("sub/4.png", 4);
    sandbox.picture("5.png", 5);
    // Only the subfolder is looked at.
    let summary = sandbox.run(["index", "pics/sub", "--json"]).expect(0).json();
    assert_eq!(counts(&summary), [1, 1, 0, 0, 2]);
    expect(&sandbox, [1, 4, 0, 0, 5]);
    let listed = sandbox.run(["collections"]).expect(0).text();
    assert_eq!(listed.lines().collect::<Vec<_>>(), [format!("5\tdemo\t{}", sandbox.pics().display())]);
}

#[test]
fn walk_flags_are_remembered_until_undone() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture(".hidden/2.png", 2);
    expect(&sandbox, [1, 0, 0, 0, 1]);
    let hidden = sandbox.run(["index", "pics", "-H", "--json"]).expect(0).json();
    assert_eq!(counts(&hidden), [1, 1, 0, 0, 2]);
    expect(&sandbox, [0, 2, 0, 0, 2]);
    let undone = sandbox.run(["index", "pics", "--no-hidden", "--json"]).expect(0).json();
    assert_eq!(counts(&undone), [0, 1, 1, 0, 1]);
}

#[test]
fn a_killed_run_goes_on_from_its_last_batch() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
    let total = fs::read_dir(sandbox.pics()).unwrap().count() as u64 - 1;
    let mut child =
        sandbox.command().args(["index", "pics", "--threads", "1"]).stderr(Stdio::null()).spawn().unwrap();
    let status = || {
        let ran = sandbox.run(["status", "pics", "--json"]);
        (ran.code == Some(0)).then(|| ran.json()["pictures"].as_u64().unwrap())
    };
    wait_for("the first batch", || status().filter(|&pictures| pictures > 0));
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = status().unwrap();
    assert!(kept > 0 && kept < total, "{kept} of {total}: killed too late to show anything");
    expect(&sandbox, [total - kept, kept, 0, 0, total]);
}

#[test]
fn two_runs_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
    let total = fs::read_dir(sandbox.pics()).unwrap().count() as u64 - 1;
    let start = || sandbox.command().args(["index", "pics", "-q"]).spawn().unwrap();
    let (mut one, mut other) = (start(), start());
    assert!(one.wait().unwrap().success());
    assert!(other.wait().unwrap().success());
    expect(&sandbox, [0, total, 0, 0, total]);
}

#[cfg(unix)]
#[test]
fn an_unmounted_folder_deletes_nothing() {
    use std::os::unix::fs::symlink;
    // A link to a folder of another device stands for the mount.
    let shm = std::path::Path::new("/dev/shm");
    let Ok(elsewhere) = tempfile::tempdir_in(shm) else { return };
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    let there = elsewhere.path().join("pics");
    fs::create_dir(&there).unwrap();
    fs::create_dir(there.join(".pixseek")).unwrap();
    fs::copy(sandbox.pics().join(".pixseek/catalog.db"), there.join(".pixseek/catalog.db")).unwrap();
    symlink(&there, sandbox.home().join("mount")).unwrap();
    sandbox.run(["index", "mount"]).expect(1).says(&["mounted", "--prune"]);
    let status = sandbox.run(["status", "mount", "--json"]).expect(0).json();
    assert_eq!(status["pictures"], 1);
    let pruned = sandbox.run(["index", "mount", "--prune", "--json"]).expect(0).json();
    assert_eq!(counts(&pruned), [0, 0, 1, 0, 0]);
}
