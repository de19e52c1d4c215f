//! From a file to pixels: formats by content, decode limits, EXIF orientation, small versions.
//!
//! path -> `file` (bytes of a regular file) -> `format` (what is it) -> `decode`, which asks `jpeg` or `image_rs` for a
//! `plan` (header, limits, memory) and carries it out: RGB as Pillow makes it, as small as the caller allows
//! (`jpeg::scaled`, `png_rows`) -> `exif` (orientation, time of capture) -> [`ReducedPicture`]. From there the pixels go
//! to the model's preprocessing, or through `preview_size` to the screen.

#[cfg(feature = "avif")]
mod avif;
#[cfg(any(feature = "avif", feature = "heic"))]
mod cicp;
mod color;
mod decode;
mod decoded;
mod decoder_error;
mod error;
mod exif;
mod extras;
mod file;
mod format;
mod header;
#[cfg(feature = "heic")]
mod heic;
mod image_rs;
mod jpeg;
#[cfg(feature = "jpeg2000")]
mod jpeg2000;
#[cfg(feature = "jxl")]
mod jxl;
mod limits;
mod open;
mod plan;
mod png_rows;
mod preview_size;
#[cfg(feature = "psd")]
mod psd;
mod rgb;
mod source;
#[cfg(feature = "svg")]
mod svg;
mod thumbnail;
mod tone;

#[cfg(test)]
mod formats_tests;

pub use decode::{decode, decode_reduced, describe};
pub use decoded::{Picture, ReducedPicture};
pub use error::PictureError;
pub use file::read as read_file;
pub use format::{Format, SIGNATURE_LENGTH, has_picture_extension, has_raw_extension, is_picture_signature};
pub use header::FileHeader;
pub use limits::Limits;
pub use open::{open, open_reduced};
pub use preview_size::open_to_fit;
pub use source::Source;
pub use thumbnail::exif_thumbnail;
