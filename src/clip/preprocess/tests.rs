//! Whole pictures through the preprocessor; those that are stored turned or reduced give the same as the full upright
//! ones.

use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::preprocessor::Preprocessor;
use super::target_size::TargetSize;
use crate::base::pixels::ReducedImage;
use crate::clip::config::Family;
use crate::clip::embedding::Pixels;

/// Values as they are, so that the output is the pixels.
fn preprocessor(json: &str, size: usize) -> Preprocessor {
    let json = format!(r#"{{"do_rescale": false, "do_normalize": false, {json}}}"#);
    Preprocessor::parse(json.as_bytes(), Family::Clip, size, Path::new("preprocessor_config.json")).unwrap()
}

fn waves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |x: u32, period: f32| ((x as f32 / period).sin() * 127.0 + 128.0) as u8;
        image::Rgb([wave(x, 9.0), wave(y, 7.0), wave(x + 2 * y, 11.0)])
    })
}

#[test]
fn the_kept_part_is_what_resizing_the_whole_would_give() {
    let (size, crop) = (40, 24);
    for (width, height) in [(100, 50), (50, 100), (37, 301), (301, 37), (20, 19), (40, 40), (3, 1)] {
        let picture = waves(width, height);
        let apply = |crop: (u32, u32)| {
            Preprocessor { crop: Some(crop), ..preprocessor(r#""size": 40, "crop_size": 24"#, 24) }
                .apply(&ReducedImage::upright(picture.clone()))
        };
        let (whole_width, whole_height) = TargetSize::ShortestEdge(size).of(width, height);
        let whole = apply((whole_width, whole_height));
        let kept = apply((crop, crop));
        let (left, top) = ((whole_width - crop) / 2, (whole_height - crop) / 2);
        for (i, value) in kept.0.iter().enumerate() {
            let (channel, rest) = (i as u32 / (crop * crop), i as u32 % (crop * crop));
            let (y, x) = (rest / crop + top, rest % crop + left);
            let expected = whole.0[((channel * whole_height + y) * whole_width + x) as usize];
            assert!((value - expected).abs() <= 1.0, "{width}x{height} at {x},{y}: {value} != {expected}");
        }
    }
}

#[test]
fn a_crop_beyond_the_picture_is_black() {
    let red = RgbImage::from_pixel(3, 2, image::Rgb([200, 0, 0]));
    let pixels = preprocessor(r#""do_resize": false, "crop_size": 6"#, 6).apply(&ReducedImage::upright(red));
    let row = |y: usize| pixels.0[y * 6..y * 6 + 6].to_vec();
    // ceil((6 - 3) / 2) = 2 columns before it, (6 - 2) / 2 = 2 rows above it.
    assert_eq!(row(1), [0.0; 6]);
    assert_eq!(row(2), [0.0, 0.0, 200.0, 200.0, 200.0, 0.0]);
    assert_eq!(row(3), row(2));
    assert_eq!(row(4), [0.0; 6]);
    assert_eq!(pixels.0.len(), 3 * 36);
}

#[test]
fn extreme_proportions_cost_no_memory() {
    // Resized whole this would be 224 x 14,560,000, which is 10 GB.
    let pixels = preprocessor(r#""size": 224"#, 224).apply(&ReducedImage::upright(RgbImage::from_pixel(
        1,
        65_000,
        image::Rgb([9, 8, 7]),
    )));
    assert_eq!(pixels.0.len(), 3 * 224 * 224);
    assert!(pixels.0[..224 * 224].iter().all(|v| *v == 9.0));
}

/// Waves and hard edges, different in every corner.
fn edges(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |x: u32, period: f32| ((x as f32 / period).sin() * 127.0 + 128.0) as u8;
        let edge = if (x / 13 + y / 17) % 2 == 0 { 255 } else { 0 };
        image::Rgb([wave(x, 9.0), wave(x + 2 * y, 11.0), edge])
    })
}

