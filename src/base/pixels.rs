//! Decoded pixels on their way from a picture's file to whoever shows or embeds them.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

/// A decoded picture as it is stored: not turned upright yet, and perhaps smaller than the original.
///
/// Turning comes last because it costs a copy: whoever shrinks the picture further turns the result.
#[derive(Debug, Clone)]
pub struct ReducedImage {
    /// RGB pixels of 8 bits a channel, row by row from the top left. Each is the average of `factor` x `factor` pixels
    /// of the original; those of the last column and row average what is left.
    pub pixels: RgbImage,
    /// How many pixels of the original one of `pixels` stands for along each side, at least 1 (the full size).
    pub factor: u32,
    /// Width and height of the original as stored, in pixels.
    pub stored: (u32, u32),
    /// How the stored pixels are turned upright.
    pub orientation: Orientation,
}

impl ReducedImage {
    /// A picture of full size that is upright already.
    pub fn upright(pixels: RgbImage) -> Self {
        let stored = pixels.dimensions();
        Self { pixels, factor: 1, stored, orientation: Orientation::NoTransforms }
    }

    /// Width and height of the original as displayed (upright), in pixels.
    pub fn size(&self) -> (u32, u32) {
        displayed_size(self.stored, self.orientation)
    }

    /// The pixels, turned upright.
    pub fn into_upright(self) -> RgbImage {
        turn_upright(self.pixels, self.orientation)
    }
}

/// Turns stored pixels upright.
pub(crate) fn turn_upright(pixels: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let mut pixels = DynamicImage::ImageRgb8(pixels);
    pixels.apply_orientation(orientation);
    pixels.into_rgb8()
}

/// Width and height as displayed, in pixels, of a picture that is stored as `width` x `height`. Its own inverse.
pub(crate) fn displayed_size((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_swaps_sides_when_image_does() {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let image = ReducedImage { orientation, ..ReducedImage::upright(RgbImage::new(3, 2)) };
            let size = image.size();
            assert_eq!(image.into_upright().dimensions(), size, "{orientation:?}");
            assert_eq!(displayed_size(size, orientation), (3, 2));
        }
    }
}
