//! Reading a PNG's header, and decoding it: strictly, and where that fails as far as it goes.

use super::rows::{self, Checks, Ended};
use crate::picture::decoder_error;
use crate::picture::embedded::Embedded;
use crate::picture::error::PictureError;
use crate::picture::exif::Exif;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize, check_size, minimum_as_stored};
use crate::picture::row_average::{RowAverager, factor};

/// Size of a PNG's pixels, in bytes as stored, above which it is reduced row by row: below, exactness matters more.
const REDUCE_ABOVE: u64 = 64 << 20;
/// Memory that the decoder takes beside pixels, in bytes.
const DECODER_MEMORY: u64 = 1 << 20;

/// Reads the header of a PNG, and plans how its pixels are decoded.
pub(in crate::picture) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    if let Some((width, height)) = size(bytes) {
        // The decoder looks for the pixels first, and would tell of their absence.
        check_size(width, height, limits)?;
    }
    let limits = *limits;
    let mut checks = Checks::Strict;
    let mut reader = rows::open(bytes, &limits, checks)
        .or_else(|_| {
            checks = Checks::None;
            rows::open(bytes, &limits, checks)
        })
        .map_err(rows::explain)?;
    let info = reader.info();
    let stored = (info.width, info.height);
    check_size(stored.0, stored.1, &limits)?;
    let Exif { orientation, taken_at } = Embedded::in_png(bytes).parse();
    let pixel = info.bits_per_pixel().div_ceil(8) as u64;
    let large = u64::from(stored.0) * u64::from(stored.1) * pixel > REDUCE_ABOVE;
    let interlaced = info.interlaced;
    let minimum = minimum_as_stored(stored, orientation, minimum_size);
    // The rows of an interlaced file don't come in order.
    let factor = if large && !interlaced { factor(stored, minimum) } else { 1 };
    let line = reader.output_line_size(stored.0).unwrap_or(usize::MAX) as u64;
    let memory = line.saturating_mul(6) + RowAverager::memory(stored, factor) + DECODER_MEMORY;
    let work = move || {
        if checks == Checks::Strict
            && let Ok((pixels, Ended::Complete)) = rows::decode(&mut reader, factor)
        {
            return Ok(Decoded::whole(pixels, taken_at));
        }
        drop(reader);
        let mut reader = rows::open(bytes, &limits, Checks::None).map_err(rows::explain)?;
        let (pixels, ended) = rows::decode(&mut reader, factor)?;
        Ok(Decoded { damage: Some(damage(ended)?), pixels, taken_at })
    };
    Ok(DecodePlan {
        format: Format::Png,
        stored,
        orientation,
        taken_at,
        memory,
        factor,
        work: Box::new(work),
    })
}

/// What is wrong with a file that could not be decoded strictly.
fn damage(ended: Ended) -> Result<String, PictureError> {
    match ended {
        Ended::Complete => Ok("a checksum is wrong".into()),
        Ended::Early { share, truncated } => decoder_error::partial(Format::Png, share, truncated),
    }
}

/// Width and height from the header chunk.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24)?.strip_prefix(b"IHDR")?;
    let (width, height) = header.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}
