//! From a file to pixels: formats by content, decode limits, EXIF orientation, small versions.
//!
//! path -> `file` (bytes of a regular file) -> `format` (what is it) -> `decode`, which asks `jpeg` or `image_rs` for a
//! `plan` (header, limits, memory) and carries it out: RGB as Pillow makes it, as small as the caller allows
//! (`jpeg::scaled`, `png_rows`) -> `exif` (orientation, time of capture) -> [`ReducedPicture`]. From there the pixels go
//! to the model's preprocessing, or through `preview_size` to the screen.

mod decode;
mod decoded;
mod decoder_error;
mod error;
mod exif;
mod external;
mod file;
mod format;
mod header;
mod image_rs;
mod isolated;
mod jpeg;
mod limits;
mod open;
mod plan;
mod png_rows;
mod preview_size;
mod rgb;
mod source;
mod thumbnail;

pub use decode::{decode, decode_for_parent, decode_reduced, describe};
pub use decoded::{Picture, ReducedPicture};
pub use error::PictureError;
pub use external::{ExternalDecoder, listed_decoders, set_external_decoders};
pub use file::read as read_file;
pub use format::{Format, SIGNATURE_LENGTH, has_picture_extension, has_raw_extension, is_picture_signature};
pub use header::FileHeader;
pub use isolated::set_worker_program;
pub use limits::Limits;
pub use open::{open, open_reduced};
pub use preview_size::open_to_fit;
pub use source::Source;
pub use thumbnail::exif_thumbnail;
