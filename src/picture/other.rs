//! Everything but JPEG, through the `image` crate.

use std::io::Cursor;

use image::error::{ImageError, UnsupportedErrorKind};
use image::{ColorType, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::decode::{Header, Needed, check_size, needed_as_stored};
use super::exif::{self, Exif};
use super::format::Format;
use super::reduced::largest_factor;
use super::{Limits, PictureError, png_rows};

/// Above this many bytes of pixels a PNG is reduced row by row: below, exactness matters more.
const REDUCE_ABOVE: u64 = 64 << 20;
/// Files up to this size are copied for the sake of a date.
const TIFF_WITH_DATE: usize = 64 << 20;
/// What decoders take beside pixels.
const SLACK: u64 = 1 << 20;

/// Reads all but the pixels.
pub(super) fn header<'a>(
    bytes: &'a [u8],
    format: Format,
    limits: &Limits,
    needed: Needed,
) -> Result<Header<'a>, PictureError> {
    let explain = move |error| explain(error, format);
    if let (Format::Png, Some((width, height))) = (format, png_size(bytes)) {
        // The decoder looks for the pixels first, and would tell of their absence.
        check_size(width, height, limits)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format));
    // The decoder's own check would come first, and say less than ours.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let stored = decoder.dimensions();
    check_size(stored.0, stored.1, limits)?;
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_memory);
    let exif = match format {
        Format::Tiff => Exif { orientation: decoder.orientation().map_err(explain)?, taken_at: None },
        _ => decoder.exif_metadata().map_err(explain)?.map_or(Exif::NONE, Exif::parse),
    };
    let orientation = exif.orientation;
    let header = |factor, memory, work| Header {
        format,
        stored,
        orientation,
        taken_at: exif.taken_at,
        memory,
        factor,
        second_opinion: false,
        work,
    };
    let pixels = u64::from(stored.0) * u64::from(stored.1);
    let factor = largest_factor(stored, needed_as_stored(stored, orientation, needed)) / png_rows::MARGIN;
    let large = decoder.total_bytes() > REDUCE_ABOVE;
    if format == Format::Png
        && large
        && factor > 1
        && let Some(rows) = png_rows::Rows::open(bytes, factor, limits)?
    {
        let memory = rows.memory();
        return Ok(header(factor, memory, Box::new(move || Ok((rows.reduce()?, exif.taken_at)))));
    }
    let inside = match format {
        // A copy before colours are converted; and that of the file for the date.
        Format::Tiff => {
            decoder.total_bytes() + if bytes.len() < TIFF_WITH_DATE { bytes.len() as u64 } else { 0 }
        }
        // Planes of colour at half the size, or RGBA.
        Format::Webp if bytes.get(12..16) == Some(b"VP8 ") => 2 * pixels,
        Format::Webp => 4 * pixels,
        // A frame that is smaller than the picture.
        Format::Gif => 4 * pixels,
        _ => 0,
    };
    let total = decoder.total_bytes().saturating_add(inside).saturating_add(SLACK);
    let work = move || {
        decoder.set_limits(memory).map_err(explain)?;
        let colors = decoder.color_type();
        let length =
            usize::try_from(decoder.total_bytes()).map_err(|_| PictureError::TooMuchMemory(format))?;
        let mut pixels = vec![0; length];
        decoder.read_image(&mut pixels).map_err(explain)?;
        let taken_at = match format {
            Format::Tiff => tiff_taken_at(bytes),
            _ => exif.taken_at,
        };
        to_rgb(&mut pixels, colors, format)?;
        let pixels = RgbImage::from_raw(stored.0, stored.1, pixels)
            .ok_or_else(|| PictureError::Damaged { format, reason: "of unexpected size".into() })?;
        Ok((pixels, taken_at))
    };
    Ok(header(1, total, Box::new(work)))
}

/// The time of capture in a TIFF file, unless it is very large.
pub(super) fn tiff_taken_at(bytes: &[u8]) -> Option<i64> {
    if bytes.len() < TIFF_WITH_DATE { exif::taken_at(bytes.to_vec()) } else { None }
}

/// Makes RGB of 8 bits of pixels of another kind, in place where that is smaller: a copy of a large
/// picture is what there is no room for.
fn to_rgb(pixels: &mut Vec<u8>, colors: ColorType, format: Format) -> Result<(), PictureError> {
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

/// 16 bits to 8, rounded.
pub(super) fn scale_16(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

/// Width and height from a PNG's header chunk.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24)?.strip_prefix(b"IHDR")?;
    let (width, height) = header.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}

fn image_format(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::Tiff => ImageFormat::Tiff,
    }
}

fn explain(error: ImageError, format: Format) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooMuchMemory(format),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureError::Truncated { format, reason: "the file ends too early".into() }
        }
        ImageError::Unsupported(error) => PictureError::Unsupported(match error.kind() {
            UnsupportedErrorKind::Color(color) => format!("{format} {color:?}"),
            UnsupportedErrorKind::GenericFeature(feature) => format!("{format} ({feature})"),
            _ => format!("such {format}"),
        }),
        error => damaged(&error, format),
    }
}

/// Damaged or cut short: decoders wrap the end of the file in errors of their own.
pub(super) fn damaged(error: &dyn std::error::Error, format: Format) -> PictureError {
    let reason = innermost(error);
    if ["end of file", "unexpected eof", "fill whole buffer", "Unexpected end"]
        .iter()
        .any(|end| reason.contains(end))
    {
        PictureError::Truncated { format, reason: "the file ends too early".into() }
    } else {
        PictureError::Damaged { format, reason }
    }
}

/// The last of a chain of errors, in one line: the others only say that there was one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
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
