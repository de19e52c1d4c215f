//! Plain text of whatever a program wrote: it read what a stranger drew.

use crate::base::escape::is_odd;

/// The most that is kept of a text, in bytes. A page of a book has some 3,000.
const LONGEST: usize = 64 << 10;

/// The lines of a text without what no text has: controls, marks of direction, characters that are not there. Blanks are
/// single, empty lines are left out, and what is beyond the limit is cut off.
pub(super) fn clean(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let mut cleaned = String::new();
    // Tesseract ends pages with a form feed.
    for line in text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']) {
        let is_blank = |c: char| c.is_whitespace() || is_odd(c) || c == char::REPLACEMENT_CHARACTER;
        for (number, word) in line.split(is_blank).filter(|word| !word.is_empty()).enumerate() {
            match (number, cleaned.is_empty()) {
                (0, true) => {}
                (0, false) => cleaned.push('\n'),
                _ => cleaned.push(' '),
            }
            cleaned.push_str(word);
        }
        if cleaned.len() > LONGEST {
            cleaned.truncate(cleaned.floor_char_boundary(LONGEST));
            break;
        }
    }
    // What has neither a letter nor a digit can't be looked for.
    if cleaned.chars().any(char::is_alphanumeric) { cleaned } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_words_are_left() {
        for (output, expected) in [
            (&b"BOARDING  PASS\n\n \x0c"[..], "BOARDING PASS"),
            (b"a\x1b[2J\x07b\r\nc\xff\xfed", "a [2J b\nc d"),
            ("evil\u{202e}gpj \u{200b}x\u{2028}y".as_bytes(), "evil gpj x\ny"),
            ("  Straße 夏 ".as_bytes(), "Straße 夏"),
            (b" | ~ .\n--", ""),
            (b"", ""),
        ] {
            assert_eq!(clean(output), expected, "{output:?}");
        }
    }

    #[test]
    fn endless_texts_are_cut_between_characters() {
        let long = clean("é".repeat(LONGEST).as_bytes());
        assert_eq!(long.len(), LONGEST);
        let lines = clean(&b"word\n".repeat(LONGEST));
        assert!(lines.len() <= LONGEST && lines.starts_with("word\nword"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_program_writes_nothing_odd_is_left(output: Vec<u8>) {
            let text = clean(&output);
            proptest::prop_assert!(text.chars().all(|c| c == '\n' || !is_odd(c)));
            proptest::prop_assert_eq!(clean(text.as_bytes()), text);
        }
    }
}
