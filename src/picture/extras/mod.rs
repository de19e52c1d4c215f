//! The formats that the `image` and `image-extras` crates read as they are: QOI, farbfeld, Netpbm, TGA, icons, DDS, PCX,
//! SGI, X pixmaps and bitmaps, OpenRaster; and those of linear light, OpenEXR and Radiance HDR, which `tone` maps to the
//! range of a screen.

mod tga;

use std::borrow::Cow;
use std::io::Cursor;
use std::ops::Range;

use image::codecs::{farbfeld, hdr, ico, openexr, pnm, qoi, tga as tga_codec};
use image::error::{DecodingError, ImageFormatHint};
use image::{ColorType, ImageDecoder, ImageError, ImageResult, Limits as DecoderLimits};
use image_extras::{dds, icns, ora, pcx, sgi, wbmp, xbm, xpm};

use super::decoder_error::explain;
use super::error::PictureError;
use super::exif::Exif;
use super::format::Format;
#[cfg(feature = "jpeg2000")]
use super::jpeg2000;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::{image_of, to_srgb};
use super::tone;

/// Memory that decoders take beside pixels, in bytes.
const DECODER_MEMORY: u64 = 1 << 20;
/// Largest number of entries in a ZIP file that is read as OpenRaster: its layers. The reader keeps them all.
const MAX_ZIP_ENTRIES: u16 = 4096;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(
    bytes: &'a [u8],
    format: Format,
    limits: &Limits,
) -> Result<DecodePlan<'a>, PictureError> {
    match format {
        Format::Tga => tga::check_header(bytes)?,
        Format::Ora => check_zip_directory(bytes)?,
        _ => {}
    }
    let explain = move |error| explain(error, format);
    let mut decoder = open(bytes, format, limits).map_err(explain)?;
    let stored @ (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged { format, reason: "it has no pixels".into() });
    }
    let exif = decoder.exif_metadata().ok().flatten().map_or(Exif::NONE, Exif::parse);
    let pixels = u64::from(width) * u64::from(height);
    let total = decoder.total_bytes();
    let working_memory = match format {
        // Blocks of samples before they are sorted into pixels.
        Format::Exr => total.saturating_add(bytes.len() as u64),
        Format::Hdr => total / 2,
        // Planes, or palette indices, before they are pixels.
        Format::Sgi | Format::Pcx | Format::Icns | Format::Tga => total,
        // A copy of a file whose header is mended.
        Format::Dds => total.saturating_add(bytes.len() as u64),
        // Icons hold a picture, which is turned into another.
        Format::Ico => 2 * total,
        Format::Xpm => 8 * pixels,
        _ => pixels,
    };
    let memory = total.saturating_add(working_memory).saturating_add(2 * pixels + DECODER_MEMORY);
    let max_memory = limits.max_memory;
    let work = move || {
        let mut decoder_limits = DecoderLimits::no_limits();
        decoder_limits.max_alloc = Some(max_memory);
        decoder.set_limits(decoder_limits).map_err(explain)?;
        let color = decoder.color_type();
        let profile = decoder.icc_profile().ok().flatten();
        let length =
            usize::try_from(decoder.total_bytes()).map_err(|_| PictureError::TooMuchMemory(format))?;
        let mut pixels = vec![0; length];
        decoder.read_image_boxed(&mut pixels).map_err(explain)?;
        let linear = matches!(format, Format::Exr | Format::Hdr);
        let pixels = match color {
            ColorType::Rgb32F | ColorType::Rgba32F if linear => {
                tone::to_srgb(pixels, color == ColorType::Rgba32F)
            }
            _ => to_srgb(pixels, color, profile.as_deref(), format)?,
        };
        let pixels = image_of(pixels, (width, height), format)?;
        Ok(Decoded::whole(pixels, exif.taken_at))
    };
    Ok(DecodePlan {
        format,
        stored,
        orientation: exif.orientation,
        taken_at: exif.taken_at,
        memory,
        factor: 1,
        work: Box::new(work),
    })
}

