//! Which module decodes which format.

#[cfg(feature = "avif")]
use super::avif;
use super::error::PictureError;
use super::format::Format;
#[cfg(feature = "heic")]
use super::heic;
#[cfg(feature = "jpeg2000")]
use super::jpeg2000;
#[cfg(feature = "jxl")]
use super::jxl;
use super::limits::Limits;
use super::plan::{DecodePlan, MinimumSize};
#[cfg(feature = "psd")]
use super::psd;
use super::source::Source;
#[cfg(feature = "svg")]
use super::svg;
use super::{bmp, extras, gif, jpeg, png, raw, tiff, webp};

/// Reads the header of a picture of a known format, and plans how its pixels are decoded within this process.
///
/// # Errors
/// When the header is damaged or passes the limits, or when the format was left out of this build.
pub(super) fn plan<'a>(
    source: Source<'a>,
    format: Format,
    limits: &Limits,
    minimum_size: MinimumSize<'_>,
) -> Result<DecodePlan<'a>, PictureError> {
    match format {
        Format::Jpeg => jpeg::plan(source.bytes, limits, minimum_size),
        Format::Png => png::plan(source.bytes, limits, minimum_size),
        Format::Raw => raw::plan(source.bytes, limits, minimum_size),
        Format::Tiff => tiff::plan(source.bytes, limits, minimum_size),
        Format::Qoi
        | Format::Exr
        | Format::Hdr
        | Format::Farbfeld
        | Format::Dds
        | Format::Tga
        | Format::Pnm
        | Format::Ico
        | Format::Pcx
        | Format::Sgi
        | Format::Xpm
        | Format::Xbm
        | Format::Wbmp
        | Format::Icns
        | Format::Ora => extras::plan(source.bytes, format, limits),
        #[cfg(feature = "avif")]
        Format::Avif => avif::plan(source.bytes, limits),
        #[cfg(feature = "heic")]
        Format::Heic => heic::plan(source.bytes, limits),
        #[cfg(feature = "jxl")]
        Format::Jxl => jxl::plan(source.bytes, limits),
        #[cfg(feature = "psd")]
        Format::Psd => psd::plan(source.bytes, limits),
        #[cfg(feature = "svg")]
        Format::Svg => svg::plan(source.bytes, limits, minimum_size),
        #[cfg(feature = "jpeg2000")]
        Format::Jpeg2000 => jpeg2000::plan(source.bytes, limits, minimum_size),
        #[allow(unreachable_patterns, reason = "only builds without some of the features get here")]
        Format::Heic | Format::Avif | Format::Jxl | Format::Psd | Format::Svg | Format::Jpeg2000 => {
            Err(PictureError::NotBuiltIn(format))
        }
        Format::Webp => webp::plan(source.bytes, limits),
        Format::Gif => gif::plan(source.bytes, limits),
        Format::Bmp => bmp::plan(source.bytes, limits, minimum_size),
        // A command makes a picture of another format of such a file.
        Format::External => Err(PictureError::Unknown),
    }
}
