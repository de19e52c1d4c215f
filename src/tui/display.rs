//! Text to show: cut to a width in columns; numbers in words.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text, with its end replaced by `…` if it is wider than `width` columns.
pub(super) fn truncate_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut fitted = prefix(text, width.saturating_sub(1)).to_owned();
    if width > 0 {
        fitted.push('…');
    }
    fitted
}

/// The text, with its start replaced by `…` if it is wider than `width` columns: for folders, whose last part says most.
pub(super) fn truncate_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width == 0 { String::new() } else { format!("…{}", suffix(text, width - 1)) }
}

/// The text, with its middle replaced by `…` if it is wider than `width` columns: for file names, whose end shows the
/// format.
pub(super) fn truncate_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let end = suffix(text, ((width - 1) / 3).min(8));
    format!("{}…{end}", prefix(text, width - 1 - end.width()))
}

/// The longest start of the text that fits into `width` columns.
fn prefix(text: &str, width: usize) -> &str {
    let mut columns = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        columns += grapheme.width();
        if columns > width {
            return &text[..at];
        }
    }
    text
}

/// The longest end of the text that fits into `width` columns.
fn suffix(text: &str, width: usize) -> &str {
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

/// A number with its digits in groups: `12,345`.
pub(super) fn thousands(number: usize) -> String {
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
pub(super) fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_columns_not_by_characters() {
        assert_eq!(truncate_end("日本語", 6), "日本語");
        assert_eq!(truncate_end("日本語", 5), "日本…");
        assert_eq!(truncate_end("日本語", 4), "日…");
        assert_eq!(truncate_start("one/two/three", 6), "…three");
        assert_eq!(truncate_middle("a long name of a file.jpeg", 16), "a long nam….jpeg");
        for width in 0..9 {
            for text in ["日本語のファイル.jpg", "abcdefghijkl"] {
                assert!(truncate_end(text, width).width() <= width);
                assert!(truncate_start(text, width).width() <= width);
                assert!(truncate_middle(text, width).width() <= width);
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
