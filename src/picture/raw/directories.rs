//! Previews that TIFF directories list: in the chain of the first ones, in their sub-directories, and in makers' notes.

use std::collections::BTreeSet;

use super::collector::Collector;
use super::maker_notes;
use crate::picture::exif::EXIF_DIRECTORY;
use crate::picture::ifd::{Directory, Tiff};
use crate::picture::read_at::ReadAt;

/// The most directories that are visited.
const MAX_DIRECTORIES: usize = 64;

/// `NewSubfileType`, whose lowest bit marks small versions.
const KIND: u16 = 0xfe;
const WIDTH: u16 = 0x100;
const HEIGHT: u16 = 0x101;
const BITS: u16 = 0x102;
const COMPRESSION: u16 = 0x103;
const PHOTOMETRIC: u16 = 0x106;
const MAKE: u16 = 0x10f;
const STRIP_OFFSETS: u16 = 0x111;
const SAMPLES: u16 = 0x115;
const STRIP_LENGTHS: u16 = 0x117;
const PLANAR: u16 = 0x11c;
const SUB_DIRECTORIES: u16 = 0x14a;
const MAKER_NOTE: u16 = 0x927c;
/// Panasonic's JPEG, at full and at half the size.
const PANASONIC_JPEGS: [u16; 2] = [0x2e, 0x127];

/// Collects the previews of a TIFF structure.
pub(super) fn collect<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>, found: &mut Collector<'_, I>) {
    let mut visited = BTreeSet::new();
    let mut waiting = vec![tiff.first];
    while let Some(at) = waiting.pop() {
        // Damaged files have directories in a circle.
        if visited.len() >= MAX_DIRECTORIES || !visited.insert(at) {
            continue;
        }
        let Some(directory) = tiff.directory(at) else { continue };
        collect_one(tiff, &directory, found);
        waiting.extend(directory.next);
        if let Some(entry) = directory.get(SUB_DIRECTORIES) {
            waiting.extend(tiff.numbers(entry, MAX_DIRECTORIES).iter().filter_map(|sub| tiff.position(*sub)));
        }
        if let Some(exif) = tiff.pointer(&directory, EXIF_DIRECTORY).and_then(|at| tiff.directory(at))
            && let Some(note) = exif.get(MAKER_NOTE)
        {
            let make = directory.get(MAKE).and_then(|entry| tiff.bytes(entry, 64)).unwrap_or_default();
            let cut = found.cut;
            maker_notes::collect(tiff, note, &make, found);
            // Editors move notes, whose offsets then lead anywhere.
            found.cut = cut;
        }
    }
}

/// Collects the previews that one directory lists.
fn collect_one<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>, directory: &Directory, found: &mut Collector<'_, I>) {
    found.reduced = tiff.number_of(directory, KIND).is_some_and(|kind| kind & 1 != 0);
    found.jpeg_of(tiff, directory);
    for tag in PANASONIC_JPEGS {
        if let Some(entry) = directory.get(tag).filter(|entry| matches!(entry.kind, 1 | 7)) {
            found.jpeg(entry.at, entry.count);
        }
    }
    let number = |tag| tiff.number_of(directory, tag);
    let numbers = |tag, most| directory.get(tag).map(|entry| tiff.numbers(entry, most)).unwrap_or_default();
    let (starts, lengths) = (numbers(STRIP_OFFSETS, 4096), numbers(STRIP_LENGTHS, 4096));
    let Some((at, length)) = joined(&starts, &lengths) else { return };
    let Some(at) = tiff.position(at) else { return };
    match number(COMPRESSION) {
        // Several strips are several JPEGs, each with a part of the picture.
        Some(6 | 7) if starts.len() == 1 => found.jpeg(at, length),
        _ if number(PHOTOMETRIC) != Some(2) => {}
        Some(1) if number(SAMPLES) == Some(3) && number(PLANAR).unwrap_or(1) == 1 => {
            let bits = numbers(BITS, 3);
            let side = |tag| number(tag).and_then(|side| u32::try_from(side).ok()).unwrap_or(0);
            if !bits.is_empty() && bits.iter().all(|bits| *bits == 8) {
                found.rgb(at, length, (side(WIDTH), side(HEIGHT)));
            }
        }
        _ => {}
    }
}

/// The start and length of strips that follow each other without gaps.
fn joined(starts: &[u64], lengths: &[u64]) -> Option<(u64, u64)> {
    let first = *starts.first()?;
    let mut end = first;
    for (start, length) in starts.iter().zip(lengths) {
        if *start != end {
            return None;
        }
        end = start.checked_add(*length)?;
    }
    (starts.len() == lengths.len()).then_some((first, end - first))
}
