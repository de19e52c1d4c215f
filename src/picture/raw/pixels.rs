//! An uncompressed preview, in files that have no JPEG.

use image::RgbImage;
use image::metadata::Orientation;

use super::collector::Preview;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, check_size};

/// Plans how the rows of a preview are copied.
pub(super) fn plan<'a>(
    bytes: &'a [u8],
    preview: &Preview,
    limits: &Limits,
) -> Result<DecodePlan<'a>, PictureError> {
    let (width, height) = preview.size;
    check_size(width, height, limits)?;
    let rows = slice(bytes, preview);
    let work = move || {
        let damaged =
            || PictureError::Damaged { format: Format::Raw, reason: "its preview is cut short".into() };
        let pixels = rows.and_then(|rows| RgbImage::from_raw(width, height, rows.to_vec()));
        Ok(Decoded::whole(pixels.ok_or_else(damaged)?, None))
    };
    Ok(DecodePlan {
        format: Format::Raw,
        stored: preview.size,
        orientation: Orientation::NoTransforms,
        taken_at: None,
        memory: preview.length,
        factor: 1,
        work: Box::new(work),
    })
}

/// The bytes of a preview.
pub(super) fn slice<'a>(bytes: &'a [u8], preview: &Preview) -> Option<&'a [u8]> {
    let start = usize::try_from(preview.at).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(preview.length).ok()?)?)
}
