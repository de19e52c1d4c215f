//! HEIC and HEIF, by heic-decoder: the primary picture, cropped, turned and mirrored as its boxes say.

use heic_decoder::{ColorInfo, HeifError};
use image::metadata::Orientation;
use image::{ColorType, RgbImage};

use super::cicp::{self, Cicp};
use super::error::PictureError;
use super::exif;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::to_srgb;

const FORMAT: Format = Format::Heic;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let info = heic_decoder::probe(bytes).map_err(explain)?;
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let stored @ (width, height) = (side(info.width), side(info.height));
    check_size(width, height, limits)?;
    check_size(side(info.coded_width), side(info.coded_height), limits)?;
    let metadata = heic_decoder::read_metadata(bytes).map_err(explain)?;
    // The boxes of the file turn the picture; what EXIF says of it has been seen to by then.
    let taken_at = metadata.exif.and_then(exif::taken_at);
    let coded = info.coded_width as u64 * info.coded_height as u64;
    // Planes of four bytes a sample, in tiles and put together; then, beside them, RGB or RGBA. Measured: 13.7 bytes a
    // pixel in 4:2:0. Of HDR there are 16 bits and floats.
    let planes = match info.chroma_format_idc {
        0 => 4,
        1 => 6,
        2 => 8,
        _ => 12,
    } + if info.alpha_bit_depth.is_some() { 4 } else { 0 };
    let is_hdr = metadata.color_info.is_some_and(|color| cicp_of(color).is_hdr());
    let samples = if is_hdr { 16 } else { 4 };
    let memory =
        coded.saturating_mul(planes * 2 + samples).saturating_add(2 * bytes.len() as u64 + (4 << 20));
    let work = move || {
        let picture = heic_decoder::decode(bytes).map_err(explain)?;
        let profile = picture.metadata.icc_profile.clone();
        let color = picture.color_info.map(cicp_of).filter(|_| profile.is_none());
        let unexpected = || PictureError::Damaged { format: FORMAT, reason: "of unexpected size".into() };
        if (side(picture.width), side(picture.height)) != stored {
            return Err(unexpected());
        }
        let pixels = if color.is_some_and(Cicp::is_hdr) {
            let deep = picture.to_rgb16().map_err(explain)?.data;
            drop(picture);
            cicp::tone_map(&deep, color.unwrap_or(Cicp::SRGB))
        } else {
            let profile = profile.or_else(|| color.and_then(Cicp::profile));
            let (pixels, kind) = match picture.alpha {
                Some(_) => {
                    let rgba = picture.to_rgba8().map_err(explain)?;
                    (if rgba.premultiplied { unmultiply(rgba.data) } else { rgba.data }, ColorType::Rgba8)
                }
                None => (picture.to_rgb8().map_err(explain)?.data, ColorType::Rgb8),
            };
            drop(picture);
            to_srgb(pixels, kind, profile.as_deref(), FORMAT)?
        };
        let pixels = RgbImage::from_raw(width, height, pixels).ok_or_else(unexpected)?;
        Ok(Decoded::whole(pixels, taken_at))
    };
    Ok(DecodePlan {
        format: FORMAT,
        stored,
        orientation: Orientation::NoTransforms,
        taken_at,
        memory,
        factor: 1,
        work: Box::new(work),
    })
}

fn cicp_of(color: ColorInfo) -> Cicp {
    Cicp { primaries: color.color_primaries, transfer: color.transfer_characteristics }
}

/// Divides colours by the alpha that they were multiplied with.
fn unmultiply(mut pixels: Vec<u8>) -> Vec<u8> {
    for [r, g, b, alpha] in pixels.as_chunks_mut::<4>().0 {
        for color in [r, g, b] {
            let straight = (u32::from(*color) * 255 + u32::from(*alpha) / 2).checked_div(u32::from(*alpha));
            *color = straight.map_or(0, |value| value.min(255) as u8);
        }
    }
    pixels
}

/// What the decoder says, as reasons of ours.
fn explain(error: HeifError) -> PictureError {
    match error {
        HeifError::Truncated { .. } => super::decoder_error::truncated(FORMAT),
        HeifError::Unsupported(what) => PictureError::Unsupported(format!("{FORMAT} ({what})")),
        HeifError::LimitExceeded(_) => PictureError::TooMuchMemory(FORMAT),
        HeifError::NotHeif(what) | HeifError::MalformedBox(what) | HeifError::MalformedHevc(what) => {
            PictureError::Damaged { format: FORMAT, reason: what.to_owned() }
        }
        HeifError::CabacDesync(_) => {
            PictureError::Damaged { format: FORMAT, reason: "its pixels can't be decoded".into() }
        }
    }
}
