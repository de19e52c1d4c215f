//! Versions of the rules of decoding, and which files a newer version sees otherwise than an older one.
//!
//! A vector says by which version its picture was decoded. When the rules change, the files that they concern are read
//! again: [`change_since`] tells them by their first bytes.

mod applies;
mod icc;
mod jpeg;
mod others;
mod pillow;
mod png;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use applies::Applies;
pub use pillow::{PillowDifference, pillow_difference};

use super::format::{Format, sniff};
use super::source::Source;

/// Version of the rules by which pictures are decoded now. 1 stands for everything before there were versions.
pub const DECODER_VERSION: u32 = 2;

/// How much of a file is looked at, in bytes.
const HEAD: usize = 256 << 10;
/// How much of a file is enough for most, in bytes.
const SHORT_HEAD: usize = 16 << 10;

/// Why a file is read again that could not be read before.
pub const MORE_IS_READABLE: &str = "more files can be read now";
const TRANSPARENCY: &str = "transparency is laid on white now";
const COLOURS: &str = "colours are converted by their profile now";
const ORIENTATION: &str = "more pictures are turned upright now";
const RIGHTLY: &str = "more kinds of files are read rightly now";

/// A change of the rules: for files of which `applies` holds, versions from `since` on see another picture than those
/// before.
struct Change {
    since: u32,
    why: &'static str,
    applies: fn(&Head<'_>) -> Applies,
}

/// The changes, the ones that matter most first: a file is read again for the first reason that applies.
const CHANGES: &[Change] = &[
    Change { since: 2, why: TRANSPARENCY, applies: has_transparency },
    Change { since: 2, why: COLOURS, applies: has_other_colours },
    Change { since: 2, why: RIGHTLY, applies: was_misread },
    Change { since: 2, why: ORIENTATION, applies: has_odd_orientation },
];

/// The first bytes of a file.
struct Head<'a> {
    bytes: &'a [u8],
    format: Format,
}

/// Why a file is seen otherwise now than by the rules of `version`, if it is: in plain words, the same for all files that
/// one change concerns. Looks at its first 256 kB, and does not mind if there is no more; what lies further on in larger
/// files counts as unchanged.
pub fn change_since(source: Source<'_>, version: u32) -> Option<&'static str> {
    let head = Source { bytes: source.bytes.get(..HEAD).unwrap_or(source.bytes), ..source };
    find_change(head, version).0
}

/// As [`change_since`], for the file at `path`, of which no more is read than has to be.
///
/// # Errors
/// When the file can't be read.
pub fn change_of_file_since(path: &Path, version: u32) -> io::Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let mut bytes = vec![0; SHORT_HEAD];
    let short = fill(&mut file, &mut bytes)?;
    bytes.truncate(short);
    let (change, ends_early) = find_change(Source::new(&bytes, path), version);
    if change.is_some() || !ends_early || short < SHORT_HEAD {
        return Ok(change);
    }
    bytes.resize(HEAD, 0);
    let more = fill(&mut file, bytes.get_mut(short..).unwrap_or_default())?;
    bytes.truncate(short + more);
    Ok(find_change(Source::new(&bytes, path), version).0)
}

/// Which optional formats this build reads, and which others by commands of the user's. When it differs from the last
/// time, files that could not be read are worth another try.
pub fn formats_fingerprint(commands_for: &[String]) -> String {
    let built = [
        ("avif", cfg!(feature = "avif")),
        ("heic", cfg!(feature = "heic")),
        ("jpeg2000", cfg!(feature = "jpeg2000")),
        ("jxl", cfg!(feature = "jxl")),
        ("psd", cfg!(feature = "psd")),
        ("svg", cfg!(feature = "svg")),
    ];
    let built = built.iter().filter(|(_, is_built)| *is_built).map(|(name, _)| (*name).to_owned());
    let mut formats: Vec<String> = built.chain(commands_for.iter().map(|name| format!(".{name}"))).collect();
    formats.sort_unstable();
    formats.dedup();
    formats.join(" ")
}

/// The first change that applies, and whether more of the file could tell of others.
fn find_change(head: Source<'_>, version: u32) -> (Option<&'static str>, bool) {
    let Some(format) = sniff(head) else { return (None, false) };
    let head = Head { bytes: head.bytes, format };
    let mut ends_early = false;
    for change in CHANGES.iter().filter(|change| version < change.since) {
        match (change.applies)(&head) {
            Applies::Yes => return (Some(change.why), false),
            Applies::No => {}
            Applies::FurtherOn => ends_early = true,
        }
    }
    (None, ends_early)
}

fn has_transparency(head: &Head<'_>) -> Applies {
    match head.format {
        Format::Png => png::has_transparency(head.bytes),
        Format::Webp => others::webp_has_alpha(head.bytes).into(),
        Format::Gif => others::gif_has_transparency(head.bytes),
        Format::Bmp => others::bmp_has_alpha(head.bytes).into(),
        _ => Applies::No,
    }
}

fn has_other_colours(head: &Head<'_>) -> Applies {
    match head.format {
        Format::Png => png::has_other_colours(head.bytes),
        Format::Webp => others::webp_has_other_colours(head.bytes),
        Format::Jpeg => jpeg::has_other_colours(head.bytes),
        _ => Applies::No,
    }
}

fn was_misread(head: &Head<'_>) -> Applies {
    match head.format {
        Format::Jpeg => jpeg::was_misread(head.bytes),
        Format::Bmp => others::bmp_is_compressed(head.bytes).into(),
        // Deep, predicted and transparent ones, and those with a profile: what tells may lie anywhere in the file. Raw
        // files were read as the TIFF files that they resemble.
        Format::Tiff | Format::Raw => Applies::Yes,
        _ => Applies::No,
    }
}

fn has_odd_orientation(head: &Head<'_>) -> Applies {
    match head.format {
        Format::Jpeg => jpeg::has_odd_orientation(head.bytes),
        Format::Png => png::has_odd_orientation(head.bytes),
        Format::Webp => others::webp_has_exif(head.bytes).into(),
        _ => Applies::No,
    }
}

/// Reads until `buffer` is full or the file ends; returns the number of bytes.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests;
