//! Pixels of any kind to 8-bit sRGB, with what is transparent laid on white.

use image::{ColorType, RgbImage};

use super::color::{Channels, ToSrgb};
use super::error::PictureError;
use super::format::Format;

/// Pixels that are handled at once.
const CHUNK: usize = 4096;

/// How the samples of a pixel lie.
#[derive(Clone, Copy)]
struct Samples {
    /// Samples of a pixel: 1 or 3 of colour, and perhaps one of alpha.
    channels: usize,
    /// Bytes of a sample.
    bytes: usize,
}

impl Samples {
    fn of(color: ColorType) -> Option<Self> {
        let (channels, bytes) = match color {
            ColorType::L8 => (1, 1),
            ColorType::La8 => (2, 1),
            ColorType::Rgb8 => (3, 1),
            ColorType::Rgba8 => (4, 1),
            ColorType::L16 => (1, 2),
            ColorType::La16 => (2, 2),
            ColorType::Rgb16 => (3, 2),
            ColorType::Rgba16 => (4, 2),
            ColorType::Rgb32F => (3, 4),
            ColorType::Rgba32F => (4, 4),
            _ => return None,
        };
        Some(Self { channels, bytes })
    }

    fn colors(self) -> Channels {
        if self.channels < 3 { Channels::Gray } else { Channels::Rgb }
    }

    fn has_alpha(self) -> bool {
        matches!(self.channels, 2 | 4)
    }

    /// Bytes of a pixel.
    fn size(self) -> usize {
        self.channels * self.bytes
    }
}

/// Makes 8-bit sRGB of pixels of another kind: by the embedded profile, if there is one that fits, and on white where they
/// are transparent.
///
/// Samples of more than 8 bits are in the byte order of this machine, and alpha is straight (not premultiplied).
pub(super) struct ToRgb {
    samples: Samples,
    conversion: Option<ToSrgb>,
    scratch: Scratch,
}

impl ToRgb {
    /// For pixels of this kind.
    ///
    /// # Errors
    /// When the kind is not known.
    pub(crate) fn new(
        color: ColorType,
        profile: Option<&[u8]>,
        format: Format,
    ) -> Result<Self, PictureError> {
        let unsupported = || PictureError::Unsupported(format!("{format} of an unknown colour type"));
        let samples = Samples::of(color).ok_or_else(unsupported)?;
        let conversion = profile.and_then(|profile| ToSrgb::new(profile, samples.colors()));
        Ok(Self { samples, conversion, scratch: Scratch::default() })
    }

    /// Converts whole pixels. `out` is three bytes for each.
    pub(crate) fn convert(&mut self, source: &[u8], out: &mut [u8]) {
        if self.samples.size() != 3 || self.samples.bytes != 1 {
            self.scratch.convert(source, self.samples, self.conversion.as_ref(), out);
            return;
        }
        match &self.conversion {
            Some(conversion) => {
                conversion.convert(source, out);
            }
            None => {
                let length = source.len().min(out.len());
                out[..length].copy_from_slice(&source[..length]);
            }
        }
    }
}

/// Converts all pixels of a picture as [`ToRgb`] does, in place where they get smaller: there is no room for a copy of a
/// large picture.
pub(super) fn to_srgb(
    mut pixels: Vec<u8>,
    color: ColorType,
    profile: Option<&[u8]>,
    format: Format,
) -> Result<Vec<u8>, PictureError> {
    let mut converter = ToRgb::new(color, profile, format)?;
    let size = converter.samples.size();
    if color == ColorType::Rgb8 {
        if let Some(conversion) = &converter.conversion {
            conversion.convert_in_place(&mut pixels);
        }
        return Ok(pixels);
    }
    let count = pixels.len() / size;
    let chunks = count.div_ceil(CHUNK);
    let mut out = vec![0; CHUNK * 3];
    let mut chunk = |pixels: &mut Vec<u8>, number: usize| {
        let (from, to) = (number * CHUNK, ((number + 1) * CHUNK).min(count));
        let out = out.get_mut(..(to - from) * 3).unwrap_or_default();
        converter.convert(pixels.get(from * size..to * size).unwrap_or_default(), out);
        if let Some(target) = pixels.get_mut(from * 3..to * 3) {
            target.copy_from_slice(out);
        }
    };
    if size >= 3 {
        (0..chunks).for_each(|number| chunk(&mut pixels, number));
        pixels.truncate(count * 3);
    } else {
        // From the end, where the room is.
        pixels.truncate(count * size);
        pixels.resize(count * 3, 0);
        (0..chunks).rev().for_each(|number| chunk(&mut pixels, number));
    }
    Ok(pixels)
}

