//! Photoshop files (PSD, and PSB for large ones): the merged picture that Photoshop saves beside the layers.
//!
//! Header, colour table, `resources` (profile, EXIF), layers (skipped), and the merged picture plane by plane, whose rows
//! `planes` unpacks. After Adobe's "Photoshop File Formats Specification" (2019).

mod lab;
mod planes;
mod resources;

use image::ColorType;

use self::planes::{Planes, Reader};
use self::resources::Resources;
use super::decoder_error::truncated;
use super::error::PictureError;
use super::exif::Exif;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::read_at::ReadAt;
use super::rgb::{cmyk_to_srgb, image_of, to_srgb};

const FORMAT: Format = Format::Psd;
/// Largest side in pixels, as Photoshop has it for PSB.
const MAX_SIDE: u32 = 300_000;

/// Most bytes of resources that are looked at for a thumbnail.
const MAX_RESOURCES: usize = 16 << 20;

/// How the numbers of a picture mean colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Bitmap,
    Gray,
    Indexed,
    Rgb,
    Cmyk,
    Lab,
}

impl Mode {
    /// How many planes make a pixel.
    fn planes(self) -> usize {
        match self {
            Self::Bitmap | Self::Gray | Self::Indexed => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
        }
    }
}

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let mut reader = Reader::new(bytes);
    let end = || truncated(FORMAT);
    let _signature = reader.u32().ok_or_else(end)?;
    let version = reader.u16().ok_or_else(end)?;
    let _reserved = reader.take(6).ok_or_else(end)?;
    let channels = reader.u16().ok_or_else(end)?;
    let height = reader.u32().ok_or_else(end)?;
    let width = reader.u32().ok_or_else(end)?;
    let depth = reader.u16().ok_or_else(end)?;
    let mode = reader.u16().ok_or_else(end)?;
    if !matches!(version, 1 | 2) || width == 0 || height == 0 || width.max(height) > MAX_SIDE {
        return Err(damaged("its header makes no sense"));
    }
    check_size(width, height, limits)?;
    let mode = read_mode(mode, depth)?;
    if usize::from(channels) < mode.planes() {
        return Err(damaged("it has too few channels"));
    }
    let table = reader.section(false).ok_or_else(end)?;
    let resources = Resources::read(reader.section(false).ok_or_else(end)?);
    if resources.has_merged_picture == Some(false) {
        return Err(PictureError::Unsupported(format!(
            "{FORMAT} (saved without \"maximize compatibility\", so without merged picture)"
        )));
    }
    let _layers = reader.section(version == 2).ok_or_else(end)?;
    let compression = reader.u16().ok_or_else(end)?;
    if compression > 1 {
        return Err(PictureError::Unsupported(format!("{FORMAT} (with a ZIP-compressed merged picture)")));
    }
    let planes = Planes {
        width: width as usize,
        height: height as usize,
        channels: usize::from(channels),
        wanted: mode.planes(),
        depth,
        packed: compression == 1,
        long_counts: version == 2,
    };
    let exif = resources.exif.map_or(Exif::NONE, Exif::parse);
    let pixels = u64::from(width) * u64::from(height);
    // The planes side by side, and three colours.
    let memory = pixels.saturating_mul(mode.planes() as u64 + 3).saturating_add(1 << 20);
    let profile = resources.profile;
    let work = move || {
        let (samples, damage) = planes.read(&mut reader)?;
        let pixels = colors(samples, mode, table, profile)?;
        let pixels = image_of(pixels, (width, height), FORMAT)?;
        Ok(Decoded { pixels, taken_at: exif.taken_at, damage })
    };
    Ok(DecodePlan {
        format: FORMAT,
        stored: (width, height),
        orientation: exif.orientation,
        taken_at: exif.taken_at,
        memory,
        factor: 1,
        work: Box::new(work),
    })
}

/// The thumbnail of a file.
pub(super) struct Thumbnail {
    /// Its bytes.
    pub jpeg: Vec<u8>,
    /// Width and height of the picture itself, in pixels.
    pub size: (u32, u32),
}

