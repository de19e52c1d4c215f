//! Fujifilm's RAF: a header with the place of a JPEG, which has all the metadata.

use super::collector::Collector;
use crate::picture::read_at::ReadAt;

/// Where the header tells the JPEG's start and length, of 32 bits each, high byte first.
const JPEG_FIELDS: u64 = 84;

/// Collects the preview.
pub(super) fn collect<I: ReadAt + ?Sized>(found: &mut Collector<'_, I>) {
    let input = found.input;
    let Some(fields) = input.read_at(JPEG_FIELDS, 8) else { return };
    if let Some((start, length)) = fields.split_first_chunk::<4>()
        && let Some(length) = length.first_chunk::<4>()
    {
        found.jpeg(u32::from_be_bytes(*start).into(), u32::from_be_bytes(*length).into());
    }
}
