//! What a picture's file tells before its pixels: format, size, EXIF. No pixels are decoded.

use std::fs::File;
use std::io::{BufReader, Seek};

use image::metadata::Orientation;
use image::{ImageFormat, ImageReader};

use super::exif;
use crate::base::panics;
use crate::base::pixels::displayed_size;

/// The parts of a file's header that could be read; what is damaged or missing is none.
pub struct FileHeader {
    /// The format, by the file's first bytes.
    pub format: Option<ImageFormat>,
    /// Width and height as stored, in pixels.
    pub stored: Option<(u32, u32)>,
    /// How the stored pixels are turned upright.
    pub orientation: Orientation,
    /// Every EXIF field.
    pub exif: Option<::exif::Exif>,
}

impl FileHeader {
    /// Reads the header of an open file.
    pub fn read(file: &File) -> Self {
        // Two parsers read bytes here that anyone may have made up: one that panics found nothing.
        let exif = panics::catch(|| exif::of_file(&mut BufReader::new(file))).ok().flatten();
        let orientation = exif.as_ref().and_then(exif::orientation).unwrap_or(Orientation::NoTransforms);
        let (format, stored) = panics::catch(|| format_and_size(file)).unwrap_or_default();
        Self { format, stored, orientation, exif }
    }

    /// Width and height as displayed, in pixels.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.stored.map(|stored| displayed_size(stored, self.orientation))
    }
}

fn format_and_size(file: &File) -> (Option<ImageFormat>, Option<(u32, u32)>) {
    let mut reader = BufReader::new(file);
    let reader = reader.rewind().and_then(|()| ImageReader::new(reader).with_guessed_format()).ok();
    let format = reader.as_ref().and_then(ImageReader::format);
    let stored = reader.and_then(|reader| reader.into_dimensions().ok());
    (format, stored)
}
