//! JPEGs whole, reduced, cut short and damaged.

use image::RgbImage;

use crate::picture::decode::{decode, decode_reduced};
use crate::picture::error::PictureError;
use crate::picture::limits::Limits;

fn jpeg() -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 128]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    bytes
}

fn reason(bytes: &[u8]) -> String {
    decode(bytes, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn every_truncation_is_an_error() {
    let whole = jpeg();
    assert!(decode(&whole, &Limits::default()).is_ok());
    for length in 3..whole.len() {
        let reason = reason(&whole[..length]);
        assert!(reason.starts_with("truncated JPEG: "), "{length} bytes: {reason}");
    }
}

#[test]
fn what_follows_the_picture_does_not_matter() {
    let mut bytes = jpeg();
    bytes.extend(b"MotionPhoto_Data and so on");
    assert!(decode(&bytes, &Limits::default()).is_ok());
}

#[test]
fn the_end_of_a_thumbnail_is_not_the_end() {
    let whole = jpeg();
    // A comment segment that looks like a picture's end.
    let mut bytes = whole[..2].to_vec();
    bytes.extend(b"\xff\xfe\x00\x06\xff\xda\xff\xd9");
    bytes.extend(&whole[2..]);
    assert!(decode(&bytes, &Limits::default()).is_ok());
    assert!(reason(&bytes[..bytes.len() - 200]).starts_with("truncated"));
}

#[test]
fn reduced_pixels_are_averages_of_the_full_ones() {
    let picture = RgbImage::from_fn(171, 133, |x, y| image::Rgb([x as u8, y as u8 + 90, 255 - x as u8]));
    let gray = image::DynamicImage::ImageRgb8(picture.clone()).into_luma8();
    let encode = |picture: &image::DynamicImage| {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture).unwrap();
        bytes
    };
    for bytes in [encode(&picture.into()), encode(&gray.into())] {
        let full = decode(&bytes, &Limits::default()).unwrap().pixels;
        for (factor, minimum) in [(8, (21, 16)), (4, (22, 17)), (4, (42, 33)), (1, (43, 33)), (1, (21, 34))] {
            let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| minimum, |_| true);
            let reduced = reduced.unwrap().unwrap();
            assert_eq!((reduced.image.factor, reduced.image.stored), (factor, (171, 133)), "{minimum:?}");
            let size = (171u32.div_ceil(factor), 133u32.div_ceil(factor));
            assert_eq!(reduced.image.pixels.dimensions(), size);
            for (x, y, pixel) in reduced.image.pixels.enumerate_pixels() {
                let middle = |at: u32, most: u32| (at * factor + factor / 2).min(most);
                let expected = full.get_pixel(middle(x, 170), middle(y, 132));
                // A pixel off the middle is worth one level; at the edges more.
                assert!(
                    pixel.0.iter().zip(expected.0).all(|(a, b)| a.abs_diff(b) <= 5),
                    "1/{factor} at {x},{y}: {pixel:?} {expected:?}"
                );
            }
        }
    }
}

#[test]
fn what_the_scaled_decoder_refuses_is_decoded_in_full() {
    // A restart that comes too early (of an interval that is too long) is an error to one and stray
    // to the other.
    let mut bytes = jpeg();
    let scan = bytes.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    bytes.splice(scan..scan, *b"\xff\xdd\x00\x04\x00\x05");
    let full = decode(&bytes, &Limits::default());
    let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| (8, 6), |_| true);
    match (full, reduced) {
        (Ok(full), Ok(Some(reduced))) => assert_eq!(reduced.upright().pixels, full.pixels),
        (Err(full), Err(reduced)) => assert_eq!(full.to_string(), reduced.to_string()),
        (full, reduced) => panic!("{full:?} {reduced:?}"),
    }
}

#[test]
fn damage_gives_an_answer_and_truncation_an_error() {
    let whole = jpeg();
    let reduce = |bytes: &[u8]| decode_reduced(bytes, &Limits::default(), |_, _| (8, 6), |_| true);
    assert_eq!(reduce(&whole).unwrap().unwrap().image.factor, 8);
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 0x55;
        let _ = reduce(&bytes);
        let error = reduce(&whole[..i]).unwrap_err().to_string();
        assert!(i < 3 || error.starts_with("truncated JPEG: "), "{i} bytes: {error}");
    }
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
