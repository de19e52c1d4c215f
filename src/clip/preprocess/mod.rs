//! `preprocessor_config.json`: pictures to the vision tower's pixels, as transformers'
//! `CLIPImageProcessor` (the slow one, on Pillow) makes them.

mod config;
#[cfg(test)]
mod source_tests;
mod window;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use image::metadata::Orientation;

pub use config::Preprocessor;
use window::{Axis, resized};

use crate::base::pixels::{ReducedImage, turn_upright};

/// One picture, resized, cropped and normalized as the checkpoint asks: 3 x size x size, CHW.
#[derive(Debug, Clone)]
pub struct Pixels(pub Vec<f32>);

/// How the shape of a picture changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// The shorter side gets this length, the longer one in proportion.
    ShortestEdge(u32),
    /// Both sides are set, whatever that does to the proportions.
    Exact { width: u32, height: u32 },
}

/// How many times the size after resizing a reduced picture has to be. What averages blur then hardly
/// shows; `tests/it/scaled_decode.rs` measures it.
const MARGIN: f64 = 1.5;

impl Preprocessor {
    /// The smallest width and height that will do of an upright picture of `width` x `height`, all in pixels.
    pub fn minimum_size(&self, width: u32, height: u32) -> (u32, u32) {
        match (self.size, self.algorithm) {
            // These take the pixels as they are.
            (None, _) | (_, ResizeAlg::Nearest) => (width, height),
            (Some(size), _) => {
                let (new_width, new_height) = resized(size, width.max(1), height.max(1));
                let side = |new: u32, full: u32| ((f64::from(new) * MARGIN).ceil() as u32).min(full);
                (side(new_width, width), side(new_height, height))
            }
        }
    }

    /// Preprocesses one picture, with the framing of the full one turned upright.
    ///
    /// Only what the crop keeps is computed, at the coordinates and with the neighbours that resizing
    /// the whole picture would use: a 50 x 10,000 picture costs no more than a square one.
    pub fn apply(&self, image: &ReducedImage) -> Pixels {
        let turn = Turn::of(image.orientation);
        let (width, height) = turn.swap((image.stored.0.max(1), image.stored.1.max(1)));
        let (new_width, new_height) = match self.size {
            Some(size) => resized(size, width, height),
            None => (width, height),
        };
        let (crop_width, crop_height) = self.crop.unwrap_or((new_width, new_height));
        let x = Axis::new(width, new_width, crop_width);
        let y = Axis::new(height, new_height, crop_height);
        let kept = resize(image, &turn, &x, &y, self.algorithm);
        self.normalize(&kept, &x, &y)
    }

    /// Places the kept part in the crop (black around it), and makes planes of normalized values.
    fn normalize(&self, kept: &[u8], x: &Axis, y: &Axis) -> Pixels {
        let (width, height) = (x.crop as usize, y.crop as usize);
        let mut pixels = Vec::with_capacity(3 * width * height);
        for table in &self.tables {
            pixels.resize(pixels.len() + width * height, table[0]);
        }
        let (kept_width, plane) = (x.kept as usize, width * height);
        for (row, line) in kept.chunks_exact(3 * kept_width).enumerate() {
            let start = (y.pad as usize + row) * width + x.pad as usize;
            for (column, rgb) in line.chunks_exact(3).enumerate() {
                for (channel, (&value, table)) in rgb.iter().zip(&self.tables).enumerate() {
                    pixels[channel * plane + start + column] = table[usize::from(value)];
                }
            }
        }
        Pixels(pixels)
    }
}

/// How the sides of a stored picture relate to those of the upright one.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Its rows are columns.
    swapped: bool,
    /// Its rows run from right to left (or from bottom to top, when they are columns).
    across_mirrored: bool,
    /// As its columns do.
    down_mirrored: bool,
}

impl Turn {
    fn of(orientation: Orientation) -> Self {
        let (swapped, across_mirrored, down_mirrored) = match orientation {
            Orientation::NoTransforms => (false, false, false),
            Orientation::FlipHorizontal => (false, true, false),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, false, true),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, false, true),
            Orientation::Rotate270 => (true, true, false),
            Orientation::Rotate270FlipH => (true, true, true),
        };
        Self { swapped, across_mirrored, down_mirrored }
    }

    /// Two sides of one in the order of the other.
    fn swap<T>(&self, (a, b): (T, T)) -> (T, T) {
        if self.swapped { (b, a) } else { (a, b) }
    }
}

