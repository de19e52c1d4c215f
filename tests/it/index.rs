//! `pixseek index`: what is read, what is reused, what survives.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use crate::common::{Sandbox, counts, wait_for};

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
fn files_renamed_over_each_other_are_moved_not_new() {
    let sandbox = Sandbox::new();
    for seed in 1..=6 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    sandbox.index();
    let rename =
        |from: &str, to: &str| fs::rename(sandbox.pics().join(from), sandbox.pics().join(to)).unwrap();
    // A chain: everything is still there.
    rename("1.png", "x.png");
    rename("2.png", "1.png");
    expect(&sandbox, [0, 6, 0, 0, 6]);
    // Over another picture: that one is gone.
    rename("3.png", "4.png");
    expect(&sandbox, [0, 5, 1, 0, 5]);
    // A deletion and an edit beside it.
    fs::remove_file(sandbox.pics().join("5.png")).unwrap();
    fs::copy(sandbox.pics().join("6.png"), sandbox.pics().join("copy of 6.png")).unwrap();
    sandbox.picture("6.png", 66);
    expect(&sandbox, [1, 4, 1, 0, 5]);
}

#[test]
fn copies_in_one_run_are_pictures_like_others() {
    let sandbox = Sandbox::new();
    let pics = sandbox.pics();
    let draw = |name: &str, width| {
        image::RgbImage::from_pixel(width, 20, image::Rgb([200, 30, 9])).save(pics.join(name)).unwrap();
    };
    draw("0.png", 30);
    draw("1.png", 50);
    fs::write(pics.join("2.png"), "text").unwrap();
    for at in 3..60 {
        fs::copy(pics.join(format!("{}.png", at % 3)), pics.join(format!("{at}.png"))).unwrap();
    }
    let ran = sandbox.run(["index", "pics", "--here", "--json"]).expect(0).says(&[
        "'",
        "/59.png'",
        "not a picture",
    ]);
    assert_eq!(counts(&ran.json()), [40, 0, 0, 20, 40]);
    let forced = sandbox.run(["index", "pics", "--force", "--json"]).expect(0).json();
    assert_eq!(counts(&forced), [40, 0, 0, 20, 40]);
    let catalog = rusqlite::Connection::open(pics.join(".pixseek/catalog.db")).unwrap();
    let rows = |condition: &str| {
        let query = format!("SELECT COUNT(*), COUNT(DISTINCT hash) FROM pictures WHERE {condition}");
        catalog.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!(rows("width = 30 AND height = 20 AND error IS NULL"), (20, 1));
    assert_eq!(rows("width = 50 AND height = 20 AND error IS NULL"), (20, 1));
    assert_eq!(rows("width IS NULL AND error LIKE '%not a picture%'"), (20, 1));
}

#[test]
fn width_height_and_time_follow_the_contents() {
    let sandbox = Sandbox::new();
    let pics = sandbox.pics();
    let draw = |name: &str, width, height| {
        image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 9])).save(pics.join(name)).unwrap();
    };
    draw("a.png", 30, 20);
    draw("b.png", 50, 70);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    fs::copy(pics.join("a.png"), pics.join("copy.png")).unwrap();
    fs::copy(pics.join("b.png"), pics.join("a.png")).unwrap();
    sandbox.index();
    let catalog = rusqlite::Connection::open(pics.join(".pixseek/catalog.db")).unwrap();
    let size = |name: &str| {
        let query = "SELECT width, height FROM pictures WHERE path = ?1";
        catalog.query_row(query, [name.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!([size("copy.png"), size("a.png"), size("b.png")], [(30, 20), (50, 70), (50, 70)]);
}

#[test]
fn an_index_moves_beside_its_pictures_when_asked() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture(".hidden/2.png", 2);
    sandbox.run(["index", "pics", "-H"]).expect(0);
    let moved = sandbox.run(["index", "pics", "--here", "--json"]).expect(0).json();
    assert_eq!(counts(&moved), [0, 2, 0, 0, 2]);
    assert_eq!(sandbox.run(["collections"]).expect(0).text(), "");
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    sandbox.run(["status", "pics"]).expect(1).says(&["not indexed"]);
}

#[test]
fn a_failed_run_or_one_over_a_part_leaves_the_remembered_model() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture("sub/2.png", 2);
    // The demo model itself is remembered by its gallery alone.
    sandbox.model_named("first", "assets/demo-model");
    sandbox.run(["index", "pics", "--model", "first"]).expect(0);
    let model = sandbox.model("tests/data/parity/b32-quick-gelu");
    sandbox.run(["index", "pics/sub", "--model", "model"]).expect(0);
    sandbox.picture("new/3.png", 3);
    sandbox.run(["index", "pics/new", "--model", "model"]).expect(0);
    let weights = fs::read(model.join("model.safetensors")).unwrap();
    fs::write(model.join("model.safetensors"), &weights[..weights.len() - 100]).unwrap();
    sandbox.run(["index", "pics", "--model", "model"]).expect(1).says(&["model.safetensors"]);
    let mut command = sandbox.command();
    let found =
        command.env_remove("PIXSEEK_MODEL").args(["search", "pics", "red", "--json"]).output().unwrap();
    assert_eq!(crate::common::Ran::from(found).expect(0).names().len(), 2);
}

