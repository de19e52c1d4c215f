//! Parts of pictures.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbImage;

use super::error::PictureError;
use crate::base::resample::resize_rgb;

/// Cuts a part out of a picture, and shrinks it (never enlarges it) to fit `room`, antialiased. `origin` is the upper left corner
/// of the part, `extent` its width and height; all in pixels. A part that has room is copied as it is.
///
/// # Errors
/// When the part is empty or not within the picture.
pub fn crop_to_fit(
    picture: &RgbImage,
    origin: (u32, u32),
    extent: (u32, u32),
    room: (u32, u32),
) -> Result<RgbImage, PictureError> {
    let outside =
        || PictureError::Io(std::io::Error::other("this part of the picture is not there any more"));
    let (width, height) = picture.dimensions();
    let is_inside = |origin: u32, extent: u32, side: u32| {
        extent > 0 && origin.checked_add(extent).is_some_and(|end| end <= side)
    };
    if !is_inside(origin.0, extent.0, width) || !is_inside(origin.1, extent.1, height) {
        return Err(outside());
    }
    let scale = |room: u32, extent: u32| f64::from(room) / f64::from(extent);
    let scale = scale(room.0, extent.0).min(scale(room.1, extent.1));
    if scale >= 1.0 {
        return Ok(image::imageops::crop_imm(picture, origin.0, origin.1, extent.0, extent.1).to_image());
    }
    let side = |extent: u32| ((f64::from(extent) * scale).round() as u32).max(1);
    let to = (side(extent.0), side(extent.1));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
        f64::from(origin.0),
        f64::from(origin.1),
        f64::from(extent.0),
        f64::from(extent.1),
    );
    let pixels = resize_rgb(picture.as_raw(), (width, height), to, &options).map_err(|_| outside())?;
    RgbImage::from_raw(to.0, to.1, pixels).ok_or_else(outside)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A picture whose pixels tell where they are.
    fn picture() -> RgbImage {
        RgbImage::from_fn(200, 100, |x, y| Rgb([x as u8, y as u8, 0]))
    }

    #[test]
    fn a_part_that_has_room_is_copied_pixel_by_pixel() {
        let part = crop_to_fit(&picture(), (50, 20), (30, 40), (30, 40)).unwrap();
        assert_eq!(part.dimensions(), (30, 40));
        assert!(part.enumerate_pixels().all(|(x, y, pixel)| pixel.0 == [50 + x as u8, 20 + y as u8, 0]));
        assert_eq!(crop_to_fit(&picture(), (50, 20), (30, 40), (300, 400)).unwrap(), part, "never enlarged");
    }

    #[test]
    fn a_larger_part_is_shrunk_in_its_proportions() {
        let part = crop_to_fit(&picture(), (100, 0), (100, 100), (20, 50)).unwrap();
        assert_eq!(part.dimensions(), (20, 20));
        // Each pixel is the average of five: from 100 to 104 at the left edge.
        for (x, y, pixel) in part.enumerate_pixels() {
            let expected = [102 + 5 * x as i32, 2 + 5 * y as i32];
            assert!((i32::from(pixel[0]) - expected[0]).abs() <= 2, "{x}, {y}: {pixel:?}");
            assert!((i32::from(pixel[1]) - expected[1]).abs() <= 2, "{x}, {y}: {pixel:?}");
        }
    }

    #[test]
    fn parts_beside_the_picture_are_refused() {
        for (origin, extent) in
            [((190, 0), (11, 5)), ((0, 100), (5, 1)), ((0, 0), (0, 5)), ((u32::MAX, 0), (2, 2))]
        {
            assert!(crop_to_fit(&picture(), origin, extent, (10, 10)).is_err());
        }
    }
}
