//! From a file to pixels: formats by content, decode limits, EXIF orientation, small versions.
//!
//! path -> `file` (bytes of a regular file) -> `format` (what is it) -> `decode` (header, limits, memory),
//! then `jpeg`, `png_rows` or `other` (RGB as Pillow makes it, as small as the caller allows) -> `exif`
//! (orientation, time) -> [`Reduced`] -> the model's preprocessing, or `fit` (for the preview).

mod decode;
mod error;
mod exif;
mod file;
mod fit;
mod format;
mod header;
mod jpeg;
mod other;
mod png_rows;
mod reduced;
mod thumbnail;

use std::path::Path;

use image::RgbImage;

pub use decode::{decode, decode_reduced, describe, is_decoding};
pub use error::PictureError;
pub use file::read as read_file;
pub use fit::open_to_fit;
pub use format::{has_picture_extension, is_picture_signature};
pub use header::FileHeader;
pub use reduced::Reduced;
pub use thumbnail::exif_thumbnail;

/// How much one picture may cost before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest width x height, in pixels.
    pub max_pixels: u64,
    /// Largest file, in bytes.
    pub max_file_bytes: u64,
    /// Most memory for file and decoder together, in bytes.
    pub max_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: 256_000_000, max_file_bytes: 450_000_000, max_memory: 850_000_000 }
    }
}

/// A decoded picture, upright.
#[derive(Debug, Clone)]
pub struct Picture {
    /// 8-bit RGB pixels after the EXIF orientation was applied; may be smaller than the original
    /// when a scaled decode was asked for.
    pub pixels: RgbImage,
    /// Full width as displayed (after orientation), in pixels.
    pub width: u32,
    /// Full height as displayed, in pixels.
    pub height: u32,
    /// EXIF time of capture in seconds since 1970 as if its local time were UTC, if known.
    pub taken_at: Option<i64>,
}

/// Reads and decodes the picture at `path`, which must be a regular file, at its full size.
///
/// # Errors
/// As [`decode`], and when the file can't be read.
pub fn open(path: &Path, limits: &Limits) -> Result<Picture, PictureError> {
    decode(&read_file(path, limits)?, limits)
}

/// Reads and decodes the picture at `path` no larger than it has to be, as [`decode_reduced`] does.
///
/// # Errors
/// As [`open`].
pub fn open_reduced(
    path: &Path,
    limits: &Limits,
    needed: impl Fn(u32, u32) -> (u32, u32),
) -> Result<Reduced, PictureError> {
    let bytes = read_file(path, limits)?;
    // Without a reservation there is always an answer.
    decode_reduced(&bytes, limits, needed, |_| true)?.ok_or(PictureError::Empty)
}
