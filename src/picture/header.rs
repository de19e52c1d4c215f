//! What a picture's file tells before its pixels: format, size, EXIF. Nothing is decoded.

use std::fs::File;
use std::io::{BufReader, Seek};

use image::metadata::Orientation;
use image::{ImageFormat, ImageReader};

use super::exif;
use super::reduced::displayed;

/// The parts that could be read; what is damaged or missing is none.
pub struct FileHeader {
    pub format: Option<ImageFormat>,
    /// Width and height as stored.
    pub stored: Option<(u32, u32)>,
    /// How to turn the stored pixels upright.
    pub orientation: Orientation,
    pub exif: Option<::exif::Exif>,
}

impl FileHeader {
    /// Reads it from an open file.
    pub fn read(file: &File) -> Self {
        let mut reader = BufReader::new(file);
        let exif = exif::of_file(&mut reader);
        let orientation = exif.as_ref().and_then(exif::orientation).unwrap_or(Orientation::NoTransforms);
        let reader = reader.rewind().and_then(|()| ImageReader::new(reader).with_guessed_format()).ok();
        let format = reader.as_ref().and_then(ImageReader::format);
        let stored = reader.and_then(|reader| reader.into_dimensions().ok());
        Self { format, stored, orientation, exif }
    }

    /// Width and height as displayed.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.stored.map(|stored| displayed(stored, self.orientation))
    }
}
