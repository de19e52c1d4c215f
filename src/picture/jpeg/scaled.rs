//! Reduced JPEGs, through jpeg-decoder: it transforms fewer coefficients, and never holds the full picture.

use std::borrow::Cow;
use std::io::Cursor;

use image::RgbImage;
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::decoder_error::damaged;
use super::markers::{Component, Frame, Markers};
use crate::picture::error::PictureError;

/// Factors that each side can be divided by, best first. A half is not worth it: zune-jpeg at full size is about as quick.
const FACTORS: [u32; 2] = [8, 4];

/// Decodes a JPEG at a fraction of its size.
pub(super) struct ScaledDecoder {
    markers: Markers,
    /// Full width and height in pixels.
    size: (u16, u16),
    /// By how much each side is divided; one of [`FACTORS`].
    pub factor: u32,
    /// Upper bound of the memory that decoding takes beside the file, in bytes.
    pub memory: u64,
}

impl ScaledDecoder {
    /// Chooses the factor for a picture of `width` x `height` that must keep at least `minimum` pixels along each side.
    /// None when it is to be decoded in full: pictures of an unusual kind, and those that would become too small.
    pub(crate) fn new(markers: Markers, (width, height): (u32, u32), minimum: (u32, u32)) -> Option<Self> {
        let enough =
            |side: u32, minimum: u32, factor: u32| u64::from(side) >= u64::from(minimum) * u64::from(factor);
        let factor =
            FACTORS.into_iter().find(|&f| enough(width, minimum.0, f) && enough(height, minimum.1, f))?;
        let frame = markers.frame.as_ref()?;
        if !is_plain(frame, markers.adobe) {
            return None;
        }
        let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
        let memory = memory(frame, (width, height), factor);
        Some(Self { markers, size, factor, memory })
    }

    /// Decodes the reduced pixels of the file whose markers were read.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<RgbImage, PictureError> {
        let progressive = self.markers.frame.as_ref().is_some_and(|frame| frame.progressive);
        // At an eighth a pixel is what all of a block averages to.
        let bytes = match (progressive, self.factor) {
            (true, 8) => Cow::Owned(self.markers.without_detail(bytes)),
            _ => Cow::Borrowed(bytes),
        };
        let mut decoder = Decoder::new(Cursor::new(&*bytes));
        decoder.read_info().map_err(damaged)?;
        let full = decoder.info().ok_or_else(|| damaged("without a size"))?;
        if full.pixel_format == PixelFormat::RGB24 {
            decoder.set_color_transform(ColorTransform::YCbCr);
        }
        let (width, height) = self.reduced_size();
        if (full.width, full.height) != self.size
            || decoder.scale(width, height).map_err(damaged)? != (width, height)
        {
            return Err(damaged("of unexpected size"));
        }
        let mut pixels = decoder.decode().map_err(damaged)?;
        if full.pixel_format == PixelFormat::L8 {
            pixels = pixels.iter().flat_map(|&value| [value; 3]).collect();
        }
        RgbImage::from_raw(width.into(), height.into(), pixels).ok_or_else(|| damaged("of unexpected size"))
    }

    /// Width and height of the result, in pixels.
    fn reduced_size(&self) -> (u16, u16) {
        let side = |side: u16| side.div_ceil(self.factor as u16);
        (side(self.size.0), side(self.size.1))
    }
}

/// Whether the picture is gray, or YCbCr by all signs, with the usual sampling: about other kinds the two decoders may
/// disagree.
fn is_plain(frame: &Frame, adobe: Option<u8>) -> bool {
    let usual = |c: &Component| matches!(c.horizontal, 1 | 2) && matches!(c.vertical, 1 | 2);
    match frame.components.as_slice() {
        [_] => true,
        [a, b, c] => {
            let ids = (a.id, b.id, c.id);
            ids != (b'R', b'G', b'B')
                && ids != (b'r', b'g', b'b')
                && matches!(adobe, None | Some(1))
                && frame.components.iter().all(usual)
        }
        _ => false,
    }
}

/// Upper bound of the memory that decoding takes, in bytes.
fn memory(frame: &Frame, (width, height): (u32, u32), factor: u32) -> u64 {
    let samples = frame.samples(width, height);
    // Coefficients of 16 bits: of a progressive picture all, of others some rows on their way to the
    // threads that transform them.
    let coefficients = if frame.progressive { 2 * samples } else { 0 };
    let rows = 64 * u64::from(width) * 2 * 3;
    let planes = samples / u64::from(factor * factor);
    // The result, and once more as RGB when it is gray.
    let out = 4 * u64::from(width + 16) * u64::from(height + 16) / u64::from(factor * factor);
    coefficients + rows + planes + out + (1 << 20)
}
