//! Decoding by path.

use std::path::Path;

use super::decode::{decode, decode_reduced};
use super::decoded::{Picture, ReducedPicture};
use super::error::PictureError;
use super::file;
use super::limits::Limits;
use super::source::Source;

/// Reads and decodes the picture at `path`, which must be a regular file, at its full size.
///
/// # Errors
/// As [`decode`], and when the file can't be read.
pub fn open(path: &Path, limits: &Limits) -> Result<Picture, PictureError> {
    decode(Source::new(&file::read(path, limits)?, path), limits)
}

/// Reads and decodes the picture at `path` no larger than it has to be, as [`decode_reduced`] does.
///
/// # Errors
/// As [`open`].
pub fn open_reduced(
    path: &Path,
    limits: &Limits,
    minimum_size: impl Fn(u32, u32) -> (u32, u32),
) -> Result<ReducedPicture, PictureError> {
    let bytes = file::read(path, limits)?;
    // Without a reservation there is always an answer.
    decode_reduced(Source::new(&bytes, path), limits, minimum_size, |_| true)?.ok_or(PictureError::Empty)
}
