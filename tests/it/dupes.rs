//! `pixseek dupes` and `search --fold`: copies are found whatever was done to them, and other pictures are not.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use rusqlite::Connection;
use serde_json::Value;

use crate::common::{Sandbox, files};

/// A picture of soft discs on a slope of colours, another for each seed.
fn scene(seed: u32) -> RgbImage {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let discs: Vec<[f32; 6]> = (0..9).map(|_| std::array::from_fn(|_| next())).collect();
    RgbImage::from_fn(320, 240, |x, y| {
        let (x, y) = (x as f32 / 320.0, y as f32 / 240.0);
        let mut color = [120.0 + 90.0 * y, 140.0, 200.0 - 80.0 * x];
        for [at_x, at_y, size, disc @ ..] in &discs {
            let distance = ((x - at_x).powi(2) + (y - at_y).powi(2)).sqrt();
            let share = ((0.06 + size * 0.2 - distance) * 40.0).clamp(0.0, 1.0);
            for (value, disc) in color.iter_mut().zip(disc) {
                *value += (disc * 255.0 - *value) * share;
            }
        }
        Rgb(color.map(|value| value as u8))
    })
}

fn save(sandbox: &Sandbox, name: &str, picture: &RgbImage, quality: u8, age: u64) -> PathBuf {
    let path = sandbox.pics().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    JpegEncoder::new_with_quality(File::create(&path).unwrap(), quality).encode_image(picture).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age);
    File::options().append(true).open(&path).unwrap().set_modified(at).unwrap();
    path
}

/// A folder of two pictures with copies, and three others.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let boat = scene(1);
    save(&sandbox, "boat.jpg", &boat, 92, 50);
    fs::copy(sandbox.pics().join("boat.jpg"), sandbox.pics().join("boat (1).jpg")).unwrap();
    save(&sandbox, "sub/poor.jpg", &boat, 30, 10);
    save(&sandbox, "small.jpg", &imageops::resize(&boat, 100, 75, FilterType::Triangle), 85, 90);
    save(&sandbox, "cut.jpg", &imageops::crop_imm(&boat, 8, 6, 304, 228).to_image(), 85, 90);
    save(&sandbox, "bright.jpg", &imageops::colorops::brighten(&boat, 18), 85, 5);
    save(&sandbox, "city.jpg", &scene(2), 90, 5);
    imageops::resize(&scene(2), 640, 480, FilterType::CatmullRom)
        .save(sandbox.pics().join("city.png"))
        .unwrap();
    for seed in 3..6 {
        save(&sandbox, &format!("other-{seed}.jpg"), &scene(seed), 90, 5);
    }
    sandbox
}

/// The names of the files of each group.
fn groups(text: &str, sandbox: &Sandbox) -> Vec<Vec<String>> {
    let root = format!("{}/", sandbox.pics().display());
    let name = |line: &str| line.strip_prefix(&root).unwrap().to_owned();
    text.split("\n\n").map(|group| group.lines().map(name).collect()).collect()
}

#[test]
fn copies_are_grouped_with_the_best_first() {
    let sandbox = sandbox();
    sandbox.index();
    let ran = sandbox.run(["dupes", "pics"]).expect(0);
    let found = groups(&ran.text(), &sandbox);
    assert_eq!(found.len(), 2, "{found:?}");
    // By the paths of the best; the oldest of the largest is the best.
    assert_eq!(found[0][0], "boat.jpg");
    let mut boats = found[0].clone();
    boats.sort();
    assert_eq!(boats, ["boat (1).jpg", "boat.jpg", "bright.jpg", "cut.jpg", "small.jpg", "sub/poor.jpg"]);
    assert_eq!(found[1], ["city.png", "city.jpg"]);
    // All but the best, for other programs.
    let rest = sandbox.run(["dupes", "pics", "--rest"]).expect(0).text();
    assert_eq!((rest.lines().count(), rest.contains("\n\n")), (6, false));
    let print0 = sandbox.run(["dupes", "pics", "--rest", "-0"]).expect(0).stdout;
    assert_eq!((print0.iter().filter(|byte| **byte == 0).count(), print0.contains(&b'\n')), (6, false));
    let json: Vec<Value> = sandbox
        .run(["dupes", "-C", "pics", "--json"])
        .expect(0)
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((json.len(), &json[0]["group"], &json[1]["group"]), (2, &1.into(), &2.into()));
    let best = &json[1]["pictures"][0];
    assert_eq!(
        (&best["width"], &best["height"], &best["similarity"]),
        (&640.into(), &480.into(), &1.0.into())
    );
    let bytes = fs::metadata(sandbox.pics().join("city.png")).unwrap().len();
    assert_eq!(best["bytes"], bytes);
    assert!(json[1]["pictures"][1]["similarity"].as_f64().unwrap() > 0.95);
    // A part of the folder has groups of its own, here none.
    let none = sandbox.run(["dupes", "pics/sub"]).expect(1);
    assert!(none.stderr.contains("no look-alikes in"), "{}", none.stderr);
    let strict = sandbox.run(["dupes", "pics", "--threshold", "1"]).expect(0).text();
    assert_eq!(groups(&strict, &sandbox), [["boat.jpg", "boat (1).jpg"]]);
    sandbox.run(["dupes", "pics", "--threshold", "7"]).expect(2);
    fs::create_dir(sandbox.home().join("empty")).unwrap();
    let unindexed = sandbox.run(["dupes", "empty"]).expect(1);
    assert!(unindexed.stderr.contains("pixseek index"), "{}", unindexed.stderr);
}