/// Averages of blocks, as a scaled decode makes them.
fn reduce(picture: &RgbImage, factor: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    RgbImage::from_fn(width.div_ceil(factor), height.div_ceil(factor), |x, y| {
        let (right, bottom) = (((x + 1) * factor).min(width), ((y + 1) * factor).min(height));
        let block: Vec<_> = (y * factor..bottom)
            .flat_map(|y| (x * factor..right).map(move |x| (x, y)))
            .map(|(x, y)| picture.get_pixel(x, y).0)
            .collect();
        let average = |c: usize| block.iter().map(|p| u32::from(p[c])).sum::<u32>() / block.len() as u32;
        image::Rgb([average(0), average(1), average(2)].map(|v| v as u8))
    })
}

fn differences(a: &Pixels, b: &Pixels) -> (f32, f32) {
    assert_eq!(a.0.len(), b.0.len());
    let each = || a.0.iter().zip(&b.0).map(|(a, b)| (a - b).abs());
    (each().fold(0.0, f32::max), each().sum::<f32>() / a.0.len() as f32)
}

#[test]
fn turning_the_result_is_turning_the_picture() {
    for json in [
        r#""size": 40, "crop_size": 24"#,
        r#""size": 20, "crop_size": 24"#,
        r#""size": {"height": 24, "width": 33}, "crop_size": 24"#,
        r#""size": 40, "crop_size": 24, "resample": 1"#,
        r#""do_resize": false, "crop_size": 24"#,
    ] {
        let preprocessor = preprocessor(json, 24);
        for (width, height) in [(100, 61), (61, 100), (97, 97), (23, 10), (11, 30), (41, 301)] {
            let pixels = edges(width, height);
            for exif in 1..=8 {
                let orientation = Orientation::from_exif(exif).unwrap();
                let mut turned = DynamicImage::ImageRgb8(pixels.clone());
                turned.apply_orientation(orientation);
                let expected = preprocessor.apply(&ReducedImage::upright(turned.into_rgb8()));
                let source = ReducedImage { orientation, ..ReducedImage::upright(pixels.clone()) };
                let (most, _) = differences(&preprocessor.apply(&source), &expected);
                assert!(most <= 1.0, "{json} {width}x{height} {orientation:?}: {most}");
            }
        }
    }
}

#[test]
fn a_reduced_picture_is_framed_as_the_full_one() {
    // One wave over the whole picture: a shift shows everywhere, and averaging changes nothing.
    let preprocessor = preprocessor(r#""size": 40, "crop_size": 24"#, 24);
    for (width, height) in [(803, 601), (601, 809), (640, 640), (1999, 603)] {
        let full = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([
                (x * 255 / width) as u8,
                (y * 255 / height) as u8,
                ((x + y) * 255 / (width + height)) as u8,
            ])
        });
        for factor in [2, 3, 4, 5, 8] {
            let pixels = reduce(&full, factor);
            for exif in 1..=8 {
                let orientation = Orientation::from_exif(exif).unwrap();
                let source = |pixels: &RgbImage, factor| ReducedImage {
                    pixels: pixels.clone(),
                    factor,
                    stored: (width, height),
                    orientation,
                };
                let reduced = preprocessor.apply(&source(&pixels, factor));
                let (most, mean) = differences(&reduced, &preprocessor.apply(&source(&full, 1)));
                // A pixel of the output is 6 levels wide.
                assert!(most <= 2.0 && mean <= 0.6, "{width}x{height} / {factor} {exif}: {most} {mean}");
            }
        }
    }
}

#[test]
fn what_is_needed_is_never_less_than_the_output_nor_more_than_there_is() {
    let clip = preprocessor(r#""size": 224"#, 224);
    assert_eq!(clip.minimum_size(4000, 3000), (447, 336));
    assert_eq!(clip.minimum_size(3000, 4000), (336, 447));
    assert_eq!(clip.minimum_size(300, 200), (300, 200));
    assert_eq!(clip.minimum_size(50, 10_000), (50, 10_000));
    let exact = preprocessor(r#""size": {"height": 24, "width": 32}, "crop_size": 24"#, 24);
    assert_eq!(exact.minimum_size(1000, 1000), (48, 36));
    for json in [r#""do_resize": false, "crop_size": 24"#, r#""size": 24, "crop_size": 24, "resample": 0"#] {
        assert_eq!(preprocessor(json, 24).minimum_size(1000, 500), (1000, 500));
    }
}
