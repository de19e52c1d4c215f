//! Targets that take the bytes as they are.

use super::scratch::file;
use crate::cli::read_config;
use crate::library::TagList;
use crate::library::fuzzing::NpyReader;
use crate::picture::{Format, Limits, Source, decode_reduced, describe, read_facts, sniff, with_sidecars};
use crate::query::fuzzing::assert_read_or_refused;
use crate::query::parse;

/// `config.toml`.
pub(super) fn config(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Err(error) = read_config(text)
    {
        assert!(error.contains("config.toml"), "{error}");
    }
}

/// A list of words for `tags --labels`.
pub(super) fn words(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        for word in TagList::words_in(text) {
            assert!(!word.trim().is_empty() && !word.contains('\n'), "{word:?}");
        }
    }
}

/// EXIF, XMP and IPTC in files of all formats, and as a sidecar.
pub(super) fn facts(bytes: &[u8]) {
    let facts = read_facts(Source::from(bytes));
    for text in facts.make.iter().chain(&facts.model).chain(&facts.lens).chain(&facts.tags) {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    let _ = with_sidecars(facts, &[bytes.to_vec()]);
}

/// A NumPy file.
pub(super) fn npy(bytes: &[u8]) {
    let Ok(path) = file(bytes) else { return };
    let Ok(mut reader) = NpyReader::open(&path) else { return };
    for _ in 0..reader.rows() {
        let row = reader.next_row().map(|row| row.len());
        assert_eq!(row.ok(), Some(reader.columns()), "a file that was found whole has all its rows");
    }
}

/// A picture of a format that is decoded in this process; others are another process's danger.
pub(super) fn picture(bytes: &[u8]) {
    /// Pixels at most, so that the fuzzer spends its time on headers and not on blank pictures.
    const MAX_PIXELS: u64 = 1 << 20;
    let source = Source::from(bytes);
    if let Some(Format::Svg | Format::Jxl | Format::Heic | Format::Avif | Format::Jpeg2000) = sniff(source) {
        return;
    }
    let limits = Limits { max_pixels: MAX_PIXELS, max_memory: 256 << 20, ..Limits::default() };
    let described = describe(source, &limits);
    let mut reserved = 0;
    let reserve = |memory: u64| {
        reserved = reserved.max(memory);
        true
    };
    let decoded = decode_reduced(source, &limits, |width, height| (width.min(64), height.min(64)), reserve);
    assert!(reserved <= limits.max_memory, "{reserved} bytes were asked for");
    if let (Ok(((width, height), _)), Ok(Some(picture))) = (described, decoded) {
        let upright = picture.upright();
        let (found_width, found_height) = upright.pixels.dimensions();
        assert!(found_width <= width && found_height <= height, "larger than described");
    }
}

/// A query: what is read is the same when it is printed and read again, and errors point into the text.
pub(super) fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert_read_or_refused(&text);
    let _ = parse(&text);
}
