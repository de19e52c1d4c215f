//! Resizing a part of a picture, as Pillow does.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbImage;
use image::metadata::Orientation;

use super::axis::Axis;
use crate::base::pixels::{ReducedImage, turn_upright};
use crate::base::resample::resize_rgb;

/// How the sides of the stored picture relate to those of the upright one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Stored rows are upright columns.
    swapped: bool,
    /// Stored rows run from right to left of the upright picture (from bottom to top when they are its columns).
    across_mirrored: bool,
    /// Stored columns run from bottom to top of the upright picture (from right to left when they are its rows).
    down_mirrored: bool,
}

impl Turn {
    pub(crate) fn of(orientation: Orientation) -> Self {
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

    /// What belongs to the two sides of the one, in the order of the other.
    pub(crate) fn swap<T>(&self, (a, b): (T, T)) -> (T, T) {
        if self.swapped { (b, a) } else { (a, b) }
    }
}

/// The part of the resized picture that both axes keep, upright: rows of RGB, 8 bits a channel.
///
/// In two passes, rows of the upright picture first, because Pillow does: both round to bytes and clip
/// in between, which with hard contrasts (the filters overshoot there) gives another result in the
/// other order.
pub(super) fn resize(image: &ReducedImage, turn: &Turn, x: &Axis, y: &Axis, algorithm: ResizeAlg) -> Vec<u8> {
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
    let support = support(algorithm);
    let (between, first, second) = if turn.swapped {
        let (left, columns) = across.span(pixels.width(), support);
        (
            (columns, down.kept),
            options.crop(left.into(), down.start, columns.into(), down.length),
            options.crop(across.start - f64::from(left), 0.0, across.length, down.kept.into()),
        )
    } else {
        let (top, rows) = down.span(pixels.height(), support);
        (
            (across.kept, rows),
            options.crop(across.start, top.into(), across.length, rows.into()),
            options.crop(0.0, down.start - f64::from(top), across.kept.into(), down.length),
        )
    };
    let kept = (across.kept, down.kept);
    let resized = resize_rgb(pixels.as_raw(), pixels.dimensions(), between, &first)
        .and_then(|pass| resize_rgb(&pass, between, kept, &second));
    // The only errors are a buffer or a box that doesn't fit the picture. Neither can be, but for a
    // picture without pixels, which has no colour to show.
    debug_assert!(resized.is_ok() || pixels.is_empty(), "{:?}", resized.err());
    let resized = resized.unwrap_or_else(|_| vec![0; kept.0 as usize * kept.1 as usize * 3]);
    // Of another size it can't be.
    RgbImage::from_raw(kept.0, kept.1, resized)
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

/// Pillow's resampling filters by number, in the words of `fast_image_resize`; none for other numbers.
pub(super) fn pillow_filter(resample: u64) -> Option<ResizeAlg> {
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
