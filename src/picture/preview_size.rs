//! Small versions of pictures, for the preview.

use std::path::Path;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbImage;

use super::decode::decode_reduced;
use super::decoded::{Picture, ReducedPicture};
use super::error::PictureError;
use super::limits::Limits;
use super::open::open_reduced;
use super::source::Source;
use super::thumbnail::embedded_thumbnail;
use crate::base::pixels::{ReducedImage, displayed_size};
use crate::base::resample::resize_rgb;

/// Reads the picture at `path`, shrunk (never enlarged) to fit `max_width` x `max_height` pixels,
/// antialiased. [`Picture::width`] and [`Picture::height`] stay those of the full size.
///
/// # Errors
/// As [`super::open`].
pub fn open_to_fit(
    path: &Path,
    max_width: u32,
    max_height: u32,
    limits: &Limits,
) -> Result<Picture, PictureError> {
    let picture =
        open_reduced(path, limits, |width, height| preview_size(width, height, max_width, max_height))?;
    fitted(picture, max_width, max_height)
}

/// Decodes a picture from the bytes of a file, as [`open_to_fit`] does. The memory is asked for as in
/// [`super::decode_reduced`].
///
/// # Errors
/// As [`super::decode`].
pub fn decode_to_fit<'a>(
    source: impl Into<Source<'a>>,
    max_width: u32,
    max_height: u32,
    limits: &Limits,
    reserve: impl FnMut(u64) -> bool,
) -> Result<Option<Picture>, PictureError> {
    let preview_size = |width, height| preview_size(width, height, max_width, max_height);
    let picture = decode_reduced(source, limits, preview_size, reserve)?;
    picture.map(|picture| fitted(picture, max_width, max_height)).transpose()
}

/// A small version of the picture at `path`, whose longer side is at most `side` pixels: from the thumbnail in the file if that is
/// as large, which saves decoding the picture; else as [`open_to_fit`]. [`Picture::width`] and [`Picture::height`] are those of
/// the full size in any case.
///
/// # Errors
/// As [`super::open`].
pub fn open_small(path: &Path, side: u32, limits: &Limits) -> Result<Picture, PictureError> {
    // One pixel is lost to rounding when bars are cut off.
    let is_enough = |small: &Picture| small.pixels.width().max(small.pixels.height()) + 1 >= side;
    let Some(mut small) = embedded_thumbnail(path).filter(is_enough) else {
        return open_to_fit(path, side, side, limits);
    };
    let image = ReducedImage::upright(small.pixels);
    let (width, height) = preview_size(image.stored.0, image.stored.1, side, side);
    small.pixels = shrink(&image, width, height)?;
    Ok(small)
}

fn fitted(mut picture: ReducedPicture, max_width: u32, max_height: u32) -> Result<Picture, PictureError> {
    let image = &mut picture.image;
    let (width, height) = image.size();
    let size = preview_size(width, height, max_width, max_height);
    let (width, height) = displayed_size(size, image.orientation);
    if (width, height) != image.stored {
        image.pixels = shrink(image, width, height)?;
    }
    Ok(picture.upright())
}

/// The largest width and height of the same proportions that fit, at least 1 x 1 and at most the full size. All in
/// pixels.
fn preview_size(width: u32, height: u32, max_width: u32, max_height: u32) -> (u32, u32) {
    let scale = |max: u32, side: u32| f64::from(max) / f64::from(side.max(1));
    let scale = scale(max_width, width).min(scale(max_height, height)).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).clamp(1, side.max(1));
    (side(width), side(height))
}

/// Resizes a picture to `width` x `height` pixels, along the sides as stored.
fn shrink(picture: &ReducedImage, width: u32, height: u32) -> Result<RgbImage, PictureError> {
    // A buffer that doesn't match its size is the only way to fail.
    let broken = || PictureError::Io(std::io::Error::other("could not be resized"));
    let pixels = &picture.pixels;
    // The last pixels stand for less than the others.
    let length = |side: u32| f64::from(side) / f64::from(picture.factor);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
        0.0,
        0.0,
        length(picture.stored.0),
        length(picture.stored.1),
    );
    let resized = resize_rgb(pixels.as_raw(), pixels.dimensions(), (width, height), &options);
    RgbImage::from_raw(width, height, resized.map_err(|_| broken())?).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_the_proportions_and_never_grow() {
        assert_eq!(preview_size(4000, 3000, 400, 400), (400, 300));
        assert_eq!(preview_size(30, 40, 400, 400), (30, 40));
        assert_eq!(preview_size(10_000, 50, 100, 100), (100, 1));
        assert_eq!(preview_size(50, 10_000, 0, 0), (1, 1));
    }

    #[test]
    fn a_small_version_of_a_file_without_a_thumbnail_is_decoded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        RgbImage::from_pixel(400, 200, image::Rgb([9, 9, 9])).save(&path).unwrap();
        let small = open_small(&path, 160, &Limits::default()).unwrap();
        assert_eq!((small.pixels.dimensions(), small.width, small.height), ((160, 80), 400, 200));
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