#[test]
fn pictures_that_an_earlier_version_indexed_are_looked_at_once() {
    let sandbox = sandbox();
    sandbox.index();
    let expected = sandbox.run(["dupes", "pics"]).expect(0).text();
    let catalog = &files(&sandbox.home().join("data/pixseek/collections"), "catalog.db")[0];
    let forget = || {
        let connection = Connection::open(catalog).unwrap();
        connection
            .execute_batch("DELETE FROM thumbprints; DELETE FROM meta WHERE key = 'thumbprints'")
            .unwrap();
    };
    forget();
    let ran = sandbox.run(["dupes", "pics"]).expect(0);
    assert_eq!(ran.text(), expected);
    ran.says(&["10 pictures to look at, by which copies are recognised"]);
    let again = sandbox.run(["dupes", "pics"]).expect(0);
    assert!(again.text() == expected && again.stderr.is_empty(), "{}", again.stderr);
    forget();
    sandbox.run(["index", "pics"]).expect(0).says(&["10 pictures to look at"]);
    assert!(sandbox.run(["dupes", "pics"]).expect(0).stderr.is_empty());
    // Those whose file went meanwhile are told.
    forget();
    fs::remove_file(sandbox.pics().join("other-3.jpg")).unwrap();
    sandbox.run(["dupes", "pics"]).expect(0).says(&["1 picture not compared"]);
}

#[test]
fn a_folded_search_has_each_look_alike_once() {
    let sandbox = sandbox();
    sandbox.index();
    let search = |options: &[&str]| {
        let ran = sandbox.run(["search", "pics", "a boat"].iter().chain(options));
        ran.expect(0)
    };
    assert_eq!(search(&["-n", "20"]).text().lines().count(), 11, "without --fold, every path is returned");
    let rows: Vec<Value> = search(&["--fold", "--json"])
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut similar: Vec<u64> = rows.iter().map(|row| row["similar"].as_u64().unwrap()).collect();
    similar.sort_unstable();
    assert_eq!(similar, [0, 0, 0, 1, 5]);
    // The best result of a group stands for it, and a filter holds for what is counted.
    let filtered = sandbox.run(["search", "pics", "in:sub", "--fold", "--json"]).expect(0).json();
    assert_eq!(filtered["similar"], 0);
    let two = search(&["--fold", "-n", "2", "--paths"]).text();
    assert_eq!(two.lines().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn the_browser_folds_look_alikes_and_cleans_up() {
    use crate::terminal::Terminal;
    const F6: &str = "\x1b[17~";
    let sandbox = sandbox();
    sandbox.index();
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index"]);
    // The newest is a copy of another.
    terminal.wait("a row that stands for others", |screen| screen.contains(" +1") && screen.contains(" +5"));
    terminal.selects("city.png");
    terminal.send("\x1bg");
    terminal.wait("what it stands for", |screen| screen.contains("└ city.jpg"));
    terminal.send("\x1bl");
    terminal.wait("a row for each", |screen| screen.contains("1/11") && !screen.contains('└'));
    terminal.send("\x1bl");
    terminal.shows(" +5");
    terminal.send(F6);
    terminal.shows("look-alikes: 2 groups of 8 pictures");
    terminal.selects("boat.jpg");
    terminal.send("\x1br");
    terminal.shows("move 5 pictures to the trash?");
    terminal.send("y");
    terminal.shows("look-alikes: 1 group of 2 pictures");
    let left = |name: &str| sandbox.pics().join(name).exists();
    assert!(left("boat.jpg") && !left("boat (1).jpg") && !left("sub/poor.jpg") && left("city.jpg"));
    terminal.send("\x1bz");
    terminal.shows("look-alikes: 2 groups of 8 pictures");
    assert!(left("boat (1).jpg") && left("sub/poor.jpg"));
    terminal.send("\x1b");
    terminal.wait("the results again", |screen| !screen.contains("look-alikes:"));
    terminal.send("\x1b");
    assert_eq!(terminal.end().0.exit_code(), 130);
}
