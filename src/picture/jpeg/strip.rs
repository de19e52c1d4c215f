//! JPEG inside files of other formats, which tell by themselves what its components mean.

use super::colors::Colors;
use super::decoder::{decode, memory};
use super::decoder_error::{damaged, unsupported};
use super::header::Header;
use crate::picture::error::PictureError;

/// A decoded part of a picture.
pub(in crate::picture) struct Strip {
    /// Samples of 8 bits, interleaved, as they are stored; but YCbCr is RGB.
    pub pixels: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Samples of a pixel: 1, 3 or 4.
    pub samples: usize,
    /// What is wrong with it, in plain words, when only a part of it is there.
    pub damage: Option<String>,
}

/// Decodes a JPEG of at most this width and height in pixels. Where it `is_ycbcr`, its first three components become RGB.
///
/// # Errors
/// When it is larger or takes more than `max_memory` bytes, and as [`super::plan()`]. Lossless ones are unsupported.
pub(in crate::picture) fn decode_strip(
    bytes: &[u8],
    is_ycbcr: bool,
    most: (u32, u32),
    max_memory: u64,
) -> Result<Strip, PictureError> {
    let header = Header::read(bytes)?;
    let frame = &header.frame;
    if frame.width > most.0 || frame.height > most.1 {
        return Err(damaged("it is larger than its place"));
    }
    let (colors, samples) = match frame.components.len() {
        1 => (Colors::Gray, 1),
        3 if is_ycbcr => (Colors::YCbCr, 3),
        3 => (Colors::Rgb, 3),
        4 if is_ycbcr => (Colors::Ycck, 4),
        4 => (Colors::Cmyk, 4),
        _ => return Err(unsupported("of two components")),
    };
    if memory(&header, colors, 8) > max_memory {
        return Err(damaged("it takes too much memory to decode"));
    }
    let (mut pixels, damage) = decode(bytes, &header, colors, 8)?;
    match colors {
        Colors::Gray => {
            // One of three equal channels, in place.
            let count = pixels.len() / 3;
            for i in 0..count {
                if let (Some(&value), true) = (pixels.get(i * 3), i > 0)
                    && let Some(pixel) = pixels.get_mut(i)
                {
                    *pixel = value;
                }
            }
            pixels.truncate(count);
        }
        // Inks are inverted, which is Adobe's habit in files of their own only.
        Colors::Cmyk => pixels.iter_mut().for_each(|ink| *ink = 255 - *ink),
        Colors::Ycck => {
            pixels.chunks_exact_mut(4).filter_map(<[u8]>::last_mut).for_each(|last| *last = 255 - *last);
        }
        Colors::YCbCr | Colors::Rgb => {}
    }
    Ok(Strip { pixels, width: header.frame.width, samples, damage })
}
