//! Previews that makers put into their own part of EXIF. The structures are those that `ExifTool` documents.

use super::collector::Collector;
use crate::picture::ifd::{Directory, Entry, Tiff};
use crate::picture::read_at::ReadAt;

/// Nikon: points to a directory that names a JPEG.
const NIKON_PREVIEW: u16 = 0x11;
/// Samsung: as Nikon.
const SAMSUNG_PREVIEW: u16 = 0x35;
/// Olympus: the settings, a directory of their own.
const OLYMPUS_SETTINGS: u16 = 0x2020;
/// Sony: the JPEG itself.
const SONY_PREVIEW: u16 = 0x2001;

/// Collects the previews of a maker's note. `tiff` is the structure around it, `make` its text for the maker.
pub(super) fn collect<I: ReadAt + ?Sized>(
    tiff: &Tiff<'_, I>,
    note: Entry,
    make: &[u8],
    found: &mut Collector<'_, I>,
) {
    let input = tiff.input();
    let Some(head) = input.read_up_to(note.at, 16) else { return };
    // The structure that the note's offsets belong to, and the position of its directory.
    let own_order = |at: usize| match head.get(at..at + 2) {
        Some(b"II") => true,
        Some(b"MM") => false,
        _ => tiff.little_endian(),
    };
    match &*head {
        // A TIFF structure within the note.
        [b'N', b'i', b'k', b'o', b'n', 0, ..] => {
            let Some(own) = Tiff::open(input, note.at.saturating_add(10)) else { return };
            let Some(directory) = own.directory(own.first) else { return };
            if let Some(preview) = own.pointer(&directory, NIKON_PREVIEW).and_then(|at| own.directory(at)) {
                found.jpeg_of(&own, &preview);
            }
        }
        [b'O', b'L', b'Y', b'M', b'P', b'U', b'S', 0, ..] => {
            olympus(&tiff.with_base(note.at, own_order(8)), note.at.saturating_add(12), found);
        }
        [b'O', b'M', b' ', b'S', b'Y', b'S', b'T', b'E', b'M', 0, ..] => {
            olympus(&tiff.with_base(note.at, own_order(12)), note.at.saturating_add(16), found);
        }
        [b'O', b'L', b'Y', b'M', b'P', 0, ..] => olympus(tiff, note.at.saturating_add(8), found),
        // Pentax: offsets count from the file's beginning.
        [b'A', b'O', b'C', 0, ..] => {
            let own = tiff.with_base(tiff.base(), own_order(4));
            start_and_length(&own, note.at.saturating_add(6), 4, 3, found);
        }
        [b'P', b'E', b'N', b'T', b'A', b'X', b' ', 0, ..] => {
            let own = tiff.with_base(note.at, own_order(8));
            start_and_length(&own, note.at.saturating_add(10), 4, 3, found);
        }
        [b'S', b'O', b'N', b'Y', b' ', ..] => {
            data(tiff, note.at.saturating_add(12), &[SONY_PREVIEW], found);
        }
        _ if make.starts_with(b"SONY") => data(tiff, note.at, &[SONY_PREVIEW], found),
        _ if make.starts_with(b"SAMSUNG") => {
            // Offsets count from the note's beginning or from the file's.
            for base in [note.at, tiff.base()] {
                let own = tiff.with_base(base, tiff.little_endian());
                let Some(directory) = own.directory(note.at) else { return };
                let preview = own.pointer(&directory, SAMSUNG_PREVIEW).and_then(|at| own.directory(at));
                preview.iter().for_each(|preview| found.jpeg_of(&own, preview));
            }
        }
        _ => {}
    }
}

/// Olympus' directory: the JPEG itself, or its start and length, there or among the settings.
fn olympus<I: ReadAt + ?Sized>(own: &Tiff<'_, I>, at: u64, found: &mut Collector<'_, I>) {
    data(own, at, &[0x100, 0x280], found);
    start_and_length(own, at, 0x88, 0x89, found);
    let Some(entry) = own.directory(at).and_then(|directory| directory.get(OLYMPUS_SETTINGS)) else {
        return;
    };
    // Older cameras put the directory's bytes where newer ones point to it.
    let settings =
        if entry.kind == 7 { Some(entry.at) } else { own.number(entry).and_then(|at| own.position(at)) };
    if let Some(settings) = settings {
        start_and_length(own, settings, 0x101, 0x102, found);
    }
}

/// The JPEG whose start and length two tags tell.
fn start_and_length<I: ReadAt + ?Sized>(
    own: &Tiff<'_, I>,
    at: u64,
    start: u16,
    length: u16,
    found: &mut Collector<'_, I>,
) {
    let Some(directory) = own.directory(at) else { return };
    if let (Some(start), Some(length)) = (own.pointer(&directory, start), own.number_of(&directory, length)) {
        found.jpeg(start, length);
    }
}

/// The JPEGs that are the values of tags.
fn data<I: ReadAt + ?Sized>(own: &Tiff<'_, I>, at: u64, tags: &[u16], found: &mut Collector<'_, I>) {
    let directory: Directory = own.directory(at).unwrap_or_default();
    for entry in tags.iter().filter_map(|tag| directory.get(*tag)) {
        if matches!(entry.kind, 1 | 7) {
            found.jpeg(entry.at, entry.count);
        }
    }
}
