//! Pictures of every format against what Pillow, libheif, libavif, libjxl and OpenJPEG make of them.
//!
//! `tools/pictures/formats.py` makes the pictures, the expected pixels beside them, and the list of allowed differences.

use std::fs;
use std::path::{Path, PathBuf};

use super::decode::{decode, decode_reduced, describe};
use super::limits::Limits;
use super::source::Source;

const FOLDER: &str = "tests/data/pictures/formats";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER)
}

/// The name and the allowed mean difference of every picture.
fn pictures() -> Vec<(String, f64)> {
    let list = fs::read_to_string(folder().join("list.txt")).unwrap();
    let pictures: Vec<_> = list
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, tolerance)| (name.to_owned(), tolerance.parse().unwrap()))
        .filter(|(name, _): &(String, f64)| is_built_in(name))
        .collect();
    assert!(pictures.len() > 60, "{}", pictures.len());
    pictures
}

/// Whether this build reads the format.
fn is_built_in(name: &str) -> bool {
    match name.rsplit('.').next().unwrap() {
        "icns" if name.starts_with("jpeg2000") => cfg!(feature = "jpeg2000"),
        "heic" => cfg!(feature = "heic"),
        "avif" => cfg!(feature = "avif"),
        "jxl" => cfg!(feature = "jxl"),
        "jp2" | "j2k" => cfg!(feature = "jpeg2000"),
        "psd" | "psb" => cfg!(feature = "psd"),
        "svg" | "svgz" => cfg!(feature = "svg"),
        _ => true,
    }
}

#[test]
fn every_format_looks_as_its_usual_reader_shows_it() {
    let mut wrong = Vec::new();
    for (name, tolerance) in pictures() {
        let path = folder().join(&name);
        let bytes = fs::read(&path).unwrap();
        let expected = image::open(folder().join(format!("{name}.png"))).unwrap().into_rgb8();
        let picture = match decode(Source::new(&bytes, &path), &Limits::default()) {
            Ok(picture) => picture,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        if picture.pixels.dimensions() != expected.dimensions() {
            wrong.push(format!("{name}: {:?} for {:?}", picture.pixels.dimensions(), expected.dimensions()));
            continue;
        }
        let pairs = picture.pixels.as_raw().iter().zip(expected.as_raw());
        let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / expected.as_raw().len() as f64;
        if std::env::var_os("PIXSEEK_SHOW_DIFFERENCES").is_some() {
            eprintln!("{name}: {mean:.3} of {tolerance}");
        }
        if mean > tolerance {
            wrong.push(format!("{name}: differs by {mean:.3}, not {tolerance}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sizes_are_known_without_decoding() {
    for (name, _) in pictures() {
        let path = folder().join(&name);
        let bytes = fs::read(&path).unwrap();
        let expected = image::image_dimensions(folder().join(format!("{name}.png"))).unwrap();
        let (size, _) = describe(Source::new(&bytes, &path), &Limits::default()).unwrap();
        assert_eq!(size, expected, "{name}");
    }
}

#[test]
fn pictures_over_the_limit_of_pixels_are_refused_by_their_header() {
    let limits = Limits { max_pixels: 200, ..Limits::default() };
    for (name, _) in pictures() {
        let path = folder().join(&name);
        let bytes = fs::read(&path).unwrap();
        let error = decode(Source::new(&bytes, &path), &limits).unwrap_err().to_string();
        assert!(error.contains("over the limit"), "{name}: {error}");
    }
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    for (name, _) in pictures() {
        let path = folder().join(&name);
        let bytes = fs::read(&path).unwrap();
        let (width, height) = image::image_dimensions(folder().join(format!("{name}.png"))).unwrap();
        let mut asked = 0;
        let refused = decode_reduced(
            Source::new(&bytes, &path),
            &Limits::default(),
            |width, height| (width, height),
            |memory| {
                asked = memory;
                false
            },
        );
        assert!(refused.unwrap().is_none(), "{name}");
        assert!(asked >= 3 * u64::from(width) * u64::from(height), "{name}: {asked} bytes");
    }
}

#[test]
fn damaged_files_never_panic() {
    let limits = Limits { max_pixels: 100_000, max_memory: 100_000_000, ..Limits::default() };
    let mut seed = 0x2545_f491_u32;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed as usize
    };
    // A panic of rav1d, whose functions are those of C, ends the process, which is a child's: tests/it/decode_worker.rs.
    for (name, _) in pictures().into_iter().filter(|(name, _)| !name.ends_with(".avif")) {
        let path = folder().join(&name);
        let whole = fs::read(&path).unwrap();
        for _ in 0..24 {
            let mut bytes = whole.clone();
            for _ in 0..1 + random() % 3 {
                // Headers matter more than pixels.
                let end = if random() % 2 == 0 { whole.len().min(200) } else { whole.len() };
                bytes[random() % end] = random() as u8;
            }
            if random() % 4 == 0 {
                bytes.truncate(random() % whole.len());
            }
            // Any answer is fine; an abort is not, and a panic of a decoder is caught.
            let _ = decode(Source::new(&bytes, &path), &limits);
        }
    }
}
