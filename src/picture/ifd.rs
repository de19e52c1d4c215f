//! The directories of TIFF files, which EXIF and most raw files are too: entries with a tag, a kind and values.
//!
//! By the TIFF 6.0 specification and, for files over 4 GiB, that of `BigTIFF`.

use std::borrow::Cow;

use super::read_at::ReadAt;

/// The most entries of a directory that are looked at; cameras write fewer than a hundred.
const MAX_ENTRIES: u64 = 4096;

/// Where the parts of a TIFF structure lie, and how its numbers are written.
pub(super) struct Tiff<'a, I: ?Sized> {
    input: &'a I,
    little_endian: bool,
    /// `BigTIFF`, with offsets of 8 bytes.
    big: bool,
    /// What offsets count from: a position in `input`.
    base: u64,
    /// Where the first directory lies: a position in `input`.
    pub first: u64,
}

/// One entry of a directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub tag: u16,
    /// The type of the values: 1 byte, 2 text, 3 of 16 bits, 4 of 32 bits, 5 rational ...
    pub kind: u16,
    /// The number of values.
    pub count: u64,
    /// Where the values lie: a position in the input.
    pub at: u64,
}

/// The entries of one directory.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub entries: Vec<Entry>,
    /// Where the next directory of the chain lies; none after the last.
    pub next: Option<u64>,
}

impl Directory {
    /// The first entry with a tag.
    pub(crate) fn get(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }
}

/// The size of one value of a kind, in bytes; 0 for kinds that don't exist.
fn size_of(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 0,
    }
}

impl<'a, I: ReadAt + ?Sized> Tiff<'a, I> {
    /// Reads the header at position `base`, from which offsets count. The second word may be that of TIFF, `BigTIFF`, or
    /// of Panasonic's and Olympus' raw files; as in Pillow, its bytes may be swapped.
    pub(crate) fn open(input: &'a I, base: u64) -> Option<Self> {
        let head = input.read_at(base, 8)?;
        let little_endian = match head.first_chunk()? {
            b"II" => true,
            b"MM" => false,
            _ => return None,
        };
        let big = match head.get(2..4)? {
            [42, 0] | [0, 42] | [0x55, 0] | b"RO" | b"RS" | b"OR" | b"SR" => false,
            [43, 0] | [0, 43] => true,
            _ => return None,
        };
        let mut tiff = Self { input, little_endian, big, base, first: 0 };
        let first = if big { tiff.unsigned(base.checked_add(8)?, 8)? } else { tiff.unsigned(base + 4, 4)? };
        tiff.first = base.checked_add(first)?;
        Some(tiff)
    }

    /// The same structure, with offsets that count from another position. Makers' notes do so.
    pub(crate) fn with_base(&self, base: u64, little_endian: bool) -> Self {
        Self { input: self.input, little_endian, big: false, base, first: base }
    }

    /// Whether numbers have their low byte first.
    pub(crate) fn little_endian(&self) -> bool {
        self.little_endian
    }

    /// The position that offsets count from.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// What is read.
    pub(crate) fn input(&self) -> &'a I {
        self.input
    }

    /// The directory at a position of the input; of one that is cut short the entries that are there.
    pub(crate) fn directory(&self, at: u64) -> Option<Directory> {
        let (count_size, entry_size) = if self.big { (8, 20) } else { (2, 12) };
        let count = self.unsigned(at, count_size)?;
        let start = at.checked_add(count_size as u64)?;
        let bytes = self.input.read_up_to(start, (count.min(MAX_ENTRIES) * entry_size) as usize)?;
        let parse = |(i, entry): (usize, &[u8])| {
            let tag = self.decode(entry.get(..2)?) as u16;
            let kind = self.decode(entry.get(2..4)?) as u16;
            let count = self.decode(entry.get(4..if self.big { 12 } else { 8 })?);
            let (inline, field) = if self.big { (8, 12) } else { (4, 8) };
            let position = start + i as u64 * entry_size + field as u64;
            let length = count.checked_mul(size_of(kind))?;
            let at = if length <= inline {
                position
            } else {
                self.base.checked_add(self.decode(entry.get(field..)?))?
            };
            Some(Entry { tag, kind, count, at })
        };
        let entries: Vec<Entry> =
            bytes.chunks_exact(entry_size as usize).enumerate().filter_map(parse).collect();
        let end = count.checked_mul(entry_size).and_then(|length| start.checked_add(length));
        let next = end.and_then(|end| self.unsigned(end, if self.big { 8 } else { 4 }));
        let next = next.filter(|next| *next != 0).and_then(|next| self.base.checked_add(next));
        Some(Directory { entries, next })
    }

    /// The whole numbers of an entry, at most `most` of them. Rationals count when they are whole.
    pub(crate) fn numbers(&self, entry: Entry, most: usize) -> Vec<u64> {
        let size = size_of(entry.kind) as usize;
        let is_number = matches!(entry.kind, 1 | 3..=6 | 8 | 9 | 13 | 16..=18);
        let count = usize::try_from(entry.count).unwrap_or(usize::MAX).min(most);
        if !is_number || size == 0 {
            return Vec::new();
        }
        let Some(bytes) = self.input.read_up_to(entry.at, count.saturating_mul(size)) else {
            return Vec::new();
        };
        let number = |value: &[u8]| match (entry.kind, value.split_at_checked(4)) {
            (5, Some((above, below))) => self.decode(above).checked_div(self.decode(below)).unwrap_or(0),
            _ => self.decode(value),
        };
        bytes.chunks_exact(size).map(number).collect()
    }

    /// The first whole number of an entry.
    pub(crate) fn number(&self, entry: Entry) -> Option<u64> {
        self.numbers(entry, 1).first().copied()
    }

    /// The first whole number of the entry with a tag.
    pub(crate) fn number_of(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.number(directory.get(tag)?)
    }

    /// The position in the input that an offset means.
    pub(crate) fn position(&self, offset: u64) -> Option<u64> {
        self.base.checked_add(offset)
    }

    /// The position in the input that the entry with a tag points to.
    pub(crate) fn pointer(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.position(self.number_of(directory, tag)?)
    }

    /// The values of an entry as they are written, unless they take more than `most` bytes.
    pub(crate) fn bytes(&self, entry: Entry, most: usize) -> Option<Cow<'a, [u8]>> {
        let length = usize::try_from(entry.count.checked_mul(size_of(entry.kind))?).ok()?;
        if length > most {
            return None;
        }
        self.input.read_at(entry.at, length)
    }

    /// The number of `count` bytes (at most 8) at a position of the input.
    fn unsigned(&self, at: u64, count: usize) -> Option<u64> {
        Some(self.decode(&self.input.read_at(at, count)?))
    }

    /// The number that at most 8 bytes stand for.
    pub(crate) fn decode(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.little_endian { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }
}
