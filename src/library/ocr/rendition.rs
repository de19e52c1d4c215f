//! What a program is given of a picture: PNGs in which letters are easy to tell from what is around them.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder, RgbImage};

use crate::base::resample::resize_rgb;

/// The longer side up to which pictures are enlarged twice, in pixels: letters of screens are lower than those that programs
/// for print have learned.
const SMALL: u32 = 1500;
/// The longer side of [`Rendition::Contrast`], in pixels: signs and titles are as high there as print on a page.
const CONTRAST_SIDE: u32 = 800;
/// The part of the longer side that the surroundings of a pixel reach, to either side.
const SURROUNDINGS: u32 = 12;
/// The spread of levels that counts as even, so that noise in even places is not raised to letters.
const EVEN: f32 = 8.0;
/// The level of what is as bright as its surroundings, and that of one standard deviation more.
const MIDDLE: f32 = 160.0;
const DEVIATION: f32 = 70.0;

/// A way to show a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rendition {
    /// In colour, and twice as large if it is small.
    Plain,
    /// In gray, at a size for large letters, each pixel by how it differs from its surroundings: light letters on a picture
    /// become dark ones on paper.
    Contrast,
}

impl Rendition {
    /// A PNG of a picture.
    ///
    /// # Errors
    /// When it can't be resized or encoded.
    pub(super) fn png(self, pixels: &RgbImage) -> Result<Vec<u8>, String> {
        let (width, height) = pixels.dimensions();
        match self {
            Self::Plain if width.max(height) > SMALL => encode(pixels.as_raw(), (width, height), true),
            Self::Plain => {
                let to = (width * 2, height * 2);
                encode(&resized(pixels, to)?, to, true)
            }
            Self::Contrast => {
                let scale = f64::from(CONTRAST_SIDE) / f64::from(width.max(height).max(1));
                let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
                let to = (side(width), side(height));
                let gray = local_contrast(&luma(&resized(pixels, to)?), to);
                encode(gray.as_raw(), to, false)
            }
        }
    }
}

fn resized(pixels: &RgbImage, to: (u32, u32)) -> Result<Vec<u8>, String> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    resize_rgb(pixels.as_raw(), pixels.dimensions(), to, &options)
}

/// The brightness of RGB pixels (ITU-R BT.601), 0 to 255.
fn luma(rgb: &[u8]) -> Vec<f32> {
    let pixels = rgb.as_chunks::<3>().0.iter();
    pixels.map(|&[r, g, b]| 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)).collect()
}

/// Each pixel by how far it is from the mean of its surroundings, in standard deviations of these (Niblack 1986, An
/// Introduction to Digital Image Processing, thresholds by the same measure), with the sign for which what stands out is dark.
fn local_contrast(gray: &[f32], (width, height): (u32, u32)) -> GrayImage {
    let reach = (width.max(height) / SURROUNDINGS).max(8) as usize;
    let size = (width as usize, height as usize);
    let means = box_means(gray, size, reach);
    let squares: Vec<f32> = gray.iter().map(|level| level * level).collect();
    let squares = box_means(&squares, size, reach);
    let around = means.iter().zip(&squares);
    let contrast: Vec<f32> = gray
        .iter()
        .zip(around)
        .map(|(level, (mean, square))| (level - mean) / ((square - mean * mean).max(0.0).sqrt() + EVEN))
        .collect();
    // Letters cover less than what they stand on, and differ more from the mean.
    let skew: f64 = contrast.iter().map(|value| f64::from(value.powi(3))).sum();
    let sign = if skew > 0.0 { -DEVIATION } else { DEVIATION };
    let levels = contrast.iter().map(|value| (MIDDLE + sign * value).clamp(0.0, 255.0) as u8).collect();
    GrayImage::from_raw(width, height, levels).unwrap_or_default()
}

