//! What is known of a picture before its pixels are decoded.

use image::RgbImage;
use image::metadata::Orientation;

use super::error::PictureError;
use super::format::Format;
use super::limits::Limits;
use crate::base::pixels::displayed_size;

/// Says, for the full width and height as displayed, the smallest width and height that will do. All in pixels.
pub(super) type MinimumSize<'a> = &'a dyn Fn(u32, u32) -> (u32, u32);

/// Decodes the pixels.
pub(super) type Work<'a> = Box<dyn FnOnce() -> Result<Decoded, PictureError> + 'a>;

/// What decoding the pixels gives.
#[derive(Debug)]
pub(super) struct Decoded {
    /// sRGB as stored (not turned upright), with what is transparent laid on white.
    pub pixels: RgbImage,
    /// As [`DecodePlan::taken_at`].
    pub taken_at: Option<i64>,
    /// What is wrong with the file, in plain words, when only a part of the picture is there.
    pub damage: Option<String>,
}

impl Decoded {
    /// A picture all of which is there.
    pub(crate) fn whole(pixels: RgbImage, taken_at: Option<i64>) -> Self {
        Self { pixels, taken_at, damage: None }
    }
}

/// What the header of a picture says, what decoding it will cost, and how it is done.
pub(super) struct DecodePlan<'a> {
    pub format: Format,
    /// Full width and height as stored, in pixels.
    pub stored: (u32, u32),
    pub orientation: Orientation,
    /// EXIF time of capture in seconds since 1970 as if its local time were UTC. That of a TIFF file comes with the
    /// pixels.
    pub taken_at: Option<i64>,
    /// Upper bound of the memory that `work` takes beside the file's bytes, in bytes.
    pub memory: u64,
    /// By how much `work` reduces each side; 1 is the full size.
    pub factor: u32,
    pub work: Work<'a>,
}

/// The smallest width and height that will do, along the sides as stored.
pub(super) fn minimum_as_stored(
    stored: (u32, u32),
    orientation: Orientation,
    minimum_size: MinimumSize,
) -> (u32, u32) {
    let (width, height) = displayed_size(stored, orientation);
    // Turning is its own inverse as far as it swaps sides.
    displayed_size(minimum_size(width, height), orientation)
}

/// Refuses a size that a header claims, before anything is allocated for it.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    Ok(())
}
