//! Small versions, for the preview.

use std::path::Path;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::reduced::displayed;
use super::{Limits, Picture, PictureError, Reduced, open_reduced};

/// Reads the picture at `path`, shrunk (never enlarged) to fit `max_width` x `max_height` pixels,
/// antialiased. What the preview shows. `Picture::width`/`height` stay the full size.
///
/// # Errors
/// As [`super::open`].
pub fn open_to_fit(
    path: &Path,
    max_width: u32,
    max_height: u32,
    limits: &Limits,
) -> Result<Picture, PictureError> {
    let fitting = |width, height| fitting(width, height, max_width, max_height);
    let mut picture = open_reduced(path, limits, fitting)?;
    let (width, height) = picture.size();
    let (width, height) = displayed(fitting(width, height), picture.orientation);
    if (width, height) != picture.stored {
        picture.pixels = shrink(&picture, width, height)?;
    }
    Ok(picture.upright())
}

/// The largest size of the same proportions that fits, at least 1 x 1 and at most the full size.
fn fitting(width: u32, height: u32, max_width: u32, max_height: u32) -> (u32, u32) {
    let scale = |max: u32, side: u32| f64::from(max) / f64::from(side.max(1));
    let scale = scale(max_width, width).min(scale(max_height, height)).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).clamp(1, side.max(1));
    (side(width), side(height))
}

/// `width` and `height` are those as stored.
fn shrink(picture: &Reduced, width: u32, height: u32) -> Result<RgbImage, PictureError> {
    // A buffer that doesn't match its size is the only way to fail.
    let broken = || PictureError::Io(std::io::Error::other("could not be resized"));
    let pixels = &picture.pixels;
    let source = ImageRef::new(pixels.width(), pixels.height(), pixels.as_raw(), PixelType::U8x3)
        .map_err(|_| broken())?;
    // The last pixels stand for less than the others.
    let length = |side: u32| f64::from(side) / f64::from(picture.factor);
    let mut out = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
        0.0,
        0.0,
        length(picture.stored.0),
        length(picture.stored.1),
    );
    Resizer::new().resize(&source, &mut out, &options).map_err(|_| broken())?;
    RgbImage::from_raw(width, height, out.into_vec()).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_the_proportions_and_never_grow() {
        assert_eq!(fitting(4000, 3000, 400, 400), (400, 300));
        assert_eq!(fitting(30, 40, 400, 400), (30, 40));
        assert_eq!(fitting(10_000, 50, 100, 100), (100, 1));
        assert_eq!(fitting(50, 10_000, 0, 0), (1, 1));
    }

    #[test]
    fn a_preview_is_an_average_of_the_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stripes.png");
        // Black and white columns: anything but an average would be one of the two.
        RgbImage::from_fn(64, 32, |x, _| image::Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]))
            .save(&path)
            .unwrap();
        let picture = open_to_fit(&path, 8, 8, &Limits::default()).unwrap();
        assert_eq!((picture.width, picture.height), (64, 32));
        assert_eq!(picture.pixels.dimensions(), (8, 4));
        assert!(picture.pixels.as_raw().iter().all(|v| (112..=143).contains(v)), "{:?}", picture.pixels);
    }
}
