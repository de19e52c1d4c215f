//! Canon's CR3: boxes of an ISO base media file. The structure is the one that Laurent Clévy documents.

use super::collector::Collector;
use crate::picture::boxes::{BoxRange, boxes, find_box, find_path};
use crate::picture::exif::Tags;
use crate::picture::ifd::Tiff;
use crate::picture::read_at::ReadAt;

/// The box in `moov` with thumbnail and EXIF.
const CANON: [u8; 16] = *b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48";
/// The box of the preview.
const PREVIEW: [u8; 16] = *b"\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16";
/// How far from the beginning of their boxes the JPEGs of previews begin at most, in bytes.
const SEARCHED: usize = 64;
/// The most pictures of a track whose places are read: photos have one, bursts up to some hundred.
const MAX_SAMPLES: usize = 4;

/// Collects the previews of all kinds, and what EXIF says.
pub(super) fn collect<I: ReadAt + ?Sized>(found: &mut Collector<'_, I>) -> Tags {
    let input = found.input;
    let mut tags = Tags::default();
    for top in boxes(input, 0, u64::MAX) {
        match &top.kind {
            b"uuid" if is(input, top, &PREVIEW) => {
                // A counter stands between the name and the box.
                if let Some(preview) = find_box(input, top.start + 24, top.end, b"PRVW") {
                    jpeg_within(preview, found);
                }
            }
            b"moov" => {
                for inner in boxes(input, top.start, top.end) {
                    match &inner.kind {
                        b"uuid" if is(input, inner, &CANON) => tags = canon(inner, found),
                        b"trak" => track(inner, found),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    tags
}

/// Whether a box has a name.
fn is(input: &(impl ReadAt + ?Sized), range: BoxRange, name: &[u8; 16]) -> bool {
    input.read_at(range.start, 16).is_some_and(|found| *found == *name)
}

/// The thumbnail, and the tags of the two TIFF structures that others have as one: the first directory and EXIF's.
fn canon<I: ReadAt + ?Sized>(range: BoxRange, found: &mut Collector<'_, I>) -> Tags {
    let mut tags = Tags::default();
    for inner in boxes(found.input, range.start + 16, range.end) {
        match &inner.kind {
            b"CMT1" | b"CMT2" => {
                if let Some(tiff) = Tiff::open(found.input, inner.start) {
                    tags = tags.or(Tags::read(&tiff));
                    found.exif_at.push(inner.start);
                }
            }
            b"THMB" => jpeg_within(inner, found),
            _ => {}
        }
    }
    tags
}

/// The JPEG that follows a few numbers in a box.
fn jpeg_within<I: ReadAt + ?Sized>(range: BoxRange, found: &mut Collector<'_, I>) {
    let Some(head) = found.input.read_up_to(range.start, SEARCHED) else { return };
    if let Some(offset) = memchr::memmem::find(&head, b"\xff\xd8\xff") {
        let at = range.start + offset as u64;
        found.jpeg(at, range.end.saturating_sub(at));
    }
}

/// The JPEG of full size, which is a track beside those of the sensor's data.
fn track<I: ReadAt + ?Sized>(range: BoxRange, found: &mut Collector<'_, I>) {
    let input = found.input;
    let Some(table) = find_path(input, range, &[b"mdia", b"minf", b"stbl"]) else { return };
    let part = |kind| find_box(input, table.start, table.end, kind);
    let number = |at: u64, count: usize| {
        let bytes = input.read_at(at, count)?;
        Some(bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let Some(sizes) = part(b"stsz") else { return };
    let Some((offsets, width)) =
        part(b"co64").map(|range| (range, 8)).or_else(|| part(b"stco").map(|range| (range, 4)))
    else {
        return;
    };
    for sample in 0..MAX_SAMPLES as u64 {
        let place = || {
            // Both tables begin with a version; sizes have one for all, or 0.
            let length = number(sizes.start + 4, 4).filter(|length| *length > 0);
            let length = length.or_else(|| number(sizes.start + 12 + 4 * sample, 4))?;
            let count = number(offsets.start + 4, 4)?;
            let at = number(offsets.start + 8 + width as u64 * sample, width)?;
            (sample < count).then_some((at, length))
        };
        let Some((at, length)) = place() else { return };
        found.jpeg(at, length);
    }
}