#[test]
fn a_folder_indexed_later_takes_over_its_subfolders() {
    let sandbox = Sandbox::new();
    sandbox.picture("sub/1.png", 1);
    sandbox.run(["index", "pics/sub"]).expect(0);
    sandbox.index();
    sandbox.picture("sub/2.png", 2);
    sandbox.index();
    assert_eq!(sandbox.run(["search", "pics/sub", "red", "--json"]).expect(0).names().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_disk_unmounted_further_down_loses_nothing() {
    use std::os::unix::fs::symlink;
    // A link that is followed to another device stands for the mount.
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    fs::copy(sandbox.picture("2.png", 2), elsewhere.path().join("2.png")).unwrap();
    fs::remove_file(sandbox.pics().join("2.png")).unwrap();
    let mount = sandbox.pics().join("disk");
    symlink(elsewhere.path(), &mount).unwrap();
    let index = |args: &[&str]| {
        let ran = sandbox.run(["index", "pics", "-L", "--json"].iter().chain(args)).expect(0);
        (counts(&ran.json()), ran.stderr)
    };
    assert_eq!(index(&[]).0, [2, 0, 0, 0, 2]);
    fs::remove_file(&mount).unwrap();
    fs::create_dir(&mount).unwrap();
    let (kept, told) = index(&[]);
    assert_eq!(kept, [0, 1, 0, 0, 2]);
    assert!(told.contains("disk") && told.contains("--prune"), "{told}");
    assert_eq!(index(&["--prune"]).0, [0, 1, 1, 0, 1]);
}

#[cfg(unix)]
#[test]
fn an_index_that_can_not_be_written_can_be_searched() {
    use crate::common::set_mode;
    let sandbox = Sandbox::unprivileged();
    sandbox.picture("1 ?#%.png", 1);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    let beside = sandbox.pics().join(".pixseek");
    set_mode(&beside.join("catalog.db"), 0o444);
    set_mode(&beside, 0o555);
    let run = |args: &[&str]| sandbox.run_unprivileged(args);
    assert_eq!(run(&["search", "pics", "red", "--json"]).expect(0).names(), ["1 ?#%.png"]);
    assert_eq!(run(&["status", "pics", "--json"]).expect(0).json()["pictures"], 1);
    // What is unchanged needs no writing.
    run(&["index", "pics"]).expect(0);
    sandbox.picture("2.png", 2);
    run(&["index", "pics"]).expect(1).says(&["catalog.db", "can't be written"]);
    set_mode(&beside, 0o755);
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

/// Kills a run over `total` pictures once its first batch is committed; how many pictures are searchable then.
fn killed_after_a_batch(sandbox: &Sandbox, options: &[&str], total: u64) -> u64 {
    let mut index = sandbox.command();
    let mut child = index.args(["index", "pics"]).args(options).stderr(Stdio::null()).spawn().unwrap();
    let status = || {
        let ran = sandbox.run(["status", "pics", "--json"]);
        (ran.code == Some(0)).then(|| ran.json()["pictures"].as_u64().unwrap())
    };
    wait_for("the first batch", || status().filter(|&pictures| pictures > 0));
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = status().unwrap();
    assert!(kept > 0 && kept < total, "{kept} of {total}: killed too late to show anything");
    kept
}

#[test]
fn a_killed_run_goes_on_from_its_last_batch() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
    let total = fs::read_dir(sandbox.pics()).unwrap().count() as u64 - 1;
    let kept = killed_after_a_batch(&sandbox, &["--threads", "1"], total);
    expect(&sandbox, [total - kept, kept, 0, 0, total]);
}

#[test]
fn a_killed_run_over_copies_goes_on_too() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
    let pics = sandbox.pics();
    let names = fs::read_dir(&pics).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with("tsv")).collect();
    names.sort();
    for name in &names {
        // One is read long before the original, one right after it.
        fs::copy(pics.join(name), pics.join(format!("0-{name}"))).unwrap();
        fs::copy(pics.join(name), pics.join(name.replace('.', "-copy."))).unwrap();
    }
    let total = 3 * names.len() as u64;
    killed_after_a_batch(&sandbox, &["--here"], total);
    let [indexed, reused, rest @ ..] = counts(&sandbox.index());
    assert_eq!((indexed + reused, rest), (total, [0, 0, total]));
    let catalog = rusqlite::Connection::open(pics.join(".pixseek/catalog.db")).unwrap();
    let query = "SELECT COUNT(*), COUNT(DISTINCT hash) FROM pictures WHERE width IS NOT NULL";
    let counted: (u64, u64) = catalog.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(counted, (total, total / 3));
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

#[cfg(unix)]
#[test]
fn files_that_were_swapped_are_noticed() {
    let sandbox = Sandbox::new();
    let time = SystemTime::now() - Duration::from_secs(1000);
    // Uncompressed, so that all have the same size.
    for seed in 1..=3 {
        let path = sandbox.picture(format!("{seed}.bmp"), seed);
        File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }
    sandbox.index();
    expect(&sandbox, [0, 3, 0, 0, 3]);
    let at = |name: &str| sandbox.pics().join(name);
    let similar = |name: &str| {
        let copy = sandbox.home().join("query.bmp");
        fs::copy(at(name), &copy).unwrap();
        let ran = sandbox.run(["similar", "query.bmp", "pics", "--json", "-n1"]).expect(0);
        ran.names().remove(0)
    };
    assert_eq!(similar("1.bmp"), "1.bmp");
    fs::rename(at("1.bmp"), at("tmp")).unwrap();
    fs::rename(at("2.bmp"), at("1.bmp")).unwrap();
    fs::rename(at("tmp"), at("2.bmp")).unwrap();
    expect(&sandbox, [0, 3, 0, 0, 3]);
    assert_eq!((similar("1.bmp"), similar("2.bmp")), ("1.bmp".into(), "2.bmp".into()));
    // Written over, with the time set back.
    let bytes = fs::read(sandbox.picture("new.bmp", 99)).unwrap();
    fs::remove_file(at("new.bmp")).unwrap();
    fs::write(at("3.bmp"), bytes).unwrap();
    File::options().append(true).open(at("3.bmp")).unwrap().set_modified(time).unwrap();
    expect(&sandbox, [1, 2, 0, 0, 3]);
    expect(&sandbox, [0, 3, 0, 0, 3]);
}
