//! The thumbprint of a decoded picture: means over its parts, which a smaller or re-encoded copy has too.

use image::{Rgb, RgbImage};

use crate::base::pixels::{ReducedImage, turn_upright};
use crate::base::thumbprint::{BYTES, CHROMA_SIDE, LUMA_SIDE, Thumbprint};

/// The width and height, in pixels, that a picture may be reduced to before its thumbprint is made.
pub fn thumbprint_minimum_size(width: u32, height: u32) -> (u32, u32) {
    let least = 4 * LUMA_SIDE as u32;
    (width.min(least), height.min(least))
}

/// Makes the thumbprint of a picture. It takes time for each pixel, some tenths of a millisecond where the picture is as
/// small as a model wants it.
pub fn thumbprint(image: &ReducedImage) -> Thumbprint {
    let side = LUMA_SIDE as u32;
    let mut cells = RgbImage::new(side, side);
    // The last pixels stand for less than the others.
    let length = |stored: u32, pixels: u32| {
        (f64::from(stored) / f64::from(image.factor.max(1))).clamp(1e-3, f64::from(pixels))
    };
    let (width, height) = image.pixels.dimensions();
    if width > 0 && height > 0 {
        let across = parts(length(image.stored.0, width), width);
        let down = parts(length(image.stored.1, height), height);
        for (cell, mean) in cells.pixels_mut().zip(means(&image.pixels, &across, &down)) {
            *cell = Rgb(mean.map(|value| value.round() as u8));
        }
    }
    let cells = turn_upright(cells, image.orientation);
    let mut bytes = [0; BYTES];
    let (luma, chroma) = bytes.split_at_mut(LUMA_SIDE * LUMA_SIDE);
    for (byte, Rgb(color)) in luma.iter_mut().zip(cells.pixels()) {
        *byte = brightness(color.map(f32::from)).round() as u8;
    }
    let (blues, reds) = chroma.split_at_mut(CHROMA_SIDE * CHROMA_SIDE);
    for (at, (blue, red)) in blues.iter_mut().zip(reds).enumerate() {
        let (x, y) = ((at % CHROMA_SIDE) as u32 * 2, (at / CHROMA_SIDE) as u32 * 2);
        let four = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
        let mean = four.iter().fold([0.0; 3], |sum: [f32; 3], (x, y)| {
            let Rgb(color) = cells.get_pixel(*x, *y);
            std::array::from_fn(|channel| sum[channel] + f32::from(color[channel]) / 4.0)
        });
        let gray = brightness(mean);
        // The factors of ITU-R BT.601, as JPEG uses them.
        *blue = (128.0 + 0.564 * (mean[2] - gray)).round() as u8;
        *red = (128.0 + 0.713 * (mean[0] - gray)).round() as u8;
    }
    Thumbprint(bytes)
}

