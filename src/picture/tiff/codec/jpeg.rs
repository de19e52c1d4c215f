//! Strips and tiles that are JPEG files, whose tables may stand elsewhere (TIFF Technical Note 2).

use std::io::{self, Cursor};

use jpeg_decoder::{CodingProcess, ColorTransform, Decoder, PixelFormat};

use super::compression::PROGRESSIVE_UP_TO;
use super::context::{Context, invalid};

/// By how many pixels the JPEG of a strip may be larger than it: encoders fill up blocks.
const MARGIN: u32 = 64;

/// Decodes a strip or tile to interleaved samples of 8 bits. YCbCr becomes RGB; other colours stay as they are.
pub(super) fn decode(bytes: &[u8], context: &Context<'_>) -> io::Result<Vec<u8>> {
    let joined;
    let bytes = match context.jpeg_tables.and_then(without_end) {
        Some(tables) if !bytes.is_empty() => {
            joined = [tables, bytes.strip_prefix(b"\xff\xd8").unwrap_or(bytes)].concat();
            &joined
        }
        _ => bytes,
    };
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.read_info().map_err(io::Error::other)?;
    let info = decoder.info().ok_or_else(|| invalid("a JPEG strip has no header"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let (most_width, most_height) =
        (context.size.0.saturating_add(MARGIN), context.size.1.saturating_add(MARGIN));
    if width > most_width || height > most_height {
        return Err(invalid("a JPEG strip is larger than its place"));
    }
    if info.coding_process == CodingProcess::DctProgressive && context.length() as u64 > PROGRESSIVE_UP_TO {
        return Err(invalid("a progressive JPEG strip is too large"));
    }
    let (samples, transform) = match info.pixel_format {
        PixelFormat::L8 | PixelFormat::L16 => (1, ColorTransform::Grayscale),
        PixelFormat::RGB24 if context.is_ycbcr => (3, ColorTransform::YCbCr),
        PixelFormat::RGB24 => (3, ColorTransform::RGB),
        // It inverts, which is undone below: without a transformation this decoder does not interleave.
        PixelFormat::CMYK32 => (4, ColorTransform::CMYK),
    };
    if samples != context.samples {
        return Err(invalid(format!("a JPEG strip has {samples} samples a pixel")));
    }
    decoder.set_color_transform(transform);
    let mut pixels = decoder.decode().map_err(io::Error::other)?;
    match info.pixel_format {
        PixelFormat::CMYK32 => pixels.iter_mut().for_each(|ink| *ink = 255 - *ink),
        PixelFormat::L16 => {
            let samples = pixels.as_chunks().0;
            pixels = samples.iter().map(|sample| (u16::from_ne_bytes(*sample) >> 8) as u8).collect();
        }
        _ => {}
    }
    Ok(context.fit(pixels, info.width.into()))
}

/// Tables without the mark of their end.
fn without_end(tables: &[u8]) -> Option<&[u8]> {
    let end = tables.windows(2).rposition(|pair| pair == b"\xff\xd9").unwrap_or(tables.len());
    tables.get(..end).filter(|tables| tables.starts_with(b"\xff\xd8"))
}
