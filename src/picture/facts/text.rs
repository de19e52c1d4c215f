//! Texts that anybody may have written: cleaned, and cut where they are longer than people write.

use unicode_segmentation::UnicodeSegmentation;

/// Most bytes of a title or a caption.
const LONGEST_TEXT: usize = 32 << 10;
/// Most bytes of a name: of a camera, a lens, a tag.
const LONGEST_NAME: usize = 256;

/// A text of several lines at most: without control characters, and white space around it. None if nothing is left.
pub(super) fn text(raw: &str) -> Option<String> {
    let kept =
        raw.chars().map(|c| if c == '\r' { '\n' } else { c }).filter(|c| *c == '\n' || !c.is_control());
    let kept: String = kept.collect();
    let cut = cut(kept.trim(), LONGEST_TEXT).trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// A text of one line: white space in it becomes one space. None if nothing is left.
pub(super) fn name(raw: &str) -> Option<String> {
    let spaced: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let joined = words.join(" ");
    let cut = cut(&joined, LONGEST_NAME).trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Bytes that are UTF-8, or else Latin-1, up to the first NUL.
pub(super) fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Text as Windows writes it into EXIF: UTF-16 with the low byte first, up to the first NUL.
pub(super) fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|two| u16::from_le_bytes(*two));
    let units = units.take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The beginning of a text, at most so many bytes, cut between what people see as characters.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
    text.get(..end.take_while(|end| *end <= most).last().unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_and_cut() {
        assert_eq!(text(" a\0b\u{1b}[0m\r\nc \n").as_deref(), Some("ab[0m\n\nc"));
        assert_eq!(name("\tNIKON  D850\0 ").as_deref(), Some("NIKON D850"));
        assert_eq!((text(" \0\n"), name("\u{7f}")), (None, None));
        let long = name(&"é".repeat(200)).unwrap();
        assert_eq!((long.len(), text(&"x".repeat(1 << 20)).unwrap().len()), (256, LONGEST_TEXT));
        assert_eq!(decode(b"caf\xe9\0rest"), "café");
        assert_eq!(decode("café".as_bytes()), "café");
        assert_eq!(decode_utf16(b"a\0\xe9\0=\xd8\0\0x\0"), "aé\u{fffd}");
    }
}
