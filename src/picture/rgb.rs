//! Pixels of any kind to 8-bit RGB.

use image::ColorType;

use super::error::PictureError;
use super::format::Format;

/// Makes 8-bit RGB of pixels of another kind, in place where that is smaller: there is no room for a copy of a large
/// picture. Samples of more than 8 bits are in the byte order of this machine.
pub(super) fn to_rgb(pixels: &mut Vec<u8>, colors: ColorType, format: Format) -> Result<(), PictureError> {
    let (channels, bytes) = match colors {
        ColorType::Rgb8 => return Ok(()),
        ColorType::L8 => (1, 1),
        ColorType::La8 => (2, 1),
        ColorType::Rgba8 => (4, 1),
        ColorType::L16 => (1, 2),
        ColorType::La16 => (2, 2),
        ColorType::Rgb16 => (3, 2),
        ColorType::Rgba16 => (4, 2),
        ColorType::Rgb32F => (3, 4),
        ColorType::Rgba32F => (4, 4),
        other => return Err(PictureError::Unsupported(format!("{format} {other:?}"))),
    };
    let size = channels * bytes;
    let count = pixels.len() / size;
    let value = |sample: &[u8]| match *sample {
        [value] => value,
        [a, b] => scale_16(u16::from_ne_bytes([a, b])),
        [a, b, c, d] => (f32::from_ne_bytes([a, b, c, d]).clamp(0.0, 1.0) * 255.0).round() as u8,
        _ => 0,
    };
    let rgb = |pixel: &[u8]| {
        let channel = |i: usize| value(&pixel[i * bytes..(i + 1) * bytes]);
        if channels < 3 { [channel(0); 3] } else { [channel(0), channel(1), channel(2)] }
    };
    if size >= 3 {
        for i in 0..count {
            let new = rgb(&pixels[i * size..(i + 1) * size]);
            pixels[i * 3..i * 3 + 3].copy_from_slice(&new);
        }
        pixels.truncate(count * 3);
    } else {
        // From the end, where the room is.
        pixels.resize(count * 3, 0);
        for i in (0..count).rev() {
            let new = rgb(&pixels[i * size..(i + 1) * size]);
            pixels[i * 3..i * 3 + 3].copy_from_slice(&new);
        }
    }
    Ok(())
}

/// Scales a sample of 16 bits to 8, rounded.
pub(super) fn scale_16(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageBuffer};

    use super::*;

    #[test]
    fn colours_become_what_the_image_crate_makes_of_them() {
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 16) as u16;
        let rgba = DynamicImage::ImageRgba16(ImageBuffer::from_fn(31, 17, |x, y| {
            image::Rgba([0, 1, 2, 3].map(|c| noise(x * 71 + y * 1013 + c)))
        }));
        for picture in [
            DynamicImage::from(rgba.to_luma8()),
            rgba.to_luma_alpha8().into(),
            rgba.to_rgb8().into(),
            rgba.to_rgba8().into(),
            rgba.to_luma16().into(),
            rgba.to_luma_alpha16().into(),
            rgba.to_rgb16().into(),
            rgba.clone(),
            rgba.to_rgb32f().into(),
            rgba.to_rgba32f().into(),
        ] {
            let mut pixels = picture.as_bytes().to_vec();
            to_rgb(&mut pixels, picture.color(), Format::Png).unwrap();
            assert_eq!(pixels, picture.to_rgb8().into_raw(), "{:?}", picture.color());
        }
    }
}
