//! Planning how the largest preview of a raw file is decoded.

use super::collector::{Coding, Preview, RawFile};
use super::pixels::{self, slice};
use super::previews;
use crate::base::pixels::displayed_size;
use crate::picture::error::PictureError;
use crate::picture::exif::Exif;
use crate::picture::format::Format;
use crate::picture::jpeg;
use crate::picture::jpeg_segments::JpegHeader;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, MinimumSize};

/// Reads the structure of a raw file and plans how its largest preview is decoded. The size of the picture is the
/// preview's, which most cameras make as large as the photo.
pub(in crate::picture) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let raw = previews::read_whole(bytes);
    let mut first_error = None;
    for preview in &raw.previews {
        match plan_one(bytes, &raw, preview, limits, minimum_size) {
            Ok(plan) => return Ok(plan),
            // A smaller one may be whole.
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(PictureError::NoPreview))
}

/// Plans how one preview is decoded.
fn plan_one<'a>(
    bytes: &'a [u8],
    raw: &RawFile,
    preview: &Preview,
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let cut = || PictureError::Truncated { format: Format::Raw, reason: "its preview is missing".into() };
    let part = slice(bytes, preview).ok_or_else(cut)?;
    let (mut plan, own) = match preview.coding {
        Coding::Rgb => (pixels::plan(bytes, preview, limits)?, Exif::NONE),
        Coding::Jpeg => {
            let header = JpegHeader::read(part, 0).unwrap_or_default();
            let own = Exif::of_segments(&header.app1());
            let orientation = raw.turn(own);
            // The JPEG decoder asks for sizes as its own EXIF turns them.
            let minimum = |width, height| {
                let stored = displayed_size((width, height), own.orientation);
                let (width, height) = displayed_size(stored, orientation);
                let (width, height) = minimum_size(width, height);
                displayed_size(displayed_size((width, height), orientation), own.orientation)
            };
            (jpeg::plan(part, limits, &minimum)?, own)
        }
    };
    let taken_at = raw.taken_at.or(own.taken_at);
    let smaller = raw.cut && !preview.cut;
    let decode = plan.work;
    plan.work = Box::new(move || {
        let mut decoded = decode()?;
        decoded.taken_at = taken_at;
        if smaller {
            decoded
                .damage
                .get_or_insert_with(|| "the file ends early: its largest whole preview is shown".into());
        }
        Ok(decoded)
    });
    Ok(DecodePlan { format: Format::Raw, orientation: raw.turn(own), taken_at, ..plan })
}
