//! Pictures at an eighth and a quarter, beside the averages of the full ones.

use image::RgbImage;
use proptest::prelude::*;

use super::{file, names, reduce};
use crate::picture::decode::{decode, decode_reduced};
use crate::picture::limits::Limits;

/// The averages of `factor` x `factor` pixels.
fn averages(full: &RgbImage, factor: u32) -> Vec<[f64; 3]> {
    let (width, height) = full.dimensions();
    let mut out = Vec::new();
    for y in 0..height.div_ceil(factor) {
        for x in 0..width.div_ceil(factor) {
            let (left, top) = (x * factor, y * factor);
            let (right, bottom) = ((left + factor).min(width), (top + factor).min(height));
            let mut sum = [0.0; 3];
            for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
                let pixel = full.get_pixel(x, y).0;
                sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f64::from(value));
            }
            let count = f64::from((right - left) * (bottom - top));
            out.push(sum.map(|sum| sum / count));
        }
    }
    out
}

/// The mean difference of a file reduced by `factor` to the averages of the full picture.
fn mean_difference(bytes: &[u8], factor: u32) -> f64 {
    let full = decode(bytes, &Limits::default()).unwrap();
    let reduced = reduce(bytes, factor).unwrap();
    assert_eq!(reduced.image.factor, factor);
    assert_eq!(reduced.damage, full.damage);
    let expected = averages(&full.pixels, factor);
    let pixels = &reduced.image.pixels;
    assert_eq!(pixels.pixels().len(), expected.len());
    let differences = pixels.pixels().zip(&expected).flat_map(|(pixel, expected)| {
        pixel.0.into_iter().zip(*expected).map(|(a, b)| (f64::from(a) - b).abs())
    });
    differences.sum::<f64>() / (3 * expected.len()) as f64
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
        for (factor, minimum) in [(8, (21, 16)), (4, (22, 17)), (4, (42, 33)), (1, (43, 33)), (1, (21, 34))] {
            let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| minimum, |_| true);
            let reduced = reduced.unwrap().unwrap();
            assert_eq!((reduced.image.factor, reduced.image.stored), (factor, (171, 133)), "{minimum:?}");
            let size = (171u32.div_ceil(factor), 133u32.div_ceil(factor));
            assert_eq!(reduced.image.pixels.dimensions(), size);
        }
        for factor in [4, 8] {
            let difference = mean_difference(&bytes, factor);
            assert!(difference < 0.6, "1/{factor}: {difference}");
        }
    }
}

#[test]
fn every_usual_kind_is_reduced_like_the_full_picture() {
    for name in [
        "420",
        "422-restarts",
        "444-optimized",
        "gray",
        "progressive-420",
        "progressive-restarts",
        "scans-440",
        "arithmetic-420",
    ] {
        let bytes = file(&format!("reduced/{name}"));
        for (factor, most) in [(4, 1.5), (8, 2.0)] {
            let difference = mean_difference(&bytes, factor);
            assert!(difference < most, "{name} at 1/{factor}: {difference}");
        }
    }
}

#[test]
fn small_pictures_of_every_kind_are_reduced_without_error() {
    let mut reduced = 0;
    for name in names() {
        for factor in [4, 8] {
            let picture = reduce(&file(&name), factor).unwrap();
            assert_eq!(picture.damage, None, "{name}");
            let (width, height) = picture.image.stored;
            let size = (width.div_ceil(picture.image.factor), height.div_ceil(picture.image.factor));
            assert_eq!(picture.image.pixels.dimensions(), size, "{name}");
            reduced += u32::from(picture.image.factor > 1);
        }
    }
    assert!(reduced > 80, "{reduced}");
}

#[test]
fn odd_sampling_is_decoded_in_full() {
    for name in ["411", "31", "luma-is-less", "14", "lossless-1"] {
        let reduced = reduce(&file(name), 8).unwrap();
        assert_eq!(reduced.image.factor, 1, "{name}");
    }
}

/// A picture of noise and areas: long codes, full blocks and empty ones.
fn noisy(width: u32, height: u32, seed: u32, roughness: u32) -> RgbImage {
    let mut state = seed;
    RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 24) * roughness / 100;
        let base = (x * 3 + y * 5) / 2 + if (x / 24 + y / 16) % 2 == 0 { 90 } else { 0 };
        image::Rgb([(base + noise) as u8, (base / 2 + noise / 2) as u8, (255 - base.min(255)) as u8])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is gone over must be as many bits as what is read: else everything behind would differ.
    #[test]
    fn averages_equal_those_of_jpeg_decoder(
        width in 1..200_u32,
        height in 1..120_u32,
        seed: u32,
        roughness in 0..100_u32,
        quality in 1..=100_u8,
    ) {
        let mut bytes = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
        noisy(width, height, seed, roughness).write_with_encoder(encoder).unwrap();
        let reduced = decode_reduced(&bytes, &Limits::default(), |w, h| (w / 8, h / 8), |_| true);
        let ours = reduced.unwrap().unwrap().image;
        prop_assume!(ours.factor == 8);
        let mut other = jpeg_decoder::Decoder::new(&bytes[..]);
        other.scale(width.div_ceil(8) as u16, height.div_ceil(8) as u16).unwrap();
        let expected = other.decode().unwrap();
        prop_assert_eq!(ours.pixels.as_raw().len(), expected.len());
        for (ours, expected) in ours.pixels.iter().zip(&expected) {
            // It rounds otherwise, before the colours are made.
            prop_assert!(ours.abs_diff(*expected) <= 4, "{} {}", ours, expected);
        }
    }
}
