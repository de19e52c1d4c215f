//! Bytes of any format to RGB, within limits, no larger than needed.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use image::metadata::Orientation;

use super::format::{Format, Sniffed, sniff};
use super::reduced::displayed;
use super::{Limits, Picture, PictureError, Reduced, jpeg, other};

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in [`decode`], which turns a panic of a decoder into an error: a panic hook
/// can then keep quiet.
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Decodes a picture from the bytes of a file, at its full size.
///
/// Colours become RGB as Pillow's `convert("RGB")` does it: alpha is dropped, palettes are expanded,
/// gray is repeated, CMYK is multiplied out; 16 bits are scaled (Pillow clips some of them).
///
/// # Errors
/// When the bytes are no known picture, are damaged, or pass the limits.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let whole = decode_reduced(bytes, limits, |width, height| (width, height), |_| true)?;
    whole.map(Reduced::upright).ok_or(PictureError::Empty)
}

/// As [`decode`], but as small as `needed` allows, and not turned upright yet. `needed` tells, for the
/// full width and height as displayed, the least that will do.
///
/// Before it allocates, it asks `reserve` for all the memory (bytes) that decoding will take beside
/// `bytes` itself; when that says no, the answer is none.
///
/// # Errors
/// As [`decode`].
pub fn decode_reduced(
    bytes: &[u8],
    limits: &Limits,
    needed: impl Fn(u32, u32) -> (u32, u32),
    mut reserve: impl FnMut(u64) -> bool,
) -> Result<Option<Reduced>, PictureError> {
    let format = sniff_readable(bytes)?;
    let _decoding = Decoding::start();
    let guarded = |work: &mut dyn FnMut() -> Result<Option<Reduced>, PictureError>| {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(PictureError::Crashed(format)))
    };
    let mut scaled_in_vain = false;
    let first = guarded(&mut || {
        let header = Header::read(bytes, format, limits, &needed)?;
        scaled_in_vain = header.second_opinion;
        header.decode(bytes, limits, &mut reserve)
    });
    match first {
        Err(_) if scaled_in_vain => guarded(&mut || {
            let header = Header::read(bytes, format, limits, &|width, height| (width, height))?;
            header.decode(bytes, limits, &mut reserve)
        }),
        answer => answer,
    }
}

/// Width and height as displayed, and the time of capture as in [`Picture::taken_at`], without decoding pixels.
///
/// # Errors
/// When the bytes are no known picture, its header is damaged, or passes the limits.
pub fn describe(bytes: &[u8], limits: &Limits) -> Result<((u32, u32), Option<i64>), PictureError> {
    let format = sniff_readable(bytes)?;
    let _decoding = Decoding::start();
    let read = AssertUnwindSafe(|| {
        let header = Header::read(bytes, format, limits, &|width, height| (width, height))?;
        let taken_at = match format {
            Format::Tiff => other::tiff_taken_at(bytes),
            _ => header.taken_at,
        };
        Ok((displayed(header.stored, header.orientation), taken_at))
    });
    catch_unwind(read).unwrap_or(Err(PictureError::Crashed(format)))
}

fn sniff_readable(bytes: &[u8]) -> Result<Format, PictureError> {
    match sniff(bytes) {
        Sniffed::Readable(format) => Ok(format),
        Sniffed::Unsupported(name) => Err(PictureError::Unsupported(name.into())),
        Sniffed::Unknown if bytes.is_empty() => Err(PictureError::Empty),
        Sniffed::Unknown => Err(PictureError::Unknown),
    }
}

/// Marks this thread as decoding while it lives.
struct Decoding;

impl Decoding {
    fn start() -> Self {
        DECODING.set(true);
        Self
    }
}

impl Drop for Decoding {
    fn drop(&mut self) {
        DECODING.set(false);
    }
}

/// The least width and height that will do, for a full width and height as displayed.
pub(super) type Needed<'a> = &'a dyn Fn(u32, u32) -> (u32, u32);

/// What is known of a picture before its pixels are decoded, and how to decode them.
pub(super) struct Header<'a> {
    pub format: Format,
    /// Width and height as stored.
    pub stored: (u32, u32),
    pub orientation: Orientation,
    /// As [`Picture::taken_at`]; of a TIFF file it comes with the pixels.
    pub taken_at: Option<i64>,
    /// What decoding takes at most beside the file's bytes.
    pub memory: u64,
    /// By how much `work` reduces.
    pub factor: u32,
    /// Whether the decoder at full size is to be asked when this one fails.
    pub second_opinion: bool,
    /// What is left to do.
    pub work: Work<'a>,
}

/// Decodes: pixels and time of capture.
pub(super) type Work<'a> = Box<dyn FnOnce() -> Result<(RgbImage, Option<i64>), PictureError> + 'a>;

impl<'a> Header<'a> {
    fn read(
        bytes: &'a [u8],
        format: Format,
        limits: &Limits,
        needed: Needed,
    ) -> Result<Header<'a>, PictureError> {
        match format {
            Format::Jpeg => jpeg::header(bytes, limits, needed),
            _ => other::header(bytes, format, limits, needed),
        }
    }

    fn decode(
        self,
        bytes: &[u8],
        limits: &Limits,
        reserve: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<Reduced>, PictureError> {
        if self.memory.saturating_add(bytes.len() as u64) > limits.max_memory {
            return Err(PictureError::TooMuchMemory(self.format));
        }
        if !reserve(self.memory) {
            return Ok(None);
        }
        let Self { stored, orientation, factor, .. } = self;
        let (pixels, taken_at) = (self.work)()?;
        Ok(Some(Reduced { pixels, factor, stored, orientation, taken_at }))
    }
}

/// What `needed` says, for the sides as stored.
pub(super) fn needed_as_stored(stored: (u32, u32), orientation: Orientation, needed: Needed) -> (u32, u32) {
    let (width, height) = displayed(stored, orientation);
    // Turning is its own inverse as far as it swaps sides.
    displayed(needed(width, height), orientation)
}

/// Refuses a size that a header claims, before anything is allocated for it.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};

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
                let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
                let _ = decode(&bytes, &limits);
                let _ = describe(&bytes, &limits);
                assert!(!is_decoding());
            }
        }
    }
}