/// Finds the thumbnail of a file, of which only the beginning is read.
pub(super) fn thumbnail<I: ReadAt + ?Sized>(input: &I) -> Option<Thumbnail> {
    let head = input.read_at(0, 26)?;
    let number = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?));
    let size = (number(18)?, number(14)?);
    let section = |at: u64| {
        let length = u32::from_be_bytes(*input.read_at(at, 4)?.first_chunk()?);
        Some((at + 4, u64::from(length)))
    };
    let (start, length) = section(26)?;
    let (start, length) = section(start + length)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_RESOURCES)?;
    let resources = input.read_up_to(start, length)?;
    Some(Thumbnail { jpeg: Resources::read(&resources).thumbnail?.to_vec(), size })
}

fn damaged(reason: &str) -> PictureError {
    PictureError::Damaged { format: FORMAT, reason: reason.to_owned() }
}

fn read_mode(mode: u16, depth: u16) -> Result<Mode, PictureError> {
    let known = match mode {
        0 => Mode::Bitmap,
        // Duotones are shown as gray: their inks are not documented. Of other channels the first is shown.
        1 | 7 | 8 => Mode::Gray,
        2 => Mode::Indexed,
        3 => Mode::Rgb,
        4 => Mode::Cmyk,
        9 => Mode::Lab,
        other => return Err(PictureError::Unsupported(format!("{FORMAT} (colour mode {other})"))),
    };
    let fits = match known {
        Mode::Bitmap => depth == 1,
        Mode::Indexed => depth == 8,
        _ => matches!(depth, 8 | 16 | 32),
    };
    if fits { Ok(known) } else { Err(PictureError::Unsupported(format!("{FORMAT} ({depth} bits)"))) }
}

/// The pixels as sRGB. Samples are interleaved bytes.
///
/// The merged picture lies on white already where it is transparent; other channels beyond the colours are selections.
fn colors(
    mut samples: Vec<u8>,
    mode: Mode,
    table: &[u8],
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, PictureError> {
    match mode {
        Mode::Bitmap => to_srgb(samples, ColorType::L8, None, FORMAT),
        Mode::Gray => to_srgb(samples, ColorType::L8, profile, FORMAT),
        Mode::Rgb => to_srgb(samples, ColorType::Rgb8, profile, FORMAT),
        Mode::Cmyk => {
            samples.iter_mut().for_each(|ink| *ink = 255 - *ink);
            Ok(cmyk_to_srgb(samples, profile))
        }
        Mode::Lab => {
            for pixel in samples.as_chunks_mut::<3>().0 {
                *pixel = lab::to_srgb(*pixel);
            }
            Ok(samples)
        }
        Mode::Indexed => {
            let color =
                |index: u8, plane: usize| table.get(plane * 256 + usize::from(index)).copied().unwrap_or(0);
            let pixels = samples.iter().flat_map(|i| [color(*i, 0), color(*i, 1), color(*i, 2)]).collect();
            to_srgb(pixels, ColorType::Rgb8, profile, FORMAT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode::decode;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/formats");

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("{FOLDER}/{name}")).unwrap()
    }

    #[test]
    fn a_cut_file_shows_what_is_there_and_says_so() {
        for name in ["rgb.psd", "rgb-rle.psd", "rgb.psb"] {
            let whole = file(name);
            let picture = decode(&whole[..whole.len() - 200], &Limits::default()).unwrap();
            let damage = picture.damage.unwrap();
            assert!(damage.starts_with("the file ends after "), "{name}: {damage}");
            let full = decode(&whole, &Limits::default()).unwrap();
            assert!(full.damage.is_none());
            assert_eq!(picture.pixels.get_pixel(3, 3), full.pixels.get_pixel(3, 3), "{name}");
        }
        let error = decode(&file("rgb.psd")[..200], &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "truncated PSD: the file ends too early");
    }

    #[test]
    fn what_is_not_read_is_said_in_words() {
        let mut zip = file("rgb.psd");
        let compression = 26 + 12;
        zip[compression + 1] = 2;
        let error = decode(&zip, &Limits::default()).unwrap_err().to_string();
        assert_eq!(error, "PSD (with a ZIP-compressed merged picture) pictures are not supported");
        let mut deep = file("rgb.psd");
        deep[23] = 64;
        assert_eq!(
            decode(&deep, &Limits::default()).unwrap_err().to_string(),
            "PSD (64 bits) pictures are not supported"
        );
    }
}
