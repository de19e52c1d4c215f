//! BMPs of all kinds against what Pillow makes of them (`tools/pictures/bmp.py`), cut short, and damaged.

use std::fs;
use std::path::Path;

use crate::picture::decode::{decode, decode_reduced};
use crate::picture::limits::Limits;

/// The name and bytes of every file.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/bmp");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bmp"))
        .map(|path| (path.to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() > 20);
    files
}

#[test]
fn every_kind_looks_as_in_pillow() {
    let mut wrong = Vec::new();
    for (name, bytes) in files() {
        let expected = image::open(name.replace(".bmp", ".png")).unwrap().into_rgb8();
        match decode(&bytes, &Limits::default()) {
            Ok(picture) if picture.pixels.dimensions() == expected.dimensions() => {
                let worst = picture.pixels.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).max();
                if worst > Some(1) || picture.damage.is_some() {
                    wrong.push(format!("{name}: off by {worst:?}, {:?}", picture.damage));
                }
            }
            Ok(picture) => wrong.push(format!("{name}: {:?}", picture.pixels.dimensions())),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn cut_files_are_shown_from_a_quarter_on_and_damage_never_panics() {
    for (name, bytes) in files() {
        let mut shown = 0;
        for length in 0..bytes.len() {
            if let Ok(picture) = decode(&bytes[..length], &Limits::default()) {
                shown += 1;
                // Padding and the mark of the end may be missing.
                assert!(picture.damage.is_some() || bytes.len() - length < 4, "{name} {length}");
            }
            let mut bytes = bytes.clone();
            bytes[length] ^= 0xff;
            let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
            // Any answer will do.
            let _ = decode(&bytes, &limits);
        }
        assert!(shown > 10, "{name}");
    }
}

#[test]
fn large_files_are_reduced_row_by_row() {
    let mut bytes = Vec::new();
    let picture =
        image::RgbImage::from_fn(6000, 4000, |x, _| image::Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Bmp).unwrap();
    let mut asked = 0;
    let reserve = |memory| {
        asked = memory;
        true
    };
    let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| (600, 400), reserve).unwrap().unwrap();
    assert_eq!((reduced.image.factor, reduced.image.stored), (5, (6000, 4000)));
    assert!(reduced.image.pixels.pixels().all(|pixel| (102..=153).contains(&pixel.0[0])));
    assert!(asked < 8_000_000, "{asked}");
}