/// The part of the resized picture that both axes keep, upright, as rows of RGB.
///
/// In two passes, rows of the upright picture first, because Pillow does: both round to bytes and clip
/// in between, which with hard contrasts (the filters overshoot there) gives another result in the
/// other order.
fn resize(image: &ReducedImage, turn: &Turn, x: &Axis, y: &Axis, algorithm: ResizeAlg) -> Vec<u8> {
    let pixels = &image.pixels;
    let (mut across, mut down) = turn.swap((*x, *y));
    if turn.across_mirrored {
        across = across.mirrored(image.stored.0);
    }
    if turn.down_mirrored {
        down = down.mirrored(image.stored.1);
    }
    let (across, down) = (across.reduced(image.factor), down.reduced(image.factor));
    let options = ResizeOptions::new().resize_alg(algorithm);
    let reach = support(algorithm);
    let (between, first, second) = if turn.swapped {
        let (left, columns) = across.reach(pixels.width(), reach);
        (
            (columns, down.kept),
            options.crop(left.into(), down.start, columns.into(), down.length),
            options.crop(across.start - f64::from(left), 0.0, across.length, down.kept.into()),
        )
    } else {
        let (top, rows) = down.reach(pixels.height(), reach);
        (
            (across.kept, rows),
            options.crop(across.start, top.into(), across.length, rows.into()),
            options.crop(0.0, down.start - f64::from(top), across.kept.into(), down.length),
        )
    };
    let mut between = Image::new(between.0, between.1, PixelType::U8x3);
    let mut kept = Image::new(across.kept, down.kept, PixelType::U8x3);
    let mut resizer = Resizer::new();
    let resized = ImageRef::new(pixels.width(), pixels.height(), pixels.as_raw(), PixelType::U8x3)
        .map_err(|e| e.to_string())
        .and_then(|source| resizer.resize(&source, &mut between, &first).map_err(|e| e.to_string()))
        .and_then(|()| resizer.resize(&between, &mut kept, &second).map_err(|e| e.to_string()));
    // The only errors are a buffer or a box that doesn't fit the picture. Neither can be, but for a
    // picture without pixels, which has no colour to show.
    debug_assert!(resized.is_ok() || pixels.is_empty(), "{resized:?}");
    // Of another size it can't be.
    RgbImage::from_raw(across.kept, down.kept, kept.into_vec())
        .map(|kept| turn_upright(kept, image.orientation).into_raw())
        .unwrap_or_default()
}

/// How far a filter reaches, in pixels of the output (of the input when that is enlarged).
fn support(algorithm: ResizeAlg) -> f64 {
    match algorithm {
        ResizeAlg::Convolution(FilterType::Lanczos3) => 3.0,
        ResizeAlg::Convolution(FilterType::CatmullRom) => 2.0,
        _ => 1.0,
    }
}

/// Pillow's resampling filters by number, in the words of `fast_image_resize`.
fn algorithm(resample: u64) -> Option<ResizeAlg> {
    Some(match resample {
        0 => ResizeAlg::Nearest,
        1 => ResizeAlg::Convolution(FilterType::Lanczos3),
        2 => ResizeAlg::Convolution(FilterType::Bilinear),
        // Both with a = -0.5.
        3 => ResizeAlg::Convolution(FilterType::CatmullRom),
        4 => ResizeAlg::Convolution(FilterType::Box),
        5 => ResizeAlg::Convolution(FilterType::Hamming),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Values as they are, so that the output is the pixels.
    pub(super) fn preprocessor(json: &str, size: usize) -> Preprocessor {
        let json = format!(r#"{{"do_rescale": false, "do_normalize": false, {json}}}"#);
        Preprocessor::parse(json.as_bytes(), size, Path::new("preprocessor_config.json")).unwrap()
    }

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let wave = |x: u32, period: f32| ((x as f32 / period).sin() * 127.0 + 128.0) as u8;
            image::Rgb([wave(x, 9.0), wave(y, 7.0), wave(x + 2 * y, 11.0)])
        })
    }

    #[test]
    fn the_kept_part_is_what_resizing_the_whole_would_give() {
        let (size, crop) = (40, 24);
        for (width, height) in [(100, 50), (50, 100), (37, 301), (301, 37), (20, 19), (40, 40), (3, 1)] {
            let picture = picture(width, height);
            let apply = |crop: (u32, u32)| {
                Preprocessor { crop: Some(crop), ..preprocessor(r#""size": 40, "crop_size": 24"#, 24) }
                    .apply(&ReducedImage::upright(picture.clone()))
            };
            let (whole_width, whole_height) = resized(Size::ShortestEdge(size), width, height);
            let whole = apply((whole_width, whole_height));
            let kept = apply((crop, crop));
            let (left, top) = ((whole_width - crop) / 2, (whole_height - crop) / 2);
            for (i, value) in kept.0.iter().enumerate() {
                let (channel, rest) = (i as u32 / (crop * crop), i as u32 % (crop * crop));
                let (y, x) = (rest / crop + top, rest % crop + left);
                let expected = whole.0[((channel * whole_height + y) * whole_width + x) as usize];
                assert!(
                    (value - expected).abs() <= 1.0,
                    "{width}x{height} at {x},{y}: {value} != {expected}"
                );
            }
        }
    }

    #[test]
    fn a_crop_beyond_the_picture_is_black() {
        let red = RgbImage::from_pixel(3, 2, image::Rgb([200, 0, 0]));
        let pixels =
            preprocessor(r#""do_resize": false, "crop_size": 6"#, 6).apply(&ReducedImage::upright(red));
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
}
