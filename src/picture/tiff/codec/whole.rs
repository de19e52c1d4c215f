//! Compressions that are picture formats of their own, decoded a strip or tile at a time.

use std::io::{self, Cursor};

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder};

use super::context::{Context, invalid};

/// Decodes a WebP file to interleaved samples of 8 bits.
pub(super) fn webp(bytes: &[u8], context: &Context<'_>) -> io::Result<Vec<u8>> {
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(io::Error::other)?;
    let (width, height) = decoder.dimensions();
    let found = match decoder.color_type() {
        ColorType::Rgba8 => 4,
        _ => 3,
    };
    check_size(width, height, context)?;
    let mut pixels = vec![0; width as usize * height as usize * found];
    decoder.read_image(&mut pixels).map_err(io::Error::other)?;
    fit_samples(pixels, found, width as usize, context)
}

/// Decodes a JPEG 2000 codestream to interleaved samples of 8 bits.
#[cfg(feature = "jpeg2000")]
pub(super) fn jpeg2000(bytes: &[u8], context: &Context<'_>) -> io::Result<Vec<u8>> {
    let settings = hayro_jpeg2000::DecodeSettings { resolve_palette_indices: false, ..Default::default() };
    let image = hayro_jpeg2000::Image::new(bytes, &settings).map_err(io::Error::other)?;
    let width = image.width();
    check_size(width, image.height(), context)?;
    let mut working = hayro_jpeg2000::DecoderContext::default();
    let decoded = image.decode(&mut working).map_err(io::Error::other)?;
    let found = decoded.components().len();
    if found == 0 {
        return Err(invalid("a JPEG 2000 tile has no components"));
    }
    let pixels = decoded.data_u8();
    fit_samples(pixels, found, width as usize, context)
}

#[cfg(not(feature = "jpeg2000"))]
pub(super) fn jpeg2000(_: &[u8], _: &Context<'_>) -> io::Result<Vec<u8>> {
    Err(invalid("this build reads no JPEG 2000"))
}

fn check_size(width: u32, height: u32, context: &Context<'_>) -> io::Result<()> {
    if width > context.size.0 || height > context.size.1 {
        return Err(invalid("a compressed tile is larger than its place"));
    }
    Ok(())
}

/// Leaves out samples that the tags don't know of; opaque ones stand for those that are missing.
fn fit_samples(pixels: Vec<u8>, found: usize, width: usize, context: &Context<'_>) -> io::Result<Vec<u8>> {
    if found == context.samples {
        return Ok(context.with_width(pixels, width));
    }
    let mut out = Vec::with_capacity(pixels.len() / found * context.samples);
    for pixel in pixels.chunks_exact(found) {
        out.extend((0..context.samples).map(|i| pixel.get(i).copied().unwrap_or(255)));
    }
    Ok(context.with_width(out, width))
}
