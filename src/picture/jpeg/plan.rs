//! Reading a JPEG's header, and choosing how much of it is decoded.

use image::metadata::Orientation;
use image::{ColorType, RgbImage};

use super::colors::Colors;
use super::decoder::{decode, memory};
use super::decoder_error::damaged;
use super::frame::Frame;
use super::header::Header;
use super::lossless;
use crate::picture::error::PictureError;
use crate::picture::exif::Exif;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize, check_size, minimum_as_stored};
use crate::picture::rgb::{cmyk_to_srgb, to_srgb};

/// Factors that each side can be divided by, best first. A half is not worth it: decoding in full is about as quick.
const FACTORS: [u32; 2] = [8, 4];

/// Reads the header of a JPEG and chooses by how much it is reduced.
///
/// CMYK is taken as inverted, as Adobe writes it and Pillow assumes of all.
pub(in crate::picture) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let header = Header::read(bytes)?;
    let stored = (header.frame.width, header.frame.height);
    check_size(stored.0, stored.1, limits)?;
    let Exif { orientation, taken_at } = Exif::of_segments(&header.app1);
    let colors = Colors::guess(&header.frame, header.is_jfif, header.adobe);
    let is_lossless = header.frame.coding.is_lossless;
    let factor = if is_lossless { 1 } else { choose_factor(&header.frame, orientation, minimum_size) };
    let side = 8 / factor as usize;
    Ok(DecodePlan {
        format: Format::Jpeg,
        stored,
        orientation,
        taken_at,
        memory: if is_lossless { lossless::memory(&header, colors) } else { memory(&header, colors, side) },
        factor,
        work: Box::new(move || {
            let (pixels, damage) = if is_lossless {
                lossless::decode(bytes, &header, colors)?
            } else {
                decode(bytes, &header, colors, side)?
            };
            let profile = header.profile.as_deref();
            let pixels = match colors {
                Colors::Cmyk | Colors::Ycck => cmyk_to_srgb(pixels, profile),
                // Profiles of gray are for one channel.
                Colors::Gray if profile.is_some() => {
                    to_srgb(first_channel(pixels), ColorType::L8, profile, Format::Jpeg)?
                }
                _ => to_srgb(pixels, ColorType::Rgb8, profile, Format::Jpeg)?,
            };
            let pixels = RgbImage::from_raw(stored.0.div_ceil(factor), stored.1.div_ceil(factor), pixels);
            let pixels = pixels.ok_or_else(|| damaged("it is of unexpected size"))?;
            Ok(Decoded { pixels, taken_at, damage })
        }),
    })
}

/// By how much a picture can be reduced that must keep at least the minimum. Only those whose first component has a sample
/// for each pixel: reduced, others would lose too much.
fn choose_factor(frame: &Frame, orientation: Orientation, minimum_size: MinimumSize) -> u32 {
    let most = frame.most();
    let is_usual = |own: u32, most: u32| own == most || own * 2 == most;
    let components = frame.components.as_slice();
    let is_full = components.first().is_some_and(|first| (first.h, first.v) == most);
    if !is_full || components.iter().any(|c| !is_usual(c.h, most.0) || !is_usual(c.v, most.1)) {
        return 1;
    }
    let minimum = minimum_as_stored((frame.width, frame.height), orientation, minimum_size);
    let is_enough =
        |side: u32, minimum: u32, factor: u32| u64::from(side) >= u64::from(minimum) * u64::from(factor);
    let mut fitting = FACTORS
        .into_iter()
        .filter(|&f| is_enough(frame.width, minimum.0, f) && is_enough(frame.height, minimum.1, f));
    fitting.next().unwrap_or(1)
}

/// The first of three channels. The memory stays as large, since it will be needed again.
fn first_channel(mut pixels: Vec<u8>) -> Vec<u8> {
    let count = pixels.len() / 3;
    for i in 0..count {
        if let Some(&value) = pixels.get(3 * i)
            && let Some(pixel) = pixels.get_mut(i)
        {
            *pixel = value;
        }
    }
    pixels.truncate(count);
    pixels
}
