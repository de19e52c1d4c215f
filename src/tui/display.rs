//! Text that is safe to show: escaped names, cut to a width in columns.

use std::path::Path;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A path as one line of printable text: control characters, marks that reorder or hide text, and bytes
/// that are no UTF-8 are shown escaped, so that a name can neither break the screen nor pretend to be
/// another one.
pub fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        push_escaped(&mut text, chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// As [`escaped`], for messages that may quote names.
pub fn escaped_text(message: &str) -> String {
    let mut text = String::new();
    push_escaped(&mut text, message);
    text
}

fn push_escaped(text: &mut String, valid: &str) {
    for c in valid.chars() {
        if c.is_control() || is_invisible(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
}

/// Line and paragraph separators, marks of direction, and characters without width that don't join
/// others (a zero width joiner, U+200D, belongs to emoji).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text, its end replaced by `…` if it is wider than `width` columns.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut fitted = head(text, width.saturating_sub(1)).to_owned();
    if width > 0 {
        fitted.push('…');
    }
    fitted
}

/// The text, its start replaced by `…` if it is wider than `width` columns: for folders, whose last part
/// tells most.
pub fn fit_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width == 0 { String::new() } else { format!("…{}", tail(text, width - 1)) }
}

/// The text, its middle replaced by `…` if it is wider than `width` columns: for file names, whose end
/// tells the format.
pub fn fit_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let end = tail(text, ((width - 1) / 3).min(8));
    format!("{}…{end}", head(text, width - 1 - end.width()))
}

fn head(text: &str, width: usize) -> &str {
    let mut columns = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        columns += grapheme.width();
        if columns > width {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, width: usize) -> &str {
    let mut columns = 0;
    let mut start = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        columns += grapheme.width();
        if columns > width {
            break;
        }
        start = at;
    }
    &text[start..]
}

/// `12,345`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 picture`, `2,000 pictures`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_reach_the_terminal_raw() {
        assert_eq!(escaped(Path::new("a\n\u{1b}[2J\u{202e}gpj.b")), "a\\n\\u{1b}[2J\\u{202e}gpj.b");
        assert_eq!(escaped(Path::new("写真 👩‍👧.jpg")), "写真 👩‍👧.jpg");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_shown_as_numbers() {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"a\xff\xfe/b.jpg");
        assert_eq!(escaped(Path::new(name)), "a\\xff\\xfe/b.jpg");
    }

    #[test]
    fn cuts_by_columns_not_by_characters() {
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit_start("one/two/three", 6), "…three");
        assert_eq!(fit_middle("a long name of a file.jpeg", 16), "a long nam….jpeg");
        for width in 0..9 {
            for text in ["日本語のファイル.jpg", "abcdefghijkl"] {
                assert!(fit(text, width).width() <= width);
                assert!(fit_start(text, width).width() <= width);
                assert!(fit_middle(text, width).width() <= width);
            }
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(counted(1, "picture"), "1 picture");
        assert_eq!(counted(0, "picture"), "0 pictures");
        assert_eq!(counted(1_234_567, "picture"), "1,234,567 pictures");
        assert_eq!(thousands(999), "999");
    }
}
