//! Strips and tiles that are JPEG files, whose tables may stand elsewhere (TIFF Technical Note 2).

use std::io::{self, Cursor};

use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::super::super::error::PictureError;
use super::super::super::jpeg::{Strip, decode_strip};
use super::compression::Compression;
use super::context::{Context, invalid};

/// By how many pixels the JPEG of a strip may be larger than it: encoders fill up blocks.
const MARGIN: u32 = 64;

/// Decodes a strip or tile to interleaved samples of 8 bits. YCbCr becomes RGB; other colours stay as they are. Also says
/// in plain words what is wrong with it, when only a part of it is there.
pub(super) fn decode(bytes: &[u8], context: &Context<'_>) -> io::Result<(Vec<u8>, Option<String>)> {
    let joined;
    let bytes = match context.jpeg_tables.and_then(without_end) {
        Some(tables) if !bytes.is_empty() => {
            joined = [tables, bytes.strip_prefix(b"\xff\xd8").unwrap_or(bytes)].concat();
            &joined
        }
        _ => bytes,
    };
    let most = (context.size.0.saturating_add(MARGIN), context.size.1.saturating_add(MARGIN));
    let max_memory = Compression::Jpeg.memory(context.length() as u64);
    let strip = match decode_strip(bytes, context.is_ycbcr, most, max_memory) {
        Err(PictureError::Unsupported(_)) => lossless(bytes, most)?,
        strip => strip.map_err(io::Error::other)?,
    };
    if strip.samples != context.samples {
        return Err(invalid(format!("a JPEG strip has {} samples a pixel", strip.samples)));
    }
    Ok((context.with_width(strip.pixels, strip.width as usize), strip.damage))
}

/// Decodes lossless JPEG, by a decoder that reads it.
fn lossless(bytes: &[u8], most: (u32, u32)) -> io::Result<Strip> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.read_info().map_err(io::Error::other)?;
    let info = decoder.info().ok_or_else(|| invalid("a JPEG strip has no header"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    if width > most.0 || height > most.1 {
        return Err(invalid("a JPEG strip is larger than its place"));
    }
    let (samples, transform) = match info.pixel_format {
        PixelFormat::L8 | PixelFormat::L16 => (1, ColorTransform::Grayscale),
        PixelFormat::RGB24 => (3, ColorTransform::RGB),
        PixelFormat::CMYK32 => return Err(invalid("lossless JPEG of four samples is not supported")),
    };
    decoder.set_color_transform(transform);
    let mut pixels = decoder.decode().map_err(io::Error::other)?;
    if info.pixel_format == PixelFormat::L16 {
        let samples = pixels.as_chunks().0;
        pixels = samples.iter().map(|sample| (u16::from_ne_bytes(*sample) >> 8) as u8).collect();
    }
    Ok(Strip { pixels, width, samples, damage: None })
}

/// Tables without the mark of their end.
fn without_end(tables: &[u8]) -> Option<&[u8]> {
    let end = tables.windows(2).rposition(|pair| pair == b"\xff\xd9").unwrap_or(tables.len());
    tables.get(..end).filter(|tables| tables.starts_with(b"\xff\xd8"))
}
