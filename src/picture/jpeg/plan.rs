//! Reading a JPEG's header, and choosing its decoder.

use image::RgbImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::decoder_error::{self, damaged, explain};
use super::markers::Markers;
use super::scaled::ScaledDecoder;
use crate::picture::error::PictureError;
use crate::picture::exif::Exif;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize, check_size, minimum_as_stored};

/// Reads the header of a JPEG and chooses the decoder of its pixels.
///
/// CMYK is taken as inverted, as Adobe writes it and Pillow assumes of all.
pub(in crate::picture) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    // Not strict: like libjpeg it goes over stray bytes. What is missing altogether would become gray,
    // though; the markers tell.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let headers = decoder.decode_headers();
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let stored = (saturate(width), saturate(height));
    if headers.is_ok() {
        check_size(stored.0, stored.1, limits)?;
    }
    // What can't be read of a file that is cut short is better explained by that.
    let markers = Markers::read(bytes).map_err(|missing| decoder_error::missing(&missing))?;
    headers.map_err(|error| explain(&error))?;

    let Exif { orientation, taken_at } = decoder.exif().cloned().map_or(Exif::NONE, Exif::parse);
    let plan = |factor, memory, work| DecodePlan {
        format: Format::Jpeg,
        stored,
        orientation,
        taken_at,
        memory,
        factor,
        retry_at_full_size: factor > 1,
        work,
    };
    let full_memory = memory_at_full_size(&markers, stored);
    match ScaledDecoder::new(markers, stored, minimum_as_stored(stored, orientation, minimum_size)) {
        Some(scaled) => {
            let (factor, memory) = (scaled.factor, scaled.memory);
            Ok(plan(factor, memory, Box::new(move || Ok(Decoded::whole(scaled.decode(bytes)?, taken_at)))))
        }
        None => {
            let work = move || {
                let pixels = decoder.decode().map_err(|error| explain(&error))?;
                let pixels = RgbImage::from_raw(stored.0, stored.1, pixels);
                let pixels = pixels.ok_or_else(|| damaged("of unexpected size"))?;
                Ok(Decoded::whole(pixels, taken_at))
            };
            Ok(plan(1, full_memory, Box::new(work)))
        }
    }
}

/// Upper bound of the memory that zune-jpeg takes, in bytes: RGB, and all coefficients of a progressive picture.
fn memory_at_full_size(markers: &Markers, (width, height): (u32, u32)) -> u64 {
    let pixels = u64::from(width.next_multiple_of(16)) * u64::from(height.next_multiple_of(16));
    let coefficients = match &markers.frame {
        Some(frame) if !frame.progressive => 0,
        Some(frame) => frame.samples(width, height) * 2,
        None => pixels * 8,
    };
    let rows = 64 * u64::from(width) * 4;
    3 * pixels + coefficients + rows + (1 << 20)
}

fn saturate(side: usize) -> u32 {
    u32::try_from(side).unwrap_or(u32::MAX)
}
