//! What a picture's file and its sidecars say of the picture, without decoding it: time, place, camera, and what people
//! wrote to it. Damaged and absurd values are left out.
//!
//! `sources` finds EXIF, XMP and IPTC in a file of any format; `exif`, `xmp` and `iptc` read each of them into facts, with
//! `dates`, `numbers` and `text` for what makes sense; `merge` puts them together.

mod dates;
mod exif;
mod iptc;
mod lens;
mod merge;
mod numbers;
mod sources;
mod text;
mod xmp;

use std::fs::File;
use std::path::Path;

use sources::Sources;

use super::read_at::FileBytes;
use super::source::Source;
use crate::base::panics;
use crate::base::picture_facts::PictureFacts;

pub use merge::with_sidecars;
pub use xmp::LARGEST as LARGEST_SIDECAR;

/// Version of the rules by which facts are read now: they are read again where they were read by older ones.
pub const FACTS_VERSION: u32 = 2;

/// The facts in the bytes of a file.
pub fn read_facts(source: Source<'_>) -> PictureFacts {
    // Parsers read bytes here that anyone may have made up: one that panics found nothing.
    panics::catch(|| Sources::read(source.bytes, source).facts()).unwrap_or_default()
}

/// As [`read_facts`], for an open file at `path`, of which only the parts are read that tell.
pub fn read_facts_of_file(file: &File, path: &Path) -> PictureFacts {
    let read = || {
        let input = FileBytes::new(file).ok()?;
        let source = Source::new(input.head(), path);
        Some(Sources::read(&input, source).facts())
    };
    panics::catch(read).ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests;
