//! Formats that are read through the `image` crate.

use std::io::Cursor;

use image::{ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::decoder_error;
use super::embedded::Embedded;
use super::error::PictureError;
use super::exif::{self, Exif};
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::to_srgb;

/// Largest TIFF file, in bytes, that is copied for the sake of its date.
const MAX_TIFF_WITH_DATE: usize = 64 << 20;
/// Memory that decoders take beside pixels, in bytes.
const DECODER_MEMORY: u64 = 1 << 20;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(
    bytes: &'a [u8],
    format: Format,
    limits: &Limits,
) -> Result<DecodePlan<'a>, PictureError> {
    let explain = move |error| decoder_error::explain(error, format);
    let known = image_format(format).ok_or_else(|| PictureError::Unsupported(format.to_string()))?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), known);
    // The decoder's own check would come first, and say less than ours.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let stored = decoder.dimensions();
    check_size(stored.0, stored.1, limits)?;
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_memory);
    let exif = match format {
        Format::Tiff => Exif { orientation: decoder.orientation().map_err(explain)?, taken_at: None },
        Format::Png => Embedded::in_png(bytes).parse(),
        Format::Webp => Embedded::in_webp(bytes).parse(),
        _ => decoder.exif_metadata().map_err(explain)?.map_or(Exif::NONE, Exif::parse),
    };
    let orientation = exif.orientation;
    // A profile that can't be read is as good as none.
    let profile = decoder.icc_profile().ok().flatten();
    let plan = |memory, work| DecodePlan {
        format,
        stored,
        orientation,
        taken_at: exif.taken_at,
        memory,
        factor: 1,
        retry_at_full_size: false,
        work,
    };
    let pixels = u64::from(stored.0) * u64::from(stored.1);
    let working_memory = match format {
        // A copy before colours are converted; and that of the file for the date.
        Format::Tiff => {
            decoder.total_bytes() + if bytes.len() < MAX_TIFF_WITH_DATE { bytes.len() as u64 } else { 0 }
        }
        // Planes of colour at half the size, or RGBA.
        Format::Webp if bytes.get(12..16) == Some(b"VP8 ") => 2 * pixels,
        Format::Webp => 4 * pixels,
        // A frame that is smaller than the picture.
        Format::Gif => 4 * pixels,
        _ => 0,
    };
    let total = decoder.total_bytes().saturating_add(working_memory).saturating_add(DECODER_MEMORY);
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
        let pixels = to_srgb(pixels, colors, profile.as_deref(), format)?;
        let pixels = RgbImage::from_raw(stored.0, stored.1, pixels)
            .ok_or_else(|| PictureError::Damaged { format, reason: "of unexpected size".into() })?;
        Ok(Decoded::whole(pixels, taken_at))
    };
    Ok(plan(total, Box::new(work)))
}

/// The time of capture in a TIFF file, in seconds since 1970, unless the file is very large.
pub(super) fn tiff_taken_at(bytes: &[u8]) -> Option<i64> {
    if bytes.len() < MAX_TIFF_WITH_DATE { exif::taken_at(bytes) } else { None }
}

/// The decoder of the `image` crate for a format.
fn image_format(format: Format) -> Option<ImageFormat> {
    Some(match format {
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::Tiff => ImageFormat::Tiff,
        _ => return None,
    })
}
