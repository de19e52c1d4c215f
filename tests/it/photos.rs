//! Every filter on photos that other programs wrote: exiftool, Pillow, piexif, exiv2, Adobe's XMP library, and darktable. What
//! each filter should leave is computed here from what exiftool reads in the files (`tools/pictures/photos.py`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::common::Sandbox;

/// 2025-06-15 12:00 UTC: the file's own time, which counts where nothing is written.
const MODIFIED: Duration = Duration::from_secs(1_749_988_800);

/// What exiftool reads of a photo.
struct Photo(Value);

impl Photo {
    fn path(&self) -> &str {
        self.0["path"].as_str().unwrap()
    }

    /// The time of capture, as ISO 8601 has it.
    fn taken(&self) -> &str {
        self.0["taken"].as_str().unwrap_or("2025-06-15T12")
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.0[name].as_f64()
    }

    fn pixels(&self) -> (f64, f64) {
        (self.number("width").unwrap(), self.number("height").unwrap())
    }

    /// Whether all words of `text` are among those of a field.
    fn says(&self, field: &str, text: &str) -> bool {
        has_all(&self.0[field], text)
    }

    /// Whether all words of `text` are in one tag.
    fn has_tag(&self, text: &str) -> bool {
        self.0["tags"].as_array().unwrap().iter().any(|tag| has_all(tag, text))
    }

    /// Kilometres to a place on a sphere of the Earth's mean radius, by the spherical law of cosines.
    fn distance(&self, latitude: f64, longitude: f64) -> Option<f64> {
        let (there, at) = (self.0["place"][0].as_f64()?.to_radians(), latitude.to_radians());
        let turn = (self.0["place"][1].as_f64()? - longitude).to_radians();
        let cosine = there.sin() * at.sin() + there.cos() * at.cos() * turn.cos();
        Some(6371.0088 * cosine.clamp(-1.0, 1.0).acos())
    }

    fn is_within(&self, latitude: f64, longitude: f64, kilometres: f64) -> bool {
        self.distance(latitude, longitude).is_some_and(|distance| distance <= kilometres)
    }
}

fn has_all(words: &Value, text: &str) -> bool {
    let words: Vec<&str> = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    text.split(' ').all(|word| match word.strip_suffix('*') {
        Some(beginning) => words.iter().any(|word| word.starts_with(beginning)),
        None => words.contains(&word),
    })
}

/// The sandbox with all photos and sidecars, indexed, and what exiftool reads of them.
fn photos() -> (Sandbox, Vec<Photo>) {
    let (sandbox, folder) =
        (Sandbox::new(), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/photos"));
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for program in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if program.is_dir() {
            copy(&program, &sandbox.pics().join(program.file_name().unwrap()));
        }
    }
    let report = sandbox.index();
    let photos: Vec<Photo> = expected.as_array().unwrap().iter().cloned().map(Photo).collect();
    assert_eq!(
        (report["pictures"].as_u64(), report["failed"].as_u64()),
        (Some(photos.len() as u64), Some(0))
    );
    (sandbox, photos)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let to = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            fs::write(&to, fs::read(&entry).unwrap()).unwrap();
            let file = fs::File::options().write(true).open(&to).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + MODIFIED).unwrap();
        }
    }
}

/// The paths that a query finds, in the order of the results.
#[track_caller]
fn found(sandbox: &Sandbox, query: &str) -> Vec<String> {
    let ran = sandbox.run(["search", "pics", "--json", "-n", "99", query]);
    let root = sandbox.pics();
    let path = |line: &str| {
        let path = serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_owned();
        Path::new(&path).strip_prefix(&root).unwrap().to_str().unwrap().to_owned()
    };
    ran.text().lines().map(path).collect()
}

