//! From a file to pixels: formats by content, decode limits, EXIF orientation, small versions.
//!
//! path -> `file` (bytes of a regular file) -> `format` (what is it) -> `decode`, which asks the format's own module for
//! a `plan` (header, limits, memory) and carries it out: RGB as Pillow makes it, as small as the caller allows
//! (`jpeg`, `png`) -> `exif` (orientation, time of capture) -> [`ReducedPicture`]. From there the pixels go
//! to the model's preprocessing, or through `preview_size` to the screen.
//!
//! Metadata: `embedded` finds EXIF and XMP in each format (segments of a JPEG, chunks, `boxes`), `ifd` reads the
//! directories of EXIF and of raw files, `facts` what a file says of time, place and camera and what people wrote, all by `read_at`, from memory or little by little from a file. `header` and
//! `thumbnail` answer from that alone, before anything is decoded.

#[cfg(feature = "avif")]
mod avif;
mod bmp;
mod boxes;
#[cfg(any(feature = "avif", feature = "heic"))]
mod cicp;
mod color;
mod crop;
mod decode;
mod decoded;
mod decoder_error;
mod decoders;
mod embedded;
mod error;
mod exif;
mod exif_fields;
mod external;
mod extras;
mod facts;
mod failure;
mod file;
mod format;
mod gif;
mod gif_xmp;
mod header;
#[cfg(feature = "heic")]
mod heic;
mod heif;
mod ifd;
mod isolated;
mod jpeg;
#[cfg(feature = "jpeg2000")]
mod jpeg2000;
mod jpeg_segments;
#[cfg(feature = "jxl")]
mod jxl;
mod jxl_size;
mod limits;
mod open;
mod plan;
mod png;
mod preview_size;
#[cfg(feature = "psd")]
mod psd;
mod raw;
mod read_at;
mod rgb;
mod row_average;
mod rules;
mod source;
#[cfg(feature = "svg")]
mod svg;
mod thumbnail;
mod thumbprint;
mod tiff;
mod tone;
mod webp;
mod xmp;

#[cfg(test)]
mod formats_tests;

pub use crop::crop_to_fit;
pub use decode::{decode, decode_for_parent, decode_reduced, describe};
pub use decoded::{Picture, ReducedPicture};
pub use error::PictureError;
pub use exif_fields::ExifFields;
pub use external::{ExternalDecoder, listed_decoders, set_external_decoders};
pub use external::{read_command, read_time_limit};
pub use facts::{FACTS_VERSION, LARGEST_SIDECAR, read_facts, read_facts_of_file, with_sidecars};
pub use failure::FailureKind;
pub use file::read as read_file;
#[cfg(any(test, fuzzing))]
pub(crate) use format::sniff;
pub use format::{
    Format, SIGNATURE_LENGTH, format_name, has_picture_extension, has_raw_extension, is_picture_signature,
};
pub use header::FileHeader;
pub use isolated::set_worker_program;
pub use limits::Limits;
pub use open::{open, open_reduced};
pub use preview_size::{decode_to_fit, open_small, open_to_fit};
pub use rules::{
    DECODER_VERSION, MORE_IS_READABLE, PillowDifference, change_of_file_since, change_since,
    formats_fingerprint, pillow_difference,
};
pub use source::Source;
pub use thumbnail::embedded_thumbnail;
pub use thumbprint::{thumbprint, thumbprint_minimum_size};
