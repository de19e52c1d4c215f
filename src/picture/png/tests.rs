//! PNGs of all colour types, interlaced, large, cut short and damaged.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

use crate::picture::decode::{decode, decode_reduced};
use crate::picture::decoded::Picture;
use crate::picture::limits::Limits;

fn encode(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn noisy() -> RgbImage {
    RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * y) as u8, (x * 7 + y) as u8, (y * 11) as u8]))
}

fn read(bytes: &[u8]) -> Picture {
    decode(bytes, &Limits::default()).unwrap()
}

/// The file without its chunks of this kind.
fn without(bytes: &[u8], kind: &[u8; 4]) -> Vec<u8> {
    let at = bytes.windows(4).position(|window| window == kind).unwrap() - 4;
    let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    [&bytes[..at], &bytes[at + 12 + length..]].concat()
}

#[test]
fn a_file_without_its_last_chunk_is_whole() {
    let bytes = without(&encode(&noisy().into()), b"IEND");
    let picture = read(&bytes);
    assert!(picture.pixels == noisy() && picture.damage.is_none());
}

#[test]
fn what_is_there_of_a_cut_file_is_shown_from_a_quarter_on() {
    let whole = encode(&noisy().into());
    let (mut shown, mut refused) = (0, 0);
    for length in 40..whole.len() - 20 {
        match decode(&whole[..length], &Limits::default()) {
            Ok(picture) => {
                shown += 1;
                match picture.damage {
                    Some(damage) => assert!(damage.starts_with("the file ends after "), "{damage}"),
                    // Only what follows the pixels is missing.
                    None => assert!(picture.pixels == noisy(), "{length}"),
                }
                assert!(picture.pixels.as_raw()[..64 * 3 * 15] == noisy().as_raw()[..64 * 3 * 15]);
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("truncated PNG: "), "{length}: {error}");
            }
        }
    }
    assert!(shown > whole.len() / 2 && refused > whole.len() / 8, "{shown} {refused}");
}

#[test]
fn a_wrong_checksum_is_damage_that_does_not_hide_the_picture() {
    let mut bytes = encode(&noisy().into());
    // That of the header chunk.
    bytes[32] ^= 1;
    let picture = read(&bytes);
    assert!(picture.pixels == noisy());
    assert_eq!(picture.damage.as_deref(), Some("a checksum is wrong"));
}

#[test]
fn large_files_are_averaged_and_transparency_is_laid_on_white_first() {
    let picture = DynamicImage::ImageRgba16(image::ImageBuffer::from_fn(5000, 2000, |x, _| {
        image::Rgba([0, 0, 0, if x % 2 == 0 { 0 } else { 65_535 }])
    }));
    let bytes = encode(&picture);
    let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| (625, 250), |_| true).unwrap().unwrap();
    assert_eq!((reduced.image.factor, reduced.image.stored), (4, (5000, 2000)));
    assert!(reduced.image.pixels.pixels().all(|pixel| pixel.0 == [128; 3]));
}

#[test]
fn memory_is_far_below_that_of_the_pixels() {
    let bytes = encode(&DynamicImage::ImageRgba16(image::ImageBuffer::new(4000, 3000)));
    let mut asked = 0;
    decode_reduced(
        &bytes,
        &Limits::default(),
        |_, _| (300, 300),
        |memory| {
            asked = memory;
            true
        },
    )
    .unwrap();
    assert!(asked < 8_000_000, "{asked}");
}
