//! Which container a raw file is, and what is in it.

use super::collector::{Collector, RawFile};
use super::{cr3, directories, raf};
use crate::picture::exif::Tags;
use crate::picture::ifd::Tiff;
use crate::picture::read_at::ReadAt;

/// Reads the structure of a raw file: its previews, and what its EXIF says.
pub(in crate::picture) fn read<I: ReadAt + ?Sized>(input: &I) -> RawFile {
    let mut found = Collector::new(input);
    let tags = follow(&mut found);
    found.finish(tags)
}

/// The most places where a JPEG seems to begin that are looked at.
const MAX_PLACES: usize = 4096;

/// As [`read`]. When tables list nothing but thumbnails, all bytes are searched for JPEGs too: some makers hide the
/// preview where no documented table lists it.
pub(super) fn read_whole(bytes: &[u8]) -> RawFile {
    let mut found = Collector::new(bytes);
    let tags = follow(&mut found);
    if !found.has_large_jpeg() {
        for at in memchr::memmem::find_iter(bytes, b"\xff\xd8\xff").take(MAX_PLACES) {
            found.jpeg(at as u64, u64::MAX);
        }
    }
    found.finish(tags)
}

/// Collects the previews that the tables of a container list.
fn follow<I: ReadAt + ?Sized>(found: &mut Collector<'_, I>) -> Tags {
    let input = found.input;
    match input.read_up_to(0, 16).as_deref() {
        Some([b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..]) => {
            raf::collect(found);
            Tags::default()
        }
        Some([_, _, _, _, b'f', b't', b'y', b'p', ..]) => cr3::collect(found),
        _ => match Tiff::open(input, 0) {
            Some(tiff) => {
                directories::collect(&tiff, found);
                found.exif_at.push(0);
                Tags::read(&tiff)
            }
            None => Tags::default(),
        },
    }
}
