//! Bytes of any format to RGB, within limits, no larger than the caller needs.

use std::io;
use std::path::Path;

use super::decoded::{Picture, ReducedPicture};
use super::error::PictureError;
use super::format::{Format, sniff};
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, MinimumSize};
use super::source::Source;
use super::{decoders, external, isolated};
use crate::base::panics;
use crate::base::pixels::{ReducedImage, displayed_size};

/// Decodes a picture from the bytes of a file, at its full size.
///
/// Colours become 8-bit sRGB: by the embedded profile, if there is one, else as Pillow's `convert("RGB")` does it (palettes
/// are expanded, gray is repeated, CMYK is multiplied out; 16 bits are scaled, where Pillow clips some). What is transparent
/// lies on white.
///
/// # Errors
/// When the bytes are no known picture, are damaged, or pass the limits.
pub fn decode<'a>(source: impl Into<Source<'a>>, limits: &Limits) -> Result<Picture, PictureError> {
    let whole = decode_reduced(source, limits, |width, height| (width, height), |_| true)?;
    whole.map(ReducedPicture::upright).ok_or(PictureError::Empty)
}

/// As [`decode`], but as small as `minimum_size` allows, and not turned upright yet. `minimum_size` says, for the full
/// width and height as displayed, the smallest width and height that will do, all in pixels.
///
/// Before it allocates, it asks `reserve` for all the memory (in bytes) that decoding will take beside `bytes` itself,
/// perhaps several times, each time for more in all; when `reserve` says no, the answer is none.
///
/// # Errors
/// As [`decode`].
pub fn decode_reduced<'a>(
    source: impl Into<Source<'a>>,
    limits: &Limits,
    minimum_size: impl Fn(u32, u32) -> (u32, u32),
    mut reserve: impl FnMut(u64) -> bool,
) -> Result<Option<ReducedPicture>, PictureError> {
    let source = source.into();
    match decoder_for(source) {
        None => decode_bytes(source, limits, &minimum_size, &mut reserve),
        Some((decoder, path)) => {
            let limits = without_source(limits, source);
            let Some(output) = external::run(decoder, path, &limits, &mut reserve)? else { return Ok(None) };
            let held = output.len() as u64;
            let mut reserve = |more: u64| reserve(more.saturating_add(held));
            decode_bytes((&output).into(), &limits, &minimum_size, &mut reserve)
                .map_err(|error| external::undecodable(decoder, path, &error))
        }
    }
}

fn decode_bytes(
    source: Source<'_>,
    limits: &Limits,
    minimum_size: MinimumSize,
    reserve: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<ReducedPicture>, PictureError> {
    let format = sniff_readable(source)?;
    if isolated::is_isolated(format) && !reserve(source.bytes.len() as u64) {
        // There is no room for the child's copy of the file.
        return Ok(None);
    }
    catch(format, || {
        let plan = read_plan(source, format, limits, minimum_size)?;
        carry_out(plan, source.bytes, limits, reserve)
    })
}

/// Width and height as displayed, in pixels, and the time of capture as in [`Picture::taken_at`], without decoding
/// pixels.
///
/// # Errors
/// When the bytes are no known picture, its header is damaged, or passes the limits.
pub fn describe<'a>(
    source: impl Into<Source<'a>>,
    limits: &Limits,
) -> Result<((u32, u32), Option<i64>), PictureError> {
    let source = source.into();
    match decoder_for(source) {
        None => describe_bytes(source, limits),
        Some((decoder, path)) => {
            let limits = without_source(limits, source);
            let output = external::run(decoder, path, &limits, &mut |_| true)?.unwrap_or_default();
            describe_bytes((&output).into(), &limits)
                .map_err(|error| external::undecodable(decoder, path, &error))
        }
    }
}

fn describe_bytes(source: Source<'_>, limits: &Limits) -> Result<((u32, u32), Option<i64>), PictureError> {
    let format = sniff_readable(source)?;
    catch(format, || {
        let plan = read_plan(source, format, limits, &|width, height| (width, height))?;
        Ok((displayed_size(plan.stored, plan.orientation), plan.taken_at))
    })
}