/// The means of squares around each value, cut off at the edges, by running sums along rows and then along columns.
fn box_means(values: &[f32], (width, height): (usize, usize), reach: usize) -> Vec<f32> {
    let mut along_rows = vec![0.0; values.len()];
    for (row, means) in values.chunks_exact(width).zip(along_rows.chunks_exact_mut(width)) {
        running_means(|at| row[at], width, reach, |at, mean| means[at] = mean);
    }
    let mut means = vec![0.0; values.len()];
    for x in 0..width {
        let column = |y: usize| along_rows[y * width + x];
        running_means(column, height, reach, |y, mean| means[y * width + x] = mean);
    }
    means
}

/// The mean of each of `length` values and those that are up to `reach` before and behind it.
fn running_means(value: impl Fn(usize) -> f32, length: usize, reach: usize, mut put: impl FnMut(usize, f32)) {
    let mut sum: f64 = (0..reach.min(length)).map(|at| f64::from(value(at))).sum();
    let (mut from, mut until) = (0, reach.min(length));
    for at in 0..length {
        if at + reach < length {
            sum += f64::from(value(at + reach));
            until += 1;
        }
        if at > reach {
            sum -= f64::from(value(from));
            from += 1;
        }
        put(at, (sum / (until - from).max(1) as f64) as f32);
    }
}

/// A PNG that is read once, by a program on this machine.
fn encode(levels: &[u8], (width, height): (u32, u32), is_rgb: bool) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, PngFilter::NoFilter);
    let color = if is_rgb { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
    encoder.write_image(levels, width, height, color).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| image::Rgb([x as u8; 3]))
    }

    fn size(rendition: Rendition, width: u32, height: u32) -> (u32, u32) {
        let png = rendition.png(&picture(width, height)).unwrap();
        image::load_from_memory(&png).unwrap().into_luma8().dimensions()
    }

    #[test]
    fn small_pictures_are_enlarged_and_large_letters_get_small() {
        assert_eq!(size(Rendition::Plain, 3000, 750), (3000, 750));
        assert_eq!(size(Rendition::Plain, 1501, 600), (1501, 600));
        assert_eq!(size(Rendition::Plain, 64, 48), (128, 96));
        assert_eq!(size(Rendition::Contrast, 3000, 1500), (800, 400));
        assert_eq!(size(Rendition::Contrast, 48, 64), (600, 800));
    }

    #[test]
    fn means_are_those_of_a_plain_sum() {
        let (width, height, reach) = (13, 7, 3);
        let values: Vec<f32> = (0..width * height).map(|at| (at * 37 % 101) as f32).collect();
        let means = box_means(&values, (width, height), reach);
        for y in 0..height {
            for x in 0..width {
                let rows = y.saturating_sub(reach)..=(y + reach).min(height - 1);
                let columns = || x.saturating_sub(reach)..=(x + reach).min(width - 1);
                let around: Vec<f32> = rows
                    .flat_map(|y| columns().map(move |x| (x, y)))
                    .map(|(x, y)| values[y * width + x])
                    .collect();
                let expected = around.iter().sum::<f32>() / around.len() as f32;
                assert!((means[y * width + x] - expected).abs() < 1e-3, "{x}, {y}");
            }
        }
    }

    #[test]
    fn what_stands_out_is_dark_whatever_it_was() {
        for (ink, paper) in [(240_u8, 60_u8), (20, 200)] {
            // Thin strokes on a ground that gets brighter from left to right.
            let pixels = RgbImage::from_fn(400, 300, |x, y| {
                let is_ink = x % 40 < 4 && (100..200).contains(&y);
                image::Rgb([if is_ink { ink } else { paper.saturating_add((x / 12) as u8) }; 3])
            });
            let png = Rendition::Contrast.png(&pixels).unwrap();
            let gray = image::load_from_memory(&png).unwrap().into_luma8();
            let (stroke, ground) = (gray.get_pixel(404, 300).0[0], gray.get_pixel(444, 300).0[0]);
            assert!(stroke < 60 && ground > 140, "{ink} on {paper}: {stroke} on {ground}");
        }
    }
}
