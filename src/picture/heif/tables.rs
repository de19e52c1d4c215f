//! The boxes that list items, their places, references and properties (ISO/IEC 14496-12).

use std::borrow::Cow;

use crate::picture::boxes::{BoxRange, boxes, find_box};
use crate::picture::read_at::ReadAt;

/// The longest box of a table that is read, in bytes.
const MAX_TABLE: usize = 4 << 20;
/// Most parts that an item's data may lie in.
const MAX_EXTENTS: u64 = 4096;

/// Where the data of an item lie.
#[derive(Debug)]
pub(super) struct Location {
    /// The item.
    pub id: u32,
    /// Whether offsets count in the `idat` box, not in the file.
    pub in_idat: bool,
    /// Offset and length of each part; a length of 0 reaches to the end.
    pub extents: Vec<(u64, u64)>,
}

/// Reads big-endian numbers one after the other.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl Fields<'_> {
    /// A number of `length` bytes, at most 8.
    pub(super) fn number(&mut self, length: usize) -> Option<u64> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The version of a box; its flags are skipped.
    pub(super) fn version(&mut self) -> Option<u8> {
        let version = self.number(1)? as u8;
        self.number(3)?;
        Some(version)
    }

    /// The number of an item, of 32 bits if `long`, else of 16.
    pub(super) fn id(&mut self, long: bool) -> Option<u32> {
        u32::try_from(self.number(if long { 4 } else { 2 })?).ok()
    }
}

/// The content of a box, if it is not too long.
pub(super) fn table<I: ReadAt + ?Sized>(input: &I, found: BoxRange) -> Option<Cow<'_, [u8]>> {
    let length = usize::try_from(found.length()).ok().filter(|length| *length <= MAX_TABLE)?;
    input.read_at(found.start, length)
}

/// The content of the first box of a kind within another.
pub(super) fn table_in<'a, I: ReadAt + ?Sized>(
    input: &'a I,
    within: BoxRange,
    kind: &[u8; 4],
) -> Option<Cow<'a, [u8]>> {
    table(input, find_box(input, within.start, within.end, kind)?)
}

/// The parts of the file that items lie in, as far as they can be read.
pub(super) fn read_locations(content: &[u8]) -> Vec<Location> {
    let mut locations = Vec::new();
    let mut fields = Fields(content);
    let mut read = || -> Option<()> {
        let version = fields.version()?;
        let sizes = fields.number(2)?;
        let size = |shift: u32| (sizes >> shift & 15) as usize;
        let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
        let index_size = if version >= 1 { size(0) } else { 0 };
        if [offset_size, length_size, base_size, index_size].iter().any(|size| *size > 8) {
            return None;
        }
        let count = fields.number(if version < 2 { 2 } else { 4 })?;
        for _ in 0..count {
            let id = fields.id(version >= 2)?;
            let method = if version >= 1 { fields.number(2)? & 15 } else { 0 };
            fields.number(2)?;
            let base = fields.number(base_size)?;
            let extents = fields.number(2)?.min(MAX_EXTENTS);
            let mut location = Location { id, in_idat: method == 1, extents: Vec::new() };
            for _ in 0..extents {
                fields.number(index_size)?;
                let offset = base.checked_add(fields.number(offset_size)?)?;
                location.extents.push((offset, fields.number(length_size)?));
                if offset_size + length_size == 0 {
                    // All would be the same, and reading them would take no bytes.
                    break;
                }
            }
            locations.push(location);
        }
        Some(())
    };
    read();
    locations
}

/// The kind of each reference, and the items that it goes from and to.
pub(super) fn read_references(content: &[u8]) -> Vec<([u8; 4], u32, u32)> {
    let mut references = Vec::new();
    let mut fields = Fields(content);
    let Some(version) = fields.version() else { return references };
    for reference in boxes(fields.0, 0, u64::MAX) {
        let Some(content) = table(fields.0, reference) else { break };
        let mut fields = Fields(&content);
        let Some(from) = fields.id(version >= 1) else { continue };
        let Some(count) = fields.number(2) else { continue };
        references.extend((0..count).map_while(|_| Some((reference.kind, from, fields.id(version >= 1)?))));
    }
    references
}

/// The item and the number of each of its properties.
pub(super) fn read_associations(content: &[u8]) -> Vec<(u32, usize)> {
    let mut associations = Vec::new();
    let mut fields = Fields(content);
    let mut read = || -> Option<()> {
        let version = fields.number(1)?;
        let long_index = fields.number(3)? & 1 == 1;
        let count = fields.number(4)?;
        for _ in 0..count {
            let item = fields.id(version >= 1)?;
            for _ in 0..fields.number(1)? {
                let index = if long_index { fields.number(2)? & 0x7fff } else { fields.number(1)? & 0x7f };
                associations.push((item, index as usize));
            }
        }
        Some(())
    };
    read();
    associations
}

/// The number and the type of an item.
pub(super) fn read_entry(content: &[u8]) -> Option<(u32, [u8; 4])> {
    let mut fields = Fields(content);
    let version = fields.version()?;
    let id = match version {
        2 => fields.id(false)?,
        3 => fields.id(true)?,
        _ => return None,
    };
    fields.number(2)?;
    Some((id, *fields.0.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_repeat_the_file_for_ever_are_refused() {
        let mut content = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xff];
        content.extend([0; 64]);
        let locations = read_locations(&content);
        assert_eq!(locations.first().unwrap().extents.len(), 1);
    }
}
