//! The previews that a raw file turned out to have.

use image::metadata::Orientation;

use crate::picture::exif::{self, Exif, Tags};
use crate::picture::ifd::{Directory, Tiff};
use crate::picture::jpeg_segments::JpegHeader;
use crate::picture::read_at::ReadAt;

/// The most previews that are kept; cameras write at most five.
const MAX_PREVIEWS: usize = 64;
/// The number of pixels from which a preview is taken for the largest that the maker meant to be found.
const LARGE: u64 = 640 * 480;
/// The tags by which a directory names a JPEG.
const JPEG_START: u16 = 0x201;
const JPEG_LENGTH: u16 = 0x202;

/// How the pixels of a preview are coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::picture) enum Coding {
    /// As a JPEG file.
    Jpeg,
    /// As rows of RGB of 8 bits.
    Rgb,
}

/// A picture within a raw file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::picture) struct Preview {
    pub coding: Coding,
    /// Where it begins in the file.
    pub at: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Width and height as stored, in pixels.
    pub size: (u32, u32),
    /// Whether the directory says that it is a small version of another picture.
    pub reduced: bool,
    /// Whether the file ends before it does.
    pub cut: bool,
}

impl Preview {
    /// The number of pixels.
    pub(crate) fn area(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }

    /// Whether it is a JPEG and no mere thumbnail.
    pub(in crate::picture) fn is_large_jpeg(&self) -> bool {
        self.coding == Coding::Jpeg && self.area() >= LARGE
    }
}

/// What is known of a raw file without decoding it.
#[derive(Debug, Default)]
pub(in crate::picture) struct RawFile {
    /// The previews, largest first; JPEG before uncompressed ones, and whole ones before those that are cut.
    pub previews: Vec<Preview>,
    /// Whether the file ends before a preview that it lists does.
    pub cut: bool,
    /// The orientation that the raw file tells for its sensor's data and all previews, as a number of EXIF. None when
    /// only the previews tell.
    pub orientation: Option<u64>,
    /// The time of capture in seconds since 1970 as if its local time were UTC.
    pub taken_at: Option<i64>,
    /// Where the TIFF structures begin that have the EXIF of the raw file; none when only the previews have it.
    pub exif_at: Vec<u64>,
}

impl RawFile {
    /// How a preview is turned upright: as the raw file says, which speaks of all its previews, else as the preview's
    /// own EXIF does.
    pub(in crate::picture) fn turn(&self, own: Exif) -> Orientation {
        match self.orientation {
            Some(number) => exif::from_number(number).unwrap_or(Orientation::NoTransforms),
            None => own.orientation,
        }
    }
}

/// Takes previews in as they are found.
pub(super) struct Collector<'a, I: ?Sized> {
    pub input: &'a I,
    previews: Vec<Preview>,
    /// What the previews that are taken in next have as [`Preview::reduced`].
    pub reduced: bool,
    /// As [`RawFile::exif_at`].
    pub exif_at: Vec<u64>,
    /// As [`RawFile::cut`].
    pub cut: bool,
}

impl<'a, I: ReadAt + ?Sized> Collector<'a, I> {
    pub(crate) fn new(input: &'a I) -> Self {
        Self { input, previews: Vec::new(), reduced: false, exif_at: Vec::new(), cut: false }
    }

    /// Takes in the JPEG at a position, if there is one that can be shown. One of unknown length, [`u64::MAX`], goes on to
    /// the end of the file at most; of one that is longer than that, what is there.
    pub(crate) fn jpeg(&mut self, at: u64, length: u64) {
        let there = self.input.length().saturating_sub(at);
        let cut = length != u64::MAX && length > there;
        let known = self.previews.iter().any(|known| known.at == at);
        if length == 0 || known || self.previews.len() >= MAX_PREVIEWS {
            return;
        }
        if let Some(header) = JpegHeader::read(self.input, at) {
            let (length, size, reduced) = (length.min(there), header.size, self.reduced);
            self.previews.push(Preview { coding: Coding::Jpeg, at, length, size, reduced, cut });
            self.cut |= cut;
        } else {
            // What lies behind the end may have been one.
            self.cut |= cut && there == 0;
        }
    }

    /// Takes in the JPEG that a directory names by its start and length.
    pub(crate) fn jpeg_of(&mut self, tiff: &Tiff<'_, I>, directory: &Directory) {
        if let Some(at) = tiff.pointer(directory, JPEG_START) {
            // Without a length the JPEG's own end counts.
            self.jpeg(at, tiff.number_of(directory, JPEG_LENGTH).unwrap_or(u64::MAX));
        }
    }

    /// Takes in rows of RGB, if all of them are there.
    pub(crate) fn rgb(&mut self, at: u64, length: u64, size: (u32, u32)) {
        let needed = u64::from(size.0) * u64::from(size.1) * 3;
        let end = at.checked_add(needed);
        let there = length >= needed && end.is_some_and(|end| end <= self.input.length());
        if needed > 0 && there && self.previews.len() < MAX_PREVIEWS {
            let reduced = self.reduced;
            self.previews.push(Preview {
                coding: Coding::Rgb,
                at,
                length: needed,
                size,
                reduced,
                cut: false,
            });
        }
    }

    /// Whether a JPEG was found that is no mere thumbnail.
    pub(crate) fn has_large_jpeg(&self) -> bool {
        self.previews.iter().any(Preview::is_large_jpeg)
    }

    /// What was found, the best first, with what EXIF says.
    pub(crate) fn finish(mut self, tags: Tags) -> RawFile {
        // Stable: of equally large ones the first that was found.
        let order =
            |preview: &Preview| (preview.coding != Coding::Jpeg, preview.cut, u64::MAX - preview.area());
        self.previews.sort_by_key(order);
        let Tags { orientation, taken_at } = tags;
        RawFile { previews: self.previews, cut: self.cut, orientation, taken_at, exif_at: self.exif_at }
    }
}
