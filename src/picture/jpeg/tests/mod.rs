//! JPEGs whole, reduced, cut short and damaged.

mod damaged;
mod reduced;
mod reference;

use std::path::PathBuf;

use image::RgbImage;

use crate::picture::decode::{decode, decode_reduced};
use crate::picture::decoded::ReducedPicture;
use crate::picture::error::PictureError;
use crate::picture::limits::Limits;

/// The folder of the files that `tools/pictures/jpeg.py` makes.
fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/jpeg"))
}

/// One of these files.
fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.jpg"))).unwrap()
}

/// The names of all of them.
fn names() -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.extension()? == "jpg").then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    };
    let mut names: Vec<String> = std::fs::read_dir(folder()).unwrap().filter_map(name).collect();
    names.sort();
    assert!(names.len() > 50);
    names
}

/// A picture of gradients, of 64 x 48 pixels.
fn jpeg() -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 128]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    bytes
}

fn reason(bytes: &[u8]) -> String {
    decode(bytes, &Limits::default()).unwrap_err().to_string()
}

/// Decodes at an eighth or a quarter.
fn reduce(bytes: &[u8], factor: u32) -> Result<ReducedPicture, PictureError> {
    let minimum = |width: u32, height: u32| (width / factor, height / factor);
    Ok(decode_reduced(bytes, &Limits::default(), minimum, |_| true)?.unwrap())
}

#[test]
fn the_end_of_a_thumbnail_is_not_the_end() {
    let whole = jpeg();
    // A comment segment that looks like a picture's end.
    let mut bytes = whole[..2].to_vec();
    bytes.extend(b"\xff\xfe\x00\x06\xff\xda\xff\xd9");
    bytes.extend(&whole[2..]);
    let picture = decode(&bytes, &Limits::default()).unwrap();
    assert_eq!(picture.pixels, decode(&whole, &Limits::default()).unwrap().pixels);
    assert_eq!(picture.damage, None);
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let mut asked = Vec::new();
    let answer = decode_reduced(
        &jpeg(),
        &Limits::default(),
        |w, h| (w, h),
        |memory| {
            asked.push(memory);
            false
        },
    );
    assert!(answer.unwrap().is_none());
    assert!(matches!(asked[..], [memory] if memory > 64 * 48 * 3));
    let limits = Limits { max_memory: 10_000, ..Limits::default() };
    assert_eq!(
        decode(&jpeg(), &limits).unwrap_err().to_string(),
        "JPEG that takes too much memory to decode"
    );
}

#[test]
fn sizes_over_the_limit_are_refused_by_the_header() {
    let limits = Limits { max_pixels: 3000, ..Limits::default() };
    let error = decode(&jpeg(), &limits).unwrap_err();
    assert!(matches!(error, PictureError::TooManyPixels { width: 64, height: 48, limit: 3000 }));
}

/// A file with one byte of its frame header replaced, counted from the marker on.
fn with_frame_byte(offset: usize, value: u8) -> Vec<u8> {
    let mut bytes = file("420");
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + offset] = value;
    bytes
}

#[test]
fn kinds_that_are_not_decoded_say_what_they_are() {
    assert_eq!(
        reason(&with_frame_byte(1, 0xcb)),
        "JPEG (lossless, arithmetically coded) pictures are not supported"
    );
    assert_eq!(
        reason(&with_frame_byte(1, 0xc3)),
        "JPEG (lossless, with fewer samples of colour) pictures are not supported"
    );
    assert_eq!(reason(&with_frame_byte(1, 0xc5)), "JPEG (hierarchical) pictures are not supported");
    assert_eq!(reason(&with_frame_byte(4, 12)), "JPEG (12 bits) pictures are not supported");
    assert_eq!(reason(&with_frame_byte(9, 2)), "JPEG (2 components) pictures are not supported");
    assert_eq!(reason(&with_frame_byte(11, 0x50)), "damaged JPEG: its sampling factors are out of range");
}

#[test]
fn tables_that_are_missing_or_contradict_themselves_are_named() {
    let mut bytes = file("420");
    let table = bytes.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    // More codes of one bit than there can be.
    bytes[table + 5] = 3;
    bytes[table + 7] -= 3;
    assert_eq!(reason(&bytes), "damaged JPEG: a Huffman table contradicts itself");
    let mut bytes = file("420");
    while let Some(table) = bytes.windows(2).position(|pair| pair == [0xff, 0xdb]) {
        let length = usize::from(u16::from_be_bytes([bytes[table + 2], bytes[table + 3]]));
        bytes.drain(table..table + 2 + length);
    }
    assert_eq!(reason(&bytes), "damaged JPEG: a quantization table is missing");
}
