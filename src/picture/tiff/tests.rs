//! The files of `tests/data/pictures/tiff`, which `tools/pictures/tiff.py` makes with what they are to look like.

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::picture::{self, Limits, PictureError};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/tiff")
}

/// The bytes of every file, with the picture that it is to be and the largest difference that is allowed.
fn files() -> Vec<(String, Vec<u8>, RgbImage, u8)> {
    let list = std::fs::read_to_string(folder().join("files.txt")).unwrap();
    let read = |line: &str| {
        let [name, reference, tolerance] =
            <[&str; 3]>::try_from(line.split(' ').collect::<Vec<_>>()).unwrap();
        let expected = image::open(folder().join(reference)).unwrap().into_rgb8();
        (name.to_owned(), std::fs::read(folder().join(name)).unwrap(), expected, tolerance.parse().unwrap())
    };
    list.lines().map(read).collect()
}

fn worst_difference(one: &RgbImage, other: &RgbImage) -> u8 {
    assert_eq!(one.dimensions(), other.dimensions());
    one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn every_kind_looks_as_it_should() {
    let files = files();
    assert!(files.len() > 100, "{}", files.len());
    let mut wrong = Vec::new();
    for (name, bytes, expected, tolerance) in files {
        match picture::decode(&bytes, &Limits::default()) {
            Ok(found) => {
                let worst = worst_difference(&found.pixels, &expected);
                if worst > tolerance {
                    wrong.push(format!("{name}: off by {worst}"));
                }
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_reduced_picture_is_the_average_of_the_full_one() {
    // Over 64 MB of pixels, so that it is reduced; all strips are one, a few times over.
    let (width, rows, strips) = (4999u32, 250u32, 21u32);
    let strip: Vec<u8> =
        (0..width * rows).flat_map(|i| [i % width / 20, i / width, i % 7 * 30].map(|v| v as u8)).collect();
    let (mut bytes, entries) = (b"II*\0".to_vec(), 10u32);
    let start = 8 + strip.len() as u32;
    bytes.extend(start.to_le_bytes());
    bytes.extend(&strip);
    bytes.extend((entries as u16).to_le_bytes());
    let values = start + 2 + entries * 12 + 4;
    for (tag, kind, count, value) in [
        (256u16, 4u16, 1u32, width),
        (257, 4, 1, rows * strips),
        (258, 3, 3, values),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, strips, values + 6),
        (277, 3, 1, 3),
        (278, 4, 1, rows),
        (279, 4, strips, values + 6 + strips * 4),
        (284, 3, 1, 1),
    ] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0, 0, 0, 0, 8, 0, 8, 0, 8, 0]);
    (0..strips).for_each(|_| bytes.extend(8u32.to_le_bytes()));
    (0..strips).for_each(|_| bytes.extend((strip.len() as u32).to_le_bytes()));
    let mut reserved = 0;
    let minimum = |width, height| (width / 8, height / 8);
    let reduced = picture::decode_reduced(&bytes, &Limits::default(), minimum, |memory| {
        reserved = memory;
        true
    });
    let image = reduced.unwrap().unwrap().image;
    assert_eq!((image.factor, image.stored), (4, (4999, 5250)));
    assert!(reserved < 32 << 20, "{reserved}");
    for (x, y, pixel) in image.pixels.enumerate_pixels() {
        let columns = 4.min(width - x * 4);
        let mut sums = [0u32; 3];
        for (row, column) in (0..4).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let at = ((y * 4 + row).min(rows * strips - 1) % rows * width + x * 4 + column) as usize * 3;
            (0..3).for_each(|i| sums[i] += u32::from(strip[at + i]));
        }
        if y * 4 + 4 <= rows * strips {
            assert_eq!(pixel.0, sums.map(|sum| ((sum + columns * 2) / (columns * 4)) as u8), "{x} {y}");
        }
    }
}

#[test]
fn what_comes_before_damage_is_as_it_was() {
    let names = ["strips-of-5-rows.tif", "rgb-none.tif", "tiles.tif", "fax-4-strips.tif", "rgb-deflate.tif"];
    for (name, mut bytes, expected, _) in files() {
        if !names.contains(&name.as_str()) {
            continue;
        }
        let stated = *bytes[4..].first_chunk().unwrap();
        let big_endian = bytes.starts_with(b"MM");
        let directory =
            if big_endian { u32::from_be_bytes(stated) } else { u32::from_le_bytes(stated) } as usize;
        // The pixels lie between the header and the directory.
        bytes[16 + (directory - 16) / 2..directory].fill(0xaa);
        let shown = picture::decode_reduced(&bytes, &Limits::default(), |w, h| (w, h), |_| true);
        let shown = shown.unwrap_or_else(|error| panic!("{name}: {error}")).unwrap();
        let same =
            shown.image.pixels.rows().zip(expected.rows()).take_while(|(a, b)| a.clone().eq(b.clone()));
        assert!((6..23).contains(&same.count()), "{name}");
    }
}

#[test]
fn pixels_that_the_file_is_too_short_for_are_gray() {
    let header = b"II*\0\x08\0\0\0\x08\0\
        \0\x01\x03\0\x01\0\0\0\x08\0\0\0\x01\x01\x03\0\x01\0\0\0\x08\0\0\0\
        \x02\x01\x03\0\x01\0\0\0\x08\0\0\0\x03\x01\x03\0\x01\0\0\0\x01\0\0\0\
        \x06\x01\x03\0\x01\0\0\0\x01\0\0\0\x11\x01\x04\0\x01\0\0\0\x6e\0\0\0\
        \x15\x01\x03\0\x01\0\0\0\x01\0\0\0\x17\x01\x04\0\x01\0\0\0\x40\0\0\0\0\0\0\0";
    assert_eq!(header.len(), 0x6e);
    let decode = |pixels: usize| {
        let bytes = [header.as_slice(), &vec![200; pixels]].concat();
        picture::decode_reduced(&bytes, &Limits::default(), |w, h| (w, h), |_| true)
    };
    assert_eq!(decode(64).unwrap().unwrap().damage, None);
    let half = decode(32).unwrap().unwrap();
    assert_eq!(half.damage.as_deref(), Some("the file ends after 50 % of the picture"));
    assert!(half.image.pixels.rows().take(4).flatten().all(|pixel| pixel.0 == [200; 3]));
    assert!(half.image.pixels.rows().skip(4).flatten().all(|pixel| pixel.0 == [128; 3]));
    assert!(matches!(decode(8), Err(PictureError::Truncated { .. })));
}

#[test]
fn damaged_files_are_errors_and_never_take_much() {
    let limits = Limits { max_pixels: 1_000_000, max_memory: 64 << 20, ..Limits::default() };
    let mut state = 1u32;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below.max(1)
    };
    for (name, whole, ..) in files() {
        for round in 0..60 {
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes.truncate(random(bytes.len()));
            }
            // Half of the changes hit the directory, which is at the end.
            for _ in 0..1 + round % 5 {
                let at = if round % 2 == 0 {
                    random(bytes.len())
                } else {
                    bytes.len().saturating_sub(random(300) + 1)
                };
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if round % 3 == 0 { 0xff } else { random(256) as u8 };
                }
            }
            if let Err(PictureError::Crashed(_)) = picture::decode(&bytes, &limits) {
                panic!("{name} {round}");
            }
        }
    }
}
