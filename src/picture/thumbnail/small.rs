//! A small JPEG to a picture in the proportions of the large one.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::base::pixels::{displayed_size, turn_upright};
use crate::picture::decode::decode_reduced;
use crate::picture::decoded::Picture;
use crate::picture::limits::Limits;

/// The smallest preview of a raw file that is preferred to its larger ones: its longer side, in pixels.
pub(super) const PREFERRED_SIDE: u32 = 480;

/// The pixels of a small JPEG as stored, whatever its own EXIF says.
pub(super) fn decode_small(bytes: &[u8]) -> Option<RgbImage> {
    let minimum = |width: u32, height: u32| {
        let long = width.max(height).max(1);
        let side = |side: u32| side.min(side.saturating_mul(PREFERRED_SIDE).div_ceil(long));
        (side(width), side(height))
    };
    Some(decode_reduced(bytes, &Limits::default(), minimum, |_| true).ok()??.image.pixels)
}

/// A thumbnail, turned upright and without bars. `size` is the picture's as displayed.
pub(super) fn finish(
    small: RgbImage,
    size: (u32, u32),
    orientation: Orientation,
    taken_at: Option<i64>,
) -> Option<Picture> {
    let pixels = turn_upright(without_bars(small, displayed_size(size, orientation))?, orientation);
    Some(Picture { pixels, width: size.0, height: size.1, taken_at, damage: None })
}

/// Cuts off the black bars between which the thumbnails of photos lie that are not 4 to 3: keeps the middle, in the
/// proportions of a photo of `width` x `height`.
fn without_bars(small: RgbImage, (width, height): (u32, u32)) -> Option<RgbImage> {
    let (w, h) = small.dimensions();
    let cut = |whole: u32, along: u32, across: u32| {
        let side = u64::from(whole) * u64::from(along) / u64::from(across.max(1));
        u32::try_from(side).unwrap_or(u32::MAX).max(1)
    };
    let (kept_w, kept_h) = (cut(h, width, height).min(w), cut(w, height, width).min(h));
    if kept_w == 0 || kept_h == 0 {
        return None;
    }
    let (x, y) = ((w - kept_w) / 2, (h - kept_h) / 2);
    Some(DynamicImage::ImageRgb8(small).crop_imm(x, y, kept_w, kept_h).into_rgb8())
}
