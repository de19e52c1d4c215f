//! Which container a raw file is, and what is in it.

use super::collector::{Collector, Preview, RawFile};
use super::{cr3, directories, raf};
use crate::picture::exif::Tags;
use crate::picture::ifd::Tiff;
use crate::picture::read_at::ReadAt;

/// Reads the structure of a raw file: its previews, and what its EXIF says.
pub(in crate::picture) fn read<I: ReadAt + ?Sized>(input: &I) -> RawFile {
    let mut found = Collector::new(input);
    let tags = match input.read_up_to(0, 16).as_deref() {
        Some([b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..]) => {
            raf::collect(&mut found);
            Tags::default()
        }
        Some([_, _, _, _, b'f', b't', b'y', b'p', ..]) => cr3::collect(&mut found),
        _ => match Tiff::open(input, 0) {
            Some(tiff) => {
                directories::collect(&tiff, &mut found);
                found.exif_at.push(0);
                Tags::read(&tiff)
            }
            None => Tags::default(),
        },
    };
    found.finish(tags)
}

/// The most places where a JPEG seems to begin that are looked at.
const MAX_PLACES: usize = 4096;

/// Searches all the bytes of a file for JPEGs: for makers that hide the preview where no documented table lists it.
pub(super) fn search(bytes: &[u8]) -> Vec<Preview> {
    let mut found = Collector::new(bytes);
    for at in memchr::memmem::find_iter(bytes, b"\xff\xd8\xff").take(MAX_PLACES) {
        found.jpeg(at as u64, u64::MAX);
    }
    found.finish(Tags::default()).previews
}
