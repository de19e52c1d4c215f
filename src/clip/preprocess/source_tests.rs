//! Pictures that are stored turned or reduced look the same as the full upright ones.

use super::tests::preprocessor;
use super::*;
use image::DynamicImage;

/// Waves and hard edges, different in every corner.
fn picture(width: u32, height: u32) -> RgbImage {
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
            let pixels = picture(width, height);
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