/// The picture of this width and height that RGB pixels are.
///
/// # Errors
/// When they are too few.
pub(super) fn image_of(
    pixels: Vec<u8>,
    (width, height): (u32, u32),
    format: Format,
) -> Result<RgbImage, PictureError> {
    RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| PictureError::Damaged { format, reason: "of unexpected size".into() })
}

/// Makes 8-bit sRGB of CMYK pixels of four bytes each (0 is no ink): by the embedded `profile`, if there is one for such
/// pixels; else as Pillow does, by taking black off the others.
pub(super) fn cmyk_to_srgb(mut pixels: Vec<u8>, profile: Option<&[u8]>) -> Vec<u8> {
    let conversion = profile.and_then(|profile| ToSrgb::new(profile, Channels::Cmyk));
    let count = pixels.len() / 4;
    let mut out = vec![0; CHUNK * 3];
    for from in (0..count).step_by(CHUNK) {
        let to = (from + CHUNK).min(count);
        let out = out.get_mut(..(to - from) * 3).unwrap_or_default();
        let source = pixels.get(from * 4..to * 4).unwrap_or_default();
        match &conversion {
            Some(conversion) => {
                conversion.convert(source, out);
            }
            None => {
                let (quads, triples) = (source.as_chunks::<4>().0, out.as_chunks_mut::<3>().0);
                for (rgb, [c, m, y, k]) in triples.iter_mut().zip(quads) {
                    *rgb = [c, m, y].map(|ink| without_ink(*ink, *k));
                }
            }
        }
        if let Some(target) = pixels.get_mut(from * 3..to * 3) {
            target.copy_from_slice(out);
        }
    }
    pixels.truncate(count * 3);
    pixels
}

/// One channel of a pixel with this much coloured and black ink (`Convert.c` of Pillow).
fn without_ink(ink: u8, black: u8) -> u8 {
    let paper = 255 - u32::from(black);
    paper.saturating_sub(div_255(u32::from(ink) * paper)) as u8
}

/// Rounded division of a product of two bytes by 255.
fn div_255(product: u32) -> u32 {
    let sum = product + 128;
    ((sum >> 8) + sum) >> 8
}

/// What is left of a colour of this alpha on white.
pub(super) fn on_white(color: u8, alpha: u8) -> u8 {
    div_255(u32::from(color) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) as u8
}

