//! JPEG 2000 (JP2 files and bare codestreams), by hayro-jpeg2000: at a lower resolution where that is enough.

use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};
use image::ColorType;
use image::metadata::Orientation;

use super::decoder_error::damaged;
use super::error::PictureError;
use super::exif;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, MinimumSize, check_size};
use super::rgb::{cmyk_to_srgb, image_of, to_srgb};

const FORMAT: Format = Format::Jpeg2000;
/// Memory that the decoder takes for a sample, in bytes: a float, its coefficient, and what codes it. Measured.
const BYTES_PER_SAMPLE: u64 = 9;
/// What precedes EXIF in the box that holds it (the name in the box's UUID).
const EXIF_BOX: &[u8] = b"JpgTiffExif->JP2";

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let full = open(bytes, None)?;
    let stored @ (width, height) = (full.width(), full.height());
    check_size(width, height, limits)?;
    let (image, factor) = reduced(bytes, stored, minimum_size(width, height)).unwrap_or((full, 1));
    let (width, height) = (image.width(), image.height());
    let channels = u64::from(image.color_space().num_channels()) + u64::from(image.has_alpha());
    let pixels = u64::from(width) * u64::from(height);
    let memory = pixels
        .saturating_mul(BYTES_PER_SAMPLE * channels + channels + 3)
        .saturating_add(2 * bytes.len() as u64 + (4 << 20));
    let taken_at = memchr::memmem::find(bytes, EXIF_BOX)
        .and_then(|at| bytes.get(at + EXIF_BOX.len()..))
        .and_then(|raw| exif::taken_at(raw.get(..1 << 16).unwrap_or(raw)));
    let work = move || {
        let mut context = DecoderContext::default();
        let samples = image.decode(&mut context).map_err(|error| damaged(&error, FORMAT))?.data_u8();
        drop(context);
        let pixels = colors(samples, image.color_space(), image.has_alpha())?;
        let pixels = image_of(pixels, (width, height), FORMAT)?;
        // The decoder takes what is missing for zeros, which blurs or grays a part of the picture.
        let cut = !bytes.windows(2).rev().take(1 << 16).any(|pair| pair == [0xff, 0xd9]);
        let damage = cut.then(|| "the file ends too early: details are missing".to_owned());
        Ok(Decoded { pixels, taken_at, damage })
    };
    Ok(DecodePlan {
        format: FORMAT,
        stored,
        orientation: Orientation::NoTransforms,
        taken_at,
        memory,
        factor,
        work: Box::new(work),
    })
}

/// The straight RGBA of a picture of `side` x `side` pixels, such as old Apple icons hold; none if it is no such picture.
pub(super) fn rgba_of_icon(bytes: &[u8], side: u32) -> Option<Vec<u8>> {
    let image = open(bytes, None).ok()?;
    if (image.width(), image.height()) != (side, side) {
        return None;
    }
    let mut context = DecoderContext::default();
    let samples = image.decode(&mut context).ok()?.data_u8();
    let opaque = |[r, g, b]: &[u8; 3]| [*r, *g, *b, 255];
    match (image.color_space().num_channels(), image.has_alpha()) {
        (3, true) => Some(samples),
        (3, false) => Some(samples.as_chunks().0.iter().flat_map(opaque).collect()),
        (1, false) => Some(samples.iter().flat_map(|gray| [*gray, *gray, *gray, 255]).collect()),
        _ => None,
    }
}

fn open(bytes: &[u8], target_resolution: Option<(u32, u32)>) -> Result<Image<'_>, PictureError> {
    let settings = DecodeSettings { target_resolution, ..DecodeSettings::default() };
    Image::new(bytes, &settings).map_err(|error| damaged(&error, FORMAT))
}

/// The picture at a resolution that is lower by a power of two and still has the minimum size, if there is one.
fn reduced(bytes: &[u8], (width, height): (u32, u32), minimum: (u32, u32)) -> Option<(Image<'_>, u32)> {
    if minimum.0.saturating_mul(2) > width || minimum.1.saturating_mul(2) > height {
        return None;
    }
    let image = open(bytes, Some(minimum)).ok()?;
    let (found_width, found_height) = (image.width(), image.height());
    let factor = (1..=5)
        .map(|level| 1 << level)
        .find(|factor| (width.div_ceil(*factor), height.div_ceil(*factor)) == (found_width, found_height))?;
    (found_width >= minimum.0 && found_height >= minimum.1).then_some((image, factor))
}

/// Interleaved samples of 8 bits as sRGB.
fn colors(samples: Vec<u8>, space: &ColorSpace, has_alpha: bool) -> Result<Vec<u8>, PictureError> {
    let (channels, profile) = match space {
        ColorSpace::Icc { profile, num_channels } => (*num_channels, Some(profile.as_slice())),
        space => (space.num_channels(), None),
    };
    let color = match (channels, has_alpha) {
        (1, false) => ColorType::L8,
        (1, true) => ColorType::La8,
        (3, false) => ColorType::Rgb8,
        (3, true) => ColorType::Rgba8,
        (4, false) => return Ok(cmyk_to_srgb(samples, profile)),
        (4, true) => {
            let inks =
                samples.as_chunks::<5>().0.iter().flat_map(|[c, m, y, k, _]| [*c, *m, *y, *k]).collect();
            return Ok(cmyk_to_srgb(inks, profile));
        }
        (channels, _) => return Err(PictureError::Unsupported(format!("{FORMAT} ({channels} channels)"))),
    };
    to_srgb(samples, color, profile, FORMAT)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::picture::decode::decode_reduced;

    #[test]
    fn a_lower_resolution_is_decoded_where_it_is_enough() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/formats/lossy.jp2");
        let bytes = std::fs::read(path).unwrap();
        let reduced = decode_reduced(&bytes, &Limits::default(), |_, _| (16, 12), |_| true).unwrap().unwrap();
        assert_eq!(reduced.image.stored, (64, 48));
        assert_eq!((reduced.image.factor, reduced.image.pixels.dimensions()), (4, (16, 12)));
        let full = decode_reduced(&bytes, &Limits::default(), |w, h| (w, h), |_| true).unwrap().unwrap();
        let mean = |pixels: &RgbImage| {
            pixels.as_raw().iter().map(|v| u64::from(*v)).sum::<u64>() as f64 / pixels.as_raw().len() as f64
        };
        let (reduced, full) = (mean(&reduced.image.pixels), mean(&full.image.pixels));
        assert!((reduced - full).abs() < 8.0, "{reduced} {full}");
    }
}