fn brightness([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The pixels of each part of a line of this length, with how much of each belongs to it; the weights of a part add up to 1.
fn parts(length: f64, pixels: u32) -> Vec<Vec<(u32, f32)>> {
    let part = |number: usize| {
        let from = length * number as f64 / LUMA_SIDE as f64;
        let until = length * (number + 1) as f64 / LUMA_SIDE as f64;
        let last = ((until.ceil() as u32).max(1) - 1).min(pixels - 1);
        let overlap = |pixel: u32| (until.min(f64::from(pixel) + 1.0) - from.max(f64::from(pixel))).max(0.0);
        let covered = (from as u32).min(last)..=last;
        covered.map(|pixel| (pixel, (overlap(pixel) / (until - from)) as f32)).collect()
    };
    (0..LUMA_SIDE).map(part).collect()
}

/// The mean colours of the cells, row by row.
fn means(pixels: &RgbImage, across: &[Vec<(u32, f32)>], down: &[Vec<(u32, f32)>]) -> Vec<[f32; 3]> {
    let stride = pixels.width() as usize * 3;
    let rows: Vec<&[u8]> = pixels.as_raw().chunks_exact(stride).collect();
    let mut line = vec![0.0f32; stride];
    let mut means = Vec::with_capacity(across.len() * down.len());
    for part in down {
        line.fill(0.0);
        for (y, weight) in part {
            for (sum, value) in line.iter_mut().zip(rows.get(*y as usize).copied().unwrap_or_default()) {
                *sum += weight * f32::from(*value);
            }
        }
        means.extend(across.iter().map(|part| {
            part.iter().fold([0.0; 3], |sum: [f32; 3], (x, weight)| {
                let at = *x as usize * 3;
                std::array::from_fn(|channel| sum[channel] + weight * line[at + channel])
            })
        }));
    }
    means
}

#[cfg(test)]
mod tests {
    use image::imageops::{self, FilterType};
    use image::metadata::Orientation;

    use super::*;

    fn scene(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
            let disc = (x - 0.3).powi(2) + (y - 0.6).powi(2) < 0.04;
            if disc { Rgb([220, 40, 30]) } else { Rgb([(x * 200.0) as u8, (y * 180.0) as u8, 120]) }
        })
    }

    fn largest_difference(one: &Thumbprint, other: &Thumbprint) -> u8 {
        one.0.iter().zip(&other.0).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn it_is_the_mean_of_each_part() {
        // What the image crate's box filter makes of sides that are multiples of 16.
        let picture = scene(160, 96);
        let print = thumbprint(&ReducedImage::upright(picture.clone()));
        for (at, luma) in print.luma().iter().enumerate() {
            let (x, y) = ((at % 16) as u32 * 10, (at / 16) as u32 * 6);
            let part = imageops::crop_imm(&picture, x, y, 10, 6).to_image();
            let mean = part.pixels().map(|pixel| brightness(pixel.0.map(f32::from))).sum::<f32>() / 60.0;
            assert!((mean - f32::from(*luma)).abs() <= 1.5, "cell {at}: {mean} and {luma}");
        }
    }

    #[test]
    fn a_smaller_copy_has_nearly_the_same() {
        let picture = scene(333, 217);
        let print = thumbprint(&ReducedImage::upright(picture.clone()));
        for (width, height) in [(200, 130), (64, 42), (666, 434)] {
            let copy = imageops::resize(&picture, width, height, FilterType::Triangle);
            let difference = largest_difference(&print, &thumbprint(&ReducedImage::upright(copy)));
            assert!(difference <= 9, "{width} x {height}: {difference}");
        }
        for (width, height) in [(1, 1), (1, 40), (40, 1), (3, 2), (17, 15)] {
            thumbprint(&ReducedImage::upright(scene(width, height)));
        }
        thumbprint(&ReducedImage::upright(RgbImage::new(0, 0)));
    }

    #[test]
    fn it_is_that_of_the_picture_as_displayed() {
        let picture = scene(160, 96);
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let stored = ReducedImage { orientation, ..ReducedImage::upright(picture.clone()) };
            let upright = ReducedImage::upright(stored.clone().into_upright());
            assert!(largest_difference(&thumbprint(&stored), &thumbprint(&upright)) <= 1, "{exif}");
        }
    }

    #[test]
    fn the_last_pixels_of_a_reduced_picture_count_for_what_they_stand() {
        // 33 pixels reduced by 2: the last one stands for half as much.
        let full = scene(330, 330);
        let reduced = RgbImage::from_fn(42, 42, |x, y| {
            let (width, height) = (8.min(330 - x * 8), 8.min(330 - y * 8));
            let part = imageops::crop_imm(&full, x * 8, y * 8, width, height).to_image();
            let count = f32::from(u16::try_from(width * height).unwrap());
            Rgb(std::array::from_fn(|channel| {
                let sum: f32 = part.pixels().map(|pixel| f32::from(pixel.0[channel])).sum();
                (sum / count).round() as u8
            }))
        });
        let image = ReducedImage {
            pixels: reduced,
            factor: 8,
            stored: (330, 330),
            orientation: Orientation::NoTransforms,
        };
        assert!(largest_difference(&thumbprint(&image), &thumbprint(&ReducedImage::upright(full))) <= 6);
    }
}
