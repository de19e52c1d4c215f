//! What a picture's file tells before its pixels: format, size, EXIF. No pixels are decoded, and of large files only the
//! parts are read that tell.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use image::ImageReader;
use image::metadata::Orientation;

use super::decode::describe;
use super::embedded::Embedded;
use super::exif;
use super::exif_fields::ExifFields;
use super::format::{Format, sniff};
use super::heif::Items;
use super::ifd::Tiff;
use super::jpeg_segments::JpegHeader;
use super::limits::Limits;
use super::read_at::{FileBytes, ReadAt};
use super::source::Source;
use super::{jxl_size, raw};
use crate::base::panics;
use crate::base::pixels::displayed_size;

/// Largest file of a format without a size of its own in the header that is read whole, in bytes.
const MAX_WHOLE: u64 = 16 << 20;

/// The parts of a file's header that could be read; what is damaged or missing is none.
#[derive(Debug, Default)]
pub struct FileHeader {
    /// The format, by the file's first bytes and its name.
    pub format: Option<Format>,
    /// Width and height as displayed, in pixels; those of the largest preview of a camera's raw file.
    pub size: Option<(u32, u32)>,
    /// The fields of EXIF that people look at.
    pub exif: ExifFields,
}

impl FileHeader {
    /// Reads the header of an open file, whose name may tell the format.
    pub fn read(file: &File, path: &Path) -> Self {
        // Parsers read bytes here that anyone may have made up: one that panics found nothing.
        panics::catch(|| read(file, path)).ok().flatten().unwrap_or_default()
    }
}

fn read(file: &File, path: &Path) -> Option<FileHeader> {
    let input = FileBytes::new(file).ok()?;
    let format = sniff(Source::new(input.head(), path))?;
    let mut exif = ExifFields::default();
    let embedded = embedded(&input, format);
    let raw_exif = embedded.exif.as_deref().map(exif::without_prefix);
    raw_exif.and_then(|raw| Tiff::open(raw, 0)).iter().for_each(|tiff| exif.add(tiff));
    let size = match format {
        Format::Jpeg => JpegHeader::read(&input, 0)
            .map(|header| displayed_size(header.size, embedded.parse().orientation)),
        Format::Raw => {
            let raw = raw::read(&input);
            raw.exif_at.iter().filter_map(|at| Tiff::open(&input, *at)).for_each(|tiff| exif.add(&tiff));
            raw.previews.first().and_then(|preview| {
                // Some raw files have EXIF only within their preview.
                let own = Embedded::in_jpeg(&input, preview.at);
                let tiff = own.exif.as_deref().and_then(|raw| Tiff::open(exif::without_prefix(raw), 0));
                tiff.iter().for_each(|tiff| exif.add(tiff));
                // Decoding searches for a larger one than a thumbnail.
                preview.is_large_jpeg().then(|| displayed_size(preview.size, raw.turn(own.parse())))
            })
        }
        Format::Heic | Format::Avif => Items::parse(&input).and_then(|items| items.size()),
        Format::Jxl => jxl_size::read(&input),
        Format::Tiff => {
            let tiff = Tiff::open(&input, 0)?;
            exif.add(&tiff);
            let first = tiff.directory(tiff.first)?;
            let side = |tag| u32::try_from(tiff.number_of(&first, tag)?).ok();
            let orientation = tiff.number_of(&first, 0x112).and_then(exif::from_number);
            side(0x100)
                .zip(side(0x101))
                .map(|stored| displayed_size(stored, orientation.unwrap_or(Orientation::NoTransforms)))
        }
        _ => size_by_decoder(file).map(|stored| displayed_size(stored, embedded.parse().orientation)),
    };
    let size = size.or_else(|| size_of_whole(&input, path));
    Some(FileHeader { format: Some(format), size, exif })
}

/// The metadata in segments, chunks and boxes.
pub(super) fn embedded(input: &FileBytes<'_>, format: Format) -> Embedded {
    match format {
        Format::Jpeg => Embedded::in_jpeg(input, 0),
        Format::Png => Embedded::in_png(input),
        Format::Webp => Embedded::in_webp(input),
        Format::Heic | Format::Avif => Embedded::in_heif(input),
        Format::Jxl => Embedded::in_jxl(input),
        _ => Embedded::default(),
    }
}

/// Width and height as stored, of the formats whose headers the `image` crate reads.
fn size_by_decoder(file: &File) -> Option<(u32, u32)> {
    let mut reader = BufReader::new(file);
    reader.rewind().ok()?;
    ImageReader::new(reader).with_guessed_format().ok()?.into_dimensions().ok()
}

/// Width and height as displayed, of formats that are read whole, if they are not too large.
fn size_of_whole(input: &FileBytes<'_>, path: &Path) -> Option<(u32, u32)> {
    let length = usize::try_from(input.length()).ok().filter(|length| *length as u64 <= MAX_WHOLE)?;
    let bytes = input.read_at(0, length)?;
    Some(describe(Source::new(&bytes, path), &Limits::default()).ok()?.0)
}