/// Scales a sample of 16 bits to 8, rounded.
pub(super) fn scale_16(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

/// Buffers for a chunk of pixels.
#[derive(Default)]
struct Scratch {
    colors: Vec<u8>,
    alpha: Vec<u8>,
}

impl Scratch {
    /// Converts pixels to RGB.
    fn convert(&mut self, source: &[u8], samples: Samples, conversion: Option<&ToSrgb>, out: &mut [u8]) {
        // Each kind is compiled by itself: with sizes that are known, splitting takes a fifth of the time.
        match (samples.channels, samples.bytes) {
            (1, 1) => self.split::<1, 1>(source),
            (2, 1) => self.split::<2, 1>(source),
            (3, 1) => self.split::<3, 1>(source),
            (4, 1) => self.split::<4, 1>(source),
            (1, 2) => self.split::<1, 2>(source),
            (2, 2) => self.split::<2, 2>(source),
            (3, 2) => self.split::<3, 2>(source),
            (4, 2) => self.split::<4, 2>(source),
            (3, _) => self.split::<3, 4>(source),
            _ => self.split::<4, 4>(source),
        }
        match conversion {
            Some(conversion) => {
                conversion.convert(&self.colors, out);
            }
            None if samples.channels >= 3 => out.copy_from_slice(&self.colors),
            None => {
                for (rgb, gray) in out.as_chunks_mut::<3>().0.iter_mut().zip(&self.colors) {
                    *rgb = [*gray; 3];
                }
            }
        }
        if samples.has_alpha() {
            for (rgb, &alpha) in out.as_chunks_mut::<3>().0.iter_mut().zip(&self.alpha) {
                if alpha < 255 {
                    *rgb = rgb.map(|color| on_white(color, alpha));
                }
            }
        }
    }

    /// Splits pixels of so many samples of so many bytes into colours and alpha, of a byte each.
    fn split<const CHANNELS: usize, const BYTES: usize>(&mut self, source: &[u8]) {
        let colors = if CHANNELS < 3 { 1 } else { 3 };
        let pixels = source.chunks_exact(CHANNELS * BYTES);
        self.colors.resize(pixels.len() * colors, 0);
        self.alpha.resize(pixels.len() * (CHANNELS - colors), 0);
        for (pixel, out) in pixels.clone().zip(self.colors.chunks_exact_mut(colors)) {
            for (sample, out) in pixel.chunks_exact(BYTES).zip(out) {
                *out = value(sample);
            }
        }
        for (pixel, out) in pixels.zip(&mut self.alpha) {
            *out = pixel.get(colors * BYTES..).map_or(u8::MAX, value);
        }
    }
}

/// A sample as a byte.
#[inline(always)]
fn value(sample: &[u8]) -> u8 {
    match *sample {
        [value] => value,
        [a, b] => scale_16(u16::from_ne_bytes([a, b])),
        [a, b, c, d] => (f32::from_ne_bytes([a, b, c, d]).clamp(0.0, 1.0) * 255.0).round() as u8,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageBuffer};

    use super::*;

    #[test]
    fn colours_become_what_the_image_crate_makes_of_them_on_white() {
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 16) as u16;
        let rgba = DynamicImage::ImageRgba16(ImageBuffer::from_fn(131, 97, |x, y| {
            image::Rgba([0, 1, 2, 3].map(|c| noise(x * 71 + y * 1013 + c)))
        }));
        for picture in [
            DynamicImage::from(rgba.to_luma8()),
            rgba.to_luma_alpha8().into(),
            rgba.to_rgb8().into(),
            rgba.to_rgba8().into(),
            rgba.to_luma16().into(),
            rgba.to_luma_alpha16().into(),
            rgba.to_rgb16().into(),
            rgba.clone(),
            rgba.to_rgb32f().into(),
            rgba.to_rgba32f().into(),
        ] {
            let pixels = to_srgb(picture.as_bytes().to_vec(), picture.color(), None, Format::Png).unwrap();
            let laid = |pixel: &image::Rgba<u8>| {
                let [r, g, b, alpha] = pixel.0.map(f64::from);
                [r, g, b].map(|c| (c * alpha / 255.0 + 255.0 - alpha).round() as u8)
            };
            let expected: Vec<u8> = picture.to_rgba8().pixels().flat_map(laid).collect();
            assert_eq!(pixels, expected, "{:?}", picture.color());
        }
    }

    #[test]
    fn cmyk_is_what_pillow_makes_of_it() {
        // Image.merge("CMYK", ...).convert("RGB") of Pillow 13.
        let pixels = vec![0, 0, 0, 0, 255, 0, 0, 0, 10, 200, 30, 40, 0, 0, 0, 255, 128, 64, 32, 100];
        let expected = [255, 255, 255, 0, 255, 255, 207, 46, 190, 0, 0, 0, 77, 116, 136];
        assert_eq!(cmyk_to_srgb(pixels, None), expected);
    }
}
