//! Plans how the pixels of a BMP are decoded.

use image::metadata::Orientation;
use image::{ColorType, RgbImage};

use super::header::{Coding, Header};
use super::{pixels, rle};
use crate::picture::decoder_error;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize, check_size};
use crate::picture::rgb::{ToRgb, image_of, to_srgb};
use crate::picture::row_average::{RowAverager, factor};
use crate::picture::{jpeg, png};

/// Size of the pixels, in bytes as RGB, above which they are reduced row by row: below, exactness matters more.
const REDUCE_ABOVE: u64 = 64 << 20;
/// Memory that is taken beside pixels, in bytes.
const OTHER_MEMORY: u64 = 1 << 20;

/// Reads the headers of a BMP and plans how its pixels are decoded.
pub(in crate::picture) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let header = Header::read(bytes).map_err(damaged)?;
    let stored = header.size;
    let data = bytes.get(header.pixels_at..).unwrap_or_default();
    if header.coding == Coding::Embedded {
        return match data {
            [0xff, 0xd8, ..] => jpeg::plan(data, limits, minimum_size),
            _ => png::plan(data, limits, minimum_size),
        };
    }
    check_size(stored.0, stored.1, limits)?;
    let pixels = u64::from(stored.0) * u64::from(stored.1) * 3;
    let is_plain = header.coding == Coding::Plain;
    // Runs come from the bottom: all of them are unpacked first.
    let factor =
        if is_plain && pixels > REDUCE_ABOVE { factor(stored, minimum_size(stored.0, stored.1)) } else { 1 };
    let row = u64::from(stored.0) * 8;
    let memory = RowAverager::memory(stored, factor) + if is_plain { 0 } else { pixels } + row + OTHER_MEMORY;
    let work = move || if is_plain { packed(&header, data, factor) } else { runs(&header, data) };
    Ok(DecodePlan {
        format: Format::Bmp,
        stored,
        orientation: Orientation::NoTransforms,
        taken_at: None,
        memory,
        factor,
        work: Box::new(work),
    })
}

/// Decodes rows of packed pixels.
fn packed(header: &Header, data: &[u8], factor: u32) -> Result<Decoded, PictureError> {
    let (width, height) = header.size;
    let stride = header.stride();
    let row = |number: u32| {
        let number = if header.top_down { number } else { height - 1 - number };
        let start = usize::try_from(u64::from(number) * stride).ok()?;
        data.get(start..)?.get(..usize::try_from(stride).ok()?).or_else(|| {
            // Some writers leave out the padding of the last row.
            let least = (u64::from(width) * u64::from(header.bits)).div_ceil(8);
            data.get(start..)?.get(..usize::try_from(least).ok()?)
        })
    };
    let mut unpacked = vec![0; width as usize * 4];
    // Programs that know nothing of alpha leave it 0 everywhere.
    let has_alpha = !header.masks[3].is_empty()
        && (0..height).filter_map(row).any(|row| {
            pixels::unpack(header, row, &mut unpacked);
            unpacked.iter().skip(3).step_by(4).any(|alpha| *alpha > 0)
        });
    let mut to_rgb = ToRgb::new(ColorType::Rgba8, header.profile.as_deref(), Format::Bmp)?;
    let mut line = vec![255; width as usize * 3];
    let mut averager = RowAverager::new(header.size, factor);
    let mut missing = 0;
    for number in 0..height {
        match row(number) {
            Some(row) => {
                pixels::unpack(header, row, &mut unpacked);
                if !has_alpha {
                    unpacked.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = 255);
                }
                to_rgb.convert(&unpacked, &mut line);
            }
            None => {
                missing += 1;
                line.fill(255);
            }
        }
        averager.push(&line);
    }
    let damage = damage(height - missing, height)?;
    Ok(Decoded { pixels: averager.finish(), taken_at: None, damage })
}

/// Decodes runs of pixels.
fn runs(header: &Header, data: &[u8]) -> Result<Decoded, PictureError> {
    let (width, height) = header.size;
    let mut out = RgbImage::new(width, height);
    let rows = rle::unpack(header, data, &mut out);
    if !header.top_down {
        image::imageops::flip_vertical_in_place(&mut out);
    }
    let pixels = to_srgb(out.into_raw(), ColorType::Rgb8, header.profile.as_deref(), Format::Bmp)?;
    let pixels = image_of(pixels, (width, height), Format::Bmp)?;
    Ok(Decoded { pixels, taken_at: None, damage: damage(rows, height)? })
}

fn damage(rows: u32, height: u32) -> Result<Option<String>, PictureError> {
    if rows >= height {
        return Ok(None);
    }
    decoder_error::partial(Format::Bmp, f64::from(rows) / f64::from(height), true).map(Some)
}

fn damaged(reason: &str) -> PictureError {
    PictureError::Damaged { format: Format::Bmp, reason: reason.into() }
}
