//! The items of HEIC and AVIF files: which there are, where their bytes lie, how large the picture is.
//!
//! By ISO/IEC 23008-12: `iinf` lists items by number and kind, `iloc` their places, `pitm` says which is the picture,
//! and `iprp` what it is like.

use super::boxes::{BoxRange, boxes, find_box, find_path};
use super::read_at::ReadAt;

/// The most items that are looked at.
const MAX_ITEMS: u64 = 10_000;
/// The longest box of a table that is read, in bytes.
const MAX_TABLE: usize = 4 << 20;

/// One item.
#[derive(Debug)]
struct Item {
    number: u32,
    kind: [u8; 4],
}

/// The items of a file.
#[derive(Debug)]
pub(super) struct Items {
    items: Vec<Item>,
    meta: BoxRange,
    /// The number of the item that is the picture.
    primary: Option<u32>,
}

/// Reads numbers of big-endian bytes one after another.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self, count: usize) -> Option<u64> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

impl Items {
    /// Reads the list of a file's items.
    pub(crate) fn read<I: ReadAt + ?Sized>(input: &I) -> Option<Self> {
        let mut meta = find_box(input, 0, u64::MAX, b"meta")?;
        // Version and flags come before the boxes within.
        meta.start = meta.start.checked_add(4)?;
        let primary = table(input, meta, b"pitm").and_then(|bytes| {
            let mut numbers = Numbers(&bytes);
            let version = numbers.next(4)? >> 24;
            u32::try_from(numbers.next(if version == 0 { 2 } else { 4 })?).ok()
        });
        let list = find_box(input, meta.start, meta.end, b"iinf")?;
        let version = input.read_at(list.start, 1)?.first().copied()?;
        let mut items = Vec::new();
        for entry in boxes(input, list.start + if version == 0 { 6 } else { 8 }, list.end) {
            let Some(bytes) = input.read_up_to(entry.start, 12) else { break };
            let mut numbers = Numbers(&bytes);
            let version = numbers.next(4)? >> 24;
            // Older versions have no kinds.
            let width = match version {
                2 => 2,
                3 => 4,
                _ => continue,
            };
            let (Some(number), Some(_protection)) = (numbers.next(width), numbers.next(2)) else { break };
            let Some(kind) = numbers.0.first_chunk() else { break };
            items.push(Item { number: number as u32, kind: *kind });
        }
        Some(Self { items, meta, primary })
    }

    /// The bytes of the first item of a kind, unless there are more than `most`.
    pub(crate) fn data<I: ReadAt + ?Sized>(&self, input: &I, kind: &[u8; 4], most: usize) -> Option<Vec<u8>> {
        let item = self.items.iter().find(|item| item.kind == *kind)?;
        let (at, length) = self.place(input, item.number)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= most)?;
        Some(input.read_at(at, length)?.into_owned())
    }

    /// Where an item's bytes lie: position and length. None when they lie in several parts.
    fn place<I: ReadAt + ?Sized>(&self, input: &I, wanted: u32) -> Option<(u64, u64)> {
        let bytes = table(input, self.meta, b"iloc")?;
        let mut numbers = Numbers(&bytes);
        let version = numbers.next(4)? >> 24;
        let sizes = numbers.next(2)? as usize;
        let [offset_size, length_size, base_size, index_size] =
            [12, 8, 4, 0].map(|shift| (sizes >> shift) & 15).map(|size| size.min(8));
        let index_size = if version == 0 { 0 } else { index_size };
        let number_size = if version < 2 { 2 } else { 4 };
        let count = numbers.next(number_size)?.min(MAX_ITEMS);
        for _ in 0..count {
            let number = numbers.next(number_size)?;
            let method = if version == 0 { 0 } else { numbers.next(2)? & 15 };
            let _data_reference = numbers.next(2)?;
            let base = numbers.next(base_size)?;
            let parts = numbers.next(2)?;
            let mut place = None;
            for _ in 0..parts {
                numbers.next(index_size)?;
                place = Some((base.checked_add(numbers.next(offset_size)?)?, numbers.next(length_size)?));
            }
            if number != u64::from(wanted) {
                continue;
            }
            let (at, length) = place.filter(|_| parts == 1)?;
            let start = match method {
                0 => 0,
                // Within a box of this one.
                1 => find_box(input, self.meta.start, self.meta.end, b"idat")?.start,
                _ => return None,
            };
            return Some((start.checked_add(at)?, length));
        }
        None
    }

    /// Width and height of the picture as displayed, in pixels.
    pub(crate) fn size<I: ReadAt + ?Sized>(&self, input: &I) -> Option<(u32, u32)> {
        let properties = find_path(input, self.meta, &[b"iprp", b"ipco"])?;
        let properties = boxes(input, properties.start, properties.end);
        let mut size = None;
        let mut swapped = false;
        for index in self.property_indices(input)? {
            let Some(property) = properties.get(usize::from(index).wrapping_sub(1)) else { continue };
            let Some(bytes) = input.read_up_to(property.start, 16) else { continue };
            let mut numbers = Numbers(&bytes);
            let mut side = || numbers.next(4).and_then(|side| u32::try_from(side).ok());
            match &property.kind {
                b"ispe" => {
                    let _version = side()?;
                    size = Some((side()?, side()?));
                }
                // What is cut out, by fractions.
                b"clap" => size = Some((side()?.checked_div(side()?)?, side()?.checked_div(side()?)?)),
                // Quarter turns; mirroring keeps the sides.
                b"irot" => swapped = numbers.next(1)? & 1 != 0,
                _ => {}
            }
        }
        let (width, height) = size?;
        Some(if swapped { (height, width) } else { (width, height) })
    }

    /// The properties of the picture: their places in the list, from 1.
    fn property_indices<I: ReadAt + ?Sized>(&self, input: &I) -> Option<Vec<u16>> {
        let properties = find_box(input, self.meta.start, self.meta.end, b"iprp")?;
        let bytes = table(input, properties, b"ipma")?;
        let mut numbers = Numbers(&bytes);
        let head = numbers.next(4)?;
        let (version, wide) = (head >> 24, head & 1 != 0);
        for _ in 0..numbers.next(4)?.min(MAX_ITEMS) {
            let number = numbers.next(if version == 0 { 2 } else { 4 })?;
            let mut found = Vec::new();
            for _ in 0..numbers.next(1)? {
                // The highest bit says whether the property is essential.
                let index = if wide { numbers.next(2)? & 0x7fff } else { numbers.next(1)? & 0x7f };
                found.push(index as u16);
            }
            if Some(number) == self.primary.map(u64::from) {
                return Some(found);
            }
        }
        None
    }
}

/// The payload of a box of a kind within another.
fn table<I: ReadAt + ?Sized>(input: &I, within: BoxRange, kind: &[u8; 4]) -> Option<Vec<u8>> {
    let found = find_box(input, within.start, within.end, kind)?;
    let length = usize::try_from(found.length()).ok().filter(|length| *length <= MAX_TABLE)?;
    Some(input.read_at(found.start, length)?.into_owned())
}
