//! Bytes of any format to an upright RGB picture, within limits.

use std::cell::Cell;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::{ImageError, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::exif::{self, Exif};
use super::format::{Format, Sniffed, sniff};
use super::{Limits, Picture, PictureError, jpeg};

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in [`decode`], which turns a panic of a decoder into an error: a panic hook
/// can then keep quiet.
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Decodes a picture from the bytes of a file.
///
/// Colours become RGB as Pillow's `convert("RGB")` does it: alpha is dropped, palettes are expanded,
/// gray is repeated, CMYK is multiplied out; 16 bits are scaled (Pillow clips some of them).
///
/// # Errors
/// When the bytes are no known picture, are damaged, or pass the limits.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let format = match sniff(bytes) {
        Sniffed::Readable(format) => format,
        Sniffed::Unsupported(name) => return Err(PictureError::Unsupported(name.into())),
        Sniffed::Unknown if bytes.is_empty() => return Err(PictureError::Empty),
        Sniffed::Unknown => return Err(PictureError::Unknown),
    };
    DECODING.set(true);
    let decoded = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        _ => decode_other(bytes, format, limits),
    }));
    DECODING.set(false);
    let (pixels, exif) = decoded.unwrap_or(Err(PictureError::Crashed(format)))?;
    let pixels = upright(pixels, exif.orientation);
    Ok(Picture { width: pixels.width(), height: pixels.height(), pixels, taken_at: exif.taken_at })
}

/// Refuses a size that a header claims, before anything is allocated for it.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    Ok(())
}

/// Width and height from a PNG's header chunk.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24)?.strip_prefix(b"IHDR")?;
    let (width, height) = header.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}

fn upright(pixels: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let mut pixels = DynamicImage::ImageRgb8(pixels);
    pixels.apply_orientation(orientation);
    pixels.into_rgb8()
}

/// Everything but JPEG goes through the `image` crate.
fn decode_other(bytes: &[u8], format: Format, limits: &Limits) -> Result<(RgbImage, Exif), PictureError> {
    let explain = |error| explain(error, format);
    if let (Format::Png, Some((width, height))) = (format, png_size(bytes)) {
        // The decoder looks for the pixels first, and would tell of their absence.
        check_size(width, height, limits)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format));
    // The decoder's own check would come first, and say less than ours.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let mut memory = image::Limits::no_limits();
    // Up to 8 bytes a pixel (16-bit RGBA) fit at half the size; the rest is for small pictures.
    memory.max_alloc = Some(limits.max_pixels.saturating_mul(4).saturating_add(64 << 20));
    decoder.set_limits(memory).map_err(explain)?;
    let exif = match format {
        Format::Tiff => Exif {
            orientation: decoder.orientation().map_err(explain)?,
            // Parsing takes a copy of the whole file: not for the sake of a date alone.
            taken_at: if bytes.len() < 64 << 20 { exif::taken_at(bytes.to_vec()) } else { None },
        },
        _ => decoder.exif_metadata().map_err(explain)?.map_or(Exif::NONE, Exif::parse),
    };
    let picture = DynamicImage::from_decoder(decoder).map_err(explain)?;
    Ok((picture.into_rgb8(), exif))
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
        error => {
            let reason = innermost(&error);
            // Decoders wrap the end of the file in errors of their own.
            if ["end of file", "unexpected eof", "fill whole buffer", "Unexpected end"]
                .iter()
                .any(|end| reason.contains(end))
            {
                PictureError::Truncated { format, reason: "the file ends too early".into() }
            } else {
                PictureError::Damaged { format, reason }
            }
        }
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
    use super::*;

    fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn gradient() -> DynamicImage {
        RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 99])).into()
    }

    fn reason(bytes: &[u8]) -> String {
        decode(bytes, &Limits::default()).unwrap_err().to_string()
    }

    /// A PNG of only a header.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = encode(&gradient(), ImageFormat::Png);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&checksum);
        bytes
    }

    /// CRC-32 as PNG has it, bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1))
            })
        })
    }

    #[test]
    fn lossless_formats_keep_every_pixel() {
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff] {
            let picture = decode(&encode(&gradient(), format), &Limits::default()).unwrap();
            assert_eq!(picture.pixels, gradient().into_rgb8(), "{format:?}");
            assert_eq!((picture.width, picture.height, picture.taken_at), (40, 30, None));
        }
    }

    #[test]
    fn alpha_is_dropped_and_16_bits_are_scaled() {
        let clear =
            DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(2, 2, image::Rgba([10, 20, 30, 0])));
        let picture = decode(&encode(&clear, ImageFormat::Png), &Limits::default()).unwrap();
        assert_eq!(picture.pixels.get_pixel(1, 1).0, [10, 20, 30]);
        let deep = DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(2, 2, image::Luma([25_700])));
        let picture = decode(&encode(&deep, ImageFormat::Png), &Limits::default()).unwrap();
        assert_eq!(picture.pixels.get_pixel(0, 0).0, [100; 3]);
    }

    #[test]
    fn a_claim_of_60000_x_60000_is_refused_at_once() {
        let reason = reason(&png_header(60_000, 60_000));
        assert_eq!(reason, "60000x60000 pixels is over the limit of 256 megapixels");
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert_eq!(reason(b"just a text with a wrong name"), "not a picture: text or unknown format");
        assert_eq!(reason(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "HEIC pictures are not supported");
        assert_eq!(reason(b""), "empty file");
    }

    #[test]
    fn truncated_files_are_errors_not_half_a_picture() {
        for format in
            [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Gif]
        {
            let whole = encode(&gradient(), format);
            for length in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
                let reason = reason(&whole[..length]);
                assert!(
                    reason.starts_with("truncated ") || reason.starts_with("damaged "),
                    "{format:?}: {reason}"
                );
            }
        }
    }

    #[test]
    fn damaged_files_never_panic() {
        for format in
            [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Tiff]
        {
            let whole = encode(&gradient(), format);
            for i in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[i] ^= 0xff;
                // Any answer is fine; an abort or a panic is not.
                let _ = decode(&bytes, &Limits { max_pixels: 1_000_000, ..Limits::default() });
                assert!(!is_decoding());
            }
        }
    }
}