/// The command of the user's that decodes a file, with the file's path.
fn decoder_for(source: Source<'_>) -> Option<(&'static external::ExternalDecoder, &Path)> {
    Some((external::settings::decoder_for(source)?, source.path?))
}

/// What is left of the limits while the file of `source` is held beside what a command makes of it.
fn without_source(limits: &Limits, source: Source<'_>) -> Limits {
    Limits { max_memory: limits.max_memory.saturating_sub(source.bytes.len() as u64), ..*limits }
}

fn sniff_readable(source: Source<'_>) -> Result<Format, PictureError> {
    match sniff(source) {
        Some(format) => Ok(format),
        None if source.bytes.is_empty() => Err(PictureError::Empty),
        None => Err(PictureError::Unknown),
    }
}

/// Runs a decoder, whose panic becomes an error.
fn catch<T>(format: Format, work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    panics::catch(work).unwrap_or(Err(PictureError::Crashed(format)))
}

/// Decodes pictures for the parent process, which asks over standard input and output, until it closes them. This is all
/// that the program of [`set_worker_program`](super::set_worker_program) does.
///
/// # Errors
/// When the parent is gone in the middle of a picture, or says what it must not.
pub fn decode_for_parent() -> io::Result<()> {
    isolated::serve(decoders::plan)
}

fn read_plan<'a>(
    source: Source<'a>,
    format: Format,
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    if isolated::is_isolated(format) {
        isolated::plan(source, format, limits, minimum_size)
    } else {
        decoders::plan(source, format, limits, minimum_size)
    }
}

fn carry_out(
    plan: DecodePlan<'_>,
    bytes: &[u8],
    limits: &Limits,
    reserve: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<ReducedPicture>, PictureError> {
    if plan.memory.saturating_add(bytes.len() as u64) > limits.max_memory {
        return Err(PictureError::TooMuchMemory(plan.format));
    }
    if !reserve(plan.memory) {
        return Ok(None);
    }
    let DecodePlan { stored, orientation, factor, .. } = plan;
    let Decoded { pixels, taken_at, damage } = (plan.work)()?;
    Ok(Some(ReducedPicture { image: ReducedImage { pixels, factor, stored, orientation }, taken_at, damage }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbImage};

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
            let bytes = encode(&gradient(), format);
            let picture = decode(&bytes, &Limits::default()).unwrap();
            assert_eq!(picture.pixels, gradient().into_rgb8(), "{format:?}");
            assert_eq!((picture.width, picture.height, picture.taken_at), (40, 30, None));
            assert_eq!(describe(&bytes, &Limits::default()).unwrap(), ((40, 30), None));
        }
    }

    #[test]
    fn what_is_transparent_lies_on_white_and_16_bits_are_scaled() {
        let half = DynamicImage::ImageRgba8(image::RgbaImage::from_fn(2, 2, |x, _| {
            image::Rgba([10, 20, 30, if x == 0 { 0 } else { 128 }])
        }));
        let picture = decode(&encode(&half, ImageFormat::Png), &Limits::default()).unwrap();
        assert_eq!(picture.pixels.get_pixel(0, 1).0, [255; 3]);
        assert_eq!(picture.pixels.get_pixel(1, 1).0, [132, 137, 142]);
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
        assert_eq!(reason(b""), "empty file");
    }

    #[test]
    fn truncated_files_are_errors_or_known_to_be_damaged() {
        for format in
            [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Gif]
        {
            let whole = encode(&gradient(), format);
            for length in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
                let reason = match decode(&whole[..length], &Limits::default()) {
                    Ok(picture) => {
                        assert!(picture.damage.is_some(), "{format:?} of {length} bytes");
                        continue;
                    }
                    Err(error) => error.to_string(),
                };
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
                let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
                let _ = decode(&bytes, &limits);
                let _ = describe(&bytes, &limits);
                assert!(!panics::is_catching());
            }
        }
    }
}