/// Opens the decoder of a format, which reads the header.
fn open<'a>(bytes: &'a [u8], format: Format, limits: &Limits) -> ImageResult<Box<dyn ImageDecoder + 'a>> {
    let reader = Cursor::new(bytes);
    let mut decoder_limits = DecoderLimits::no_limits();
    decoder_limits.max_alloc = Some(limits.max_memory);
    Ok(match format {
        Format::Exr => Box::new(openexr::OpenExrDecoder::new(reader)?),
        Format::Hdr => Box::new(hdr::HdrDecoder::new_nonstrict(reader)?),
        Format::Farbfeld => Box::new(farbfeld::FarbfeldDecoder::new(reader)?),
        Format::Tga => Box::new(tga_codec::TgaDecoder::new(reader)?),
        Format::Pnm => Box::new(pnm::PnmDecoder::new(reader)?),
        Format::Ico => Box::new(ico::IcoDecoder::new(reader)?),
        Format::Dds => Box::new(dds::DdsDecoder::new(Cursor::new(with_an_array_size(bytes)))?),
        Format::Pcx => Box::new(pcx::PCXDecoder::new(reader)?),
        Format::Sgi => Box::new(sgi::SgiDecoder::new(reader)?),
        Format::Xpm => Box::new(xpm::XpmDecoder::new(reader)?),
        Format::Xbm => Box::new(xbm::XbmDecoder::new(reader)?),
        Format::Wbmp => Box::new(wbmp::WbmpDecoder::new(reader)?),
        Format::Icns => Box::new(icns::IcnsDecoder::new_with_decode_func(reader, Box::new(decode_icon))?),
        Format::Ora => Box::new(ora::OpenRasterDecoder::with_limits(reader, decoder_limits)?),
        _ => Box::new(qoi::QoiDecoder::new(reader)?),
    })
}

/// Decodes the JPEG 2000 picture that icons of some years hold, to RGBA of `side` x `side` pixels.
#[cfg_attr(not(feature = "jpeg2000"), expect(unused_variables, reason = "nothing reads it"))]
fn decode_icon(bytes: &[u8], side: u32, rgba: &mut [u8], _limit: u64) -> ImageResult<()> {
    #[cfg(feature = "jpeg2000")]
    if let Some(pixels) = jpeg2000::rgba_of_icon(bytes, side)
        && pixels.len() == rgba.len()
    {
        rgba.copy_from_slice(&pixels);
        return Ok(());
    }
    let reason = "the JPEG 2000 picture in it can't be decoded";
    Err(ImageError::Decoding(DecodingError::new(ImageFormatHint::Name("ICNS".into()), reason)))
}

/// A DDS file that says how many textures it has: Pillow and others write 0 for the only one.
fn with_an_array_size(bytes: &[u8]) -> Cow<'_, [u8]> {
    const EXTENDED_HEADER: usize = 128;
    const ARRAY_SIZE: Range<usize> = EXTENDED_HEADER + 12..EXTENDED_HEADER + 16;
    if bytes.get(84..88) != Some(b"DX10") || bytes.get(ARRAY_SIZE) != Some(&[0; 4]) {
        return bytes.into();
    }
    let mut bytes = bytes.to_vec();
    bytes[ARRAY_SIZE].copy_from_slice(&1_u32.to_le_bytes());
    bytes.into()
}

/// Refuses a ZIP file whose end claims more entries than a drawing has layers: the reader would keep a name for each.
fn check_zip_directory(bytes: &[u8]) -> Result<(), PictureError> {
    let reason = match memchr::memmem::rfind(bytes, b"PK\x05\x06").and_then(|at| bytes.get(at + 10..at + 12))
    {
        Some(&[low, high]) if u16::from_le_bytes([low, high]) <= MAX_ZIP_ENTRIES => return Ok(()),
        Some(_) => "its archive has too many entries",
        None => "its archive has no directory",
    };
    Err(PictureError::Damaged { format: Format::Ora, reason: reason.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_without_end_or_with_too_many_entries_is_refused() {
        let reason = |bytes: &[u8]| check_zip_directory(bytes).unwrap_err().to_string();
        assert_eq!(reason(b"PK\x03\x04"), "damaged OpenRaster: its archive has no directory");
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(reason(&end), "damaged OpenRaster: its archive has too many entries");
        end[6..].fill(1);
        assert!(check_zip_directory(&end).is_ok());
    }
}
