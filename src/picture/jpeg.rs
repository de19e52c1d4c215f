//! JPEG, through zune-jpeg.

use image::RgbImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::decode::check_size;
use super::exif::Exif;
use super::format::Format;
use super::{Limits, PictureError};

/// Decodes a JPEG to RGB, not yet upright.
///
/// CMYK is taken as inverted, as Adobe writes it and Pillow assumes of all.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<(RgbImage, Exif), PictureError> {
    // Not strict: like libjpeg it goes over stray bytes. What is missing altogether would become gray,
    // though; `require_end` sees to that.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    if let Err(error) = decoder.decode_headers() {
        // What can't be read of a file that is cut short is better explained by that.
        require_end(bytes)?;
        return Err(explain(&error));
    }
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let (width, height) = (saturate(width), saturate(height));
    check_size(width, height, limits)?;
    require_end(bytes)?;
    let exif = decoder.exif().cloned().map_or(Exif::NONE, Exif::parse);
    let pixels = decoder.decode().map_err(|error| explain(&error))?;
    let pixels = RgbImage::from_raw(width, height, pixels).ok_or_else(|| damaged("of unexpected size"))?;
    Ok((pixels, exif))
}

fn saturate(side: usize) -> u32 {
    u32::try_from(side).unwrap_or(u32::MAX)
}

fn damaged(reason: impl ToString) -> PictureError {
    PictureError::Damaged { format: Format::Jpeg, reason: reason.to_string() }
}

fn explain(error: &DecodeErrors) -> PictureError {
    match error {
        DecodeErrors::Unsupported(scheme) => PictureError::Unsupported(format!("JPEG ({scheme:?})")),
        DecodeErrors::ExhaustedData => truncated("it ends within the picture"),
        error => damaged(error.to_string().lines().next().unwrap_or_default()),
    }
}

fn truncated(reason: &str) -> PictureError {
    PictureError::Truncated { format: Format::Jpeg, reason: reason.into() }
}

/// Follows the markers from the start to the end of the picture, which the decoder would not miss.
///
/// Looking for the last two bytes of the file is not enough: phones append films and maps to their
/// pictures, and the thumbnail inside EXIF has an end of its own.
fn require_end(bytes: &[u8]) -> Result<(), PictureError> {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut seen_scan = false;
    loop {
        // Outside of segments everything up to the next marker is data of a scan, or stray. In data
        // ff is followed by 00, or by d0-d7 for a restart.
        let Some(at) =
            rest.windows(2).position(|w| w[0] == 0xff && !matches!(w[1], 0 | 1 | 0xd0..=0xd8 | 0xff))
        else {
            return Err(truncated(if seen_scan {
                "the end of the picture is missing"
            } else {
                "the picture is missing"
            }));
        };
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            END if seen_scan => return Ok(()),
            END => return Err(truncated("the picture is missing")),
            _ => seen_scan |= marker == SCAN,
        }
        let length = match rest {
            [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => rest.len(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg() -> Vec<u8> {
        let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 128]));
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
        bytes
    }

    fn reason(bytes: &[u8]) -> String {
        decode(bytes, &Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = jpeg();
        assert!(decode(&whole, &Limits::default()).is_ok());
        for length in 3..whole.len() {
            let reason = reason(&whole[..length]);
            assert!(reason.starts_with("truncated JPEG: "), "{length} bytes: {reason}");
        }
    }

    #[test]
    fn what_follows_the_picture_does_not_matter() {
        let mut bytes = jpeg();
        bytes.extend(b"MotionPhoto_Data and so on");
        assert!(decode(&bytes, &Limits::default()).is_ok());
    }

    #[test]
    fn the_end_of_a_thumbnail_is_not_the_end() {
        let whole = jpeg();
        // A comment segment that looks like a picture's end.
        let mut bytes = whole[..2].to_vec();
        bytes.extend(b"\xff\xfe\x00\x06\xff\xda\xff\xd9");
        bytes.extend(&whole[2..]);
        assert!(decode(&bytes, &Limits::default()).is_ok());
        assert!(reason(&bytes[..bytes.len() - 200]).starts_with("truncated"));
    }

    #[test]
    fn sizes_over_the_limit_are_refused_by_the_header() {
        let limits = Limits { max_pixels: 3000, ..Limits::default() };
        let error = decode(&jpeg(), &limits).unwrap_err();
        assert!(matches!(error, PictureError::TooManyPixels { width: 64, height: 48, limit: 3000 }));
    }
}