/// A query of one filter, and whether it should leave a photo.
type Row = (&'static str, fn(&Photo) -> bool);

const ROWS: &[Row] = &[
    ("in:exiftool", |photo| photo.path().starts_with("exiftool/")),
    ("in:exiftool/2020", |photo| photo.path().starts_with("exiftool/2020/")),
    ("path:*.jpg", |photo| photo.path().ends_with(".jpg")),
    ("path:exiftool/**/*.{png,tif}", |photo| {
        photo.path().starts_with("exiftool/")
            && [".png", ".tif"].iter().any(|end| photo.path().ends_with(end))
    }),
    ("name:img*", |photo| photo.says("name", "img*")),
    ("name:3001", |photo| photo.says("name", "3001")),
    ("name:\"iptc only\"", |photo| photo.says("name", "iptc only")),
    ("ext:jpg", |photo| [".jpg", ".jpeg", ".JPG"].iter().any(|end| photo.path().ends_with(end))),
    ("ext:tiff,gif,jp2", |photo| [".tif", ".gif", ".jp2"].iter().any(|end| photo.path().ends_with(end))),
    ("after:2022", |photo| photo.taken() >= "2022"),
    ("after:2021-01-01", |photo| photo.taken() >= "2021-01-01"),
    ("before:2021", |photo| photo.taken() < "2021"),
    ("before:2022-08-16", |photo| photo.taken() < "2022-08-16"),
    ("on:2020-02-29", |photo| photo.taken().starts_with("2020-02-29")),
    ("on:2024-04", |photo| photo.taken().starts_with("2024-04")),
    ("on:2020", |photo| photo.taken().starts_with("2020")),
    ("on:2025", |photo| photo.taken().starts_with("2025")),
    ("size>1.2kb", |photo| photo.number("bytes").unwrap() > 1200.0),
    ("size<=1091", |photo| photo.number("bytes").unwrap() <= 1091.0),
    ("width>=40", |photo| photo.pixels().0 >= 40.0),
    ("width=30", |photo| photo.pixels().0 == 30.0),
    ("height<24", |photo| photo.pixels().1 < 24.0),
    ("mp>0.0012", |photo| photo.pixels().0 * photo.pixels().1 > 1200.0),
    ("shape:landscape", |photo| photo.pixels().0 > photo.pixels().1),
    ("shape:portrait", |photo| photo.pixels().0 < photo.pixels().1),
    ("shape:square", |photo| photo.pixels().0 == photo.pixels().1),
    ("shape:panorama", |photo| {
        let (width, height) = photo.pixels();
        width.max(height) >= 2.5 * width.min(height)
    }),
    ("camera:canon", |photo| photo.says("camera", "canon")),
    ("camera:\"nikon z\"", |photo| photo.says("camera", "nikon z")),
    ("camera:x-t3", |photo| photo.says("camera", "x t3")),
    ("camera:olymp*", |photo| photo.says("camera", "olymp*")),
    ("lens:xf23mmf1*", |photo| photo.says("lens", "xf23mmf1*")),
    ("lens:macro", |photo| photo.says("lens", "macro")),
    ("lens:24-70mm", |photo| photo.says("lens", "24 70mm")),
    ("iso>800", |photo| photo.number("iso").is_some_and(|iso| iso > 800.0)),
    ("iso<=100", |photo| photo.number("iso").is_some_and(|iso| iso <= 100.0)),
    ("iso:640", |photo| photo.number("iso") == Some(640.0)),
    ("tag:boat", |photo| photo.has_tag("boat")),
    ("tag:ÉTÉ", |photo| photo.has_tag("ete")),
    ("tag:ete", |photo| photo.has_tag("ete")),
    ("tag:夏", |photo| photo.has_tag("夏")),
    ("tag:straße", |photo| photo.has_tag("straße")),
    ("tag:new", |photo| photo.has_tag("new")),
    ("tag:\"new york\"", |photo| photo.has_tag("new york")),
    ("tag:people", |photo| photo.has_tag("people")),
    ("tag:europe", |photo| photo.has_tag("europe")),
    ("tag:paris", |photo| photo.has_tag("paris")),
    ("tag:tree", |photo| photo.has_tag("tree")),
    ("tag:\"kings cross\"", |photo| photo.has_tag("kings cross")),
    ("tag:\"great barrier\"", |photo| photo.has_tag("great barrier")),
    ("tag:film", |photo| photo.has_tag("film")),
    ("tag:flag", |photo| photo.has_tag("flag")),
    ("rating>=4", |photo| photo.number("rating").is_some_and(|stars| stars >= 4.0)),
    ("rating=3", |photo| photo.number("rating") == Some(3.0)),
    ("rating<2", |photo| photo.number("rating").is_some_and(|stars| stars < 2.0)),
    ("caption:ecluse", |photo| photo.says("caption", "ecluse")),
    ("caption:zurich", |photo| photo.says("caption", "zurich")),
    ("caption:\"left bridge\"", |photo| photo.says("caption", "left bridge")),
    ("caption:blossoms", |photo| photo.says("caption", "blossoms")),
    ("caption:platform", |photo| photo.says("caption", "platform")),
    ("caption:coral", |photo| photo.says("caption", "coral")),
    ("caption:print", |photo| photo.says("caption", "print")),
    ("near:48.8566,2.3522,10", |photo| photo.is_within(48.8566, 2.3522, 10.0)),
    ("near:51.5,-0.12,400", |photo| photo.is_within(51.5, -0.12, 400.0)),
    ("near:-33.9,18.4,50", |photo| photo.is_within(-33.9, 18.4, 50.0)),
    ("near:-33.87,151.2,5", |photo| photo.is_within(-33.87, 151.2, 5.0)),
    ("near:40.7,-74,2.2", |photo| photo.is_within(40.7, -74.0, 2.2)),
    ("near:46.8,8.2,200", |photo| photo.is_within(46.8, 8.2, 200.0)),
];

#[test]
fn filters_leave_what_exiftool_reads() {
    let (sandbox, photos) = photos();
    let mut wrong = Vec::new();
    for (query, fits) in ROWS {
        for negated in [false, true] {
            // A negated row is no other code for each filter: some do.
            if negated && !query.contains(['4', 'c']) {
                continue;
            }
            let expected: BTreeSet<&str> =
                photos.iter().filter(|photo| fits(photo) != negated).map(Photo::path).collect();
            assert!(!expected.is_empty() && expected.len() < photos.len(), "{query} tells nothing apart");
            let query = if negated { format!("-{query}") } else { (*query).to_owned() };
            let found = found(&sandbox, &query);
            if found.iter().map(String::as_str).collect::<BTreeSet<_>>() != expected {
                wrong.push(format!("{query}\n  found    {found:?}\n  expected {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn orders_are_those_of_what_exiftool_reads() {
    let (sandbox, photos) = photos();
    let taken = |path: &str| photos.iter().find(|photo| photo.path() == path).unwrap().taken();
    let newest: Vec<String> = found(&sandbox, "sort:newest");
    assert_eq!(newest.len(), photos.len());
    assert!(newest.is_sorted_by(|a, b| taken(a) >= taken(b)), "{newest:?}");
    let oldest = found(&sandbox, "sort:oldest");
    assert!(oldest.is_sorted_by(|a, b| taken(a) <= taken(b)), "{oldest:?}");
    let pixels = |path: &str| {
        let (width, height) = photos.iter().find(|photo| photo.path() == path).unwrap().pixels();
        width * height
    };
    let largest = found(&sandbox, "sort:largest -in:exiv2");
    assert!(largest.is_sorted_by(|a, b| pixels(a) >= pixels(b)), "{largest:?}");
    let name = |path: &str| path.rsplit('/').next().unwrap().to_ascii_lowercase();
    let names = found(&sandbox, "sort:name");
    assert!(names.is_sorted_by(|a, b| name(a) <= name(b)), "{names:?}");
}
