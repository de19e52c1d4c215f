//! Pictures that were made smaller while they were decoded.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::Picture;

/// A decoded picture as it is stored: not turned upright yet, and perhaps smaller than the original.
///
/// Turning comes last because it costs a copy: whoever shrinks the picture further turns the result.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// 8-bit RGB pixels, each the average of `factor` x `factor` of the original; those of the last row
    /// and column, of what is left.
    pub pixels: RgbImage,
    /// See `pixels`; 1 is the full size.
    pub factor: u32,
    /// Full width and height as stored.
    pub stored: (u32, u32),
    /// How to turn it upright.
    pub orientation: Orientation,
    /// EXIF time of capture in seconds since 1970 as if its local time were UTC, if known.
    pub taken_at: Option<i64>,
}

impl Reduced {
    /// Full width and height as displayed.
    pub fn size(&self) -> (u32, u32) {
        displayed(self.stored, self.orientation)
    }

    /// Turns the pixels upright.
    pub fn upright(self) -> Picture {
        let (width, height) = self.size();
        Picture { pixels: upright(self.pixels, self.orientation), width, height, taken_at: self.taken_at }
    }
}

/// Turns pixels upright.
pub(super) fn upright(pixels: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let mut pixels = DynamicImage::ImageRgb8(pixels);
    pixels.apply_orientation(orientation);
    pixels.into_rgb8()
}

/// Width and height after turning.
pub(super) fn displayed((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The largest whole number by which both sides can be divided and still be as long as needed; at
/// least 1.
pub(super) fn largest_factor(full: (u32, u32), needed: (u32, u32)) -> u32 {
    (full.0 / needed.0.max(1)).min(full.1 / needed.1.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_leave_at_least_what_is_needed() {
        for (full, needed, factor) in [
            ((4000, 3000), (448, 336), 8),
            ((4000, 3000), (500, 375), 8),
            ((4000, 3000), (501, 375), 7),
            ((4000, 3000), (4000, 3000), 1),
            ((4000, 3000), (9000, 1), 1),
            ((1, 1), (0, 0), 1),
            ((65_535, 224), (65_535, 224), 1),
        ] {
            assert_eq!(largest_factor(full, needed), factor, "{full:?} {needed:?}");
        }
    }

    #[test]
    fn turning_swaps_sides_when_image_does() {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let turned = upright(RgbImage::new(3, 2), orientation);
            assert_eq!(turned.dimensions(), displayed((3, 2), orientation), "{orientation:?}");
        }
    }
}
