//! Text to show: cut to a width in columns; numbers in words.

use std::path::Path;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::base::escape;

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

/// The name of a file without its folder, at most `width` columns wide. If it is wider, first the extension goes, which says
/// least, and then the middle: the ends of names such as `IMG_20240512_183012` tell them apart.
pub(super) fn caption(path: &Path, width: usize) -> String {
    let name = escape::path(path.file_name().map_or(path, Path::new));
    if name.width() <= width {
        return name;
    }
    let stem = escape::path(path.file_stem().map_or(path, Path::new));
    if stem.width() <= width {
        return stem;
    }
    if width == 0 {
        return String::new();
    }
    let end = suffix(&stem, width / 2);
    format!("{}…{end}", prefix(&stem, width - 1 - end.width()))
}

/// The text in pieces of at most `width` columns, wherever that cuts it.
pub(super) fn cut(text: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let piece = prefix(rest, width);
        if piece.is_empty() {
            break;
        }
        pieces.push(piece.to_owned());
        rest = &rest[piece.len()..];
    }
    pieces
}

/// The number of columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
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

/// A score with this many digits after the point. One that is next to nothing has no sign.
pub(super) fn score(score: f32, digits: usize) -> String {
    let text = format!("{score:.digits$}");
    match text.strip_prefix('-') {
        Some(zeros) if zeros.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zeros.to_owned(),
        _ => text,
    }
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

/// A duration in words: `40 s`, `12 min`, `3 h 05 min`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The words of a text in lines of at most `width` columns. A word that is longer is broken.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word;
        loop {
            let line = lines.last().map_or("", String::as_str);
            let gap = usize::from(!line.is_empty());
            let room = width.saturating_sub(line.width() + gap);
            // A wide character does not fit into one column, but something has to go on.
            let taken = match prefix(rest, if gap == 0 { width } else { room }) {
                "" if gap == 0 => rest.graphemes(true).next().unwrap_or(rest),
                taken => taken,
            };
            if gap == 1 && taken.len() < rest.len() {
                lines.push(String::new());
                continue;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(if gap == 1 { " " } else { "" });
                line.push_str(taken);
            }
            rest = &rest[taken.len()..];
            if rest.is_empty() {
                break;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// As [`wrap`], in at most `most` lines, at least one. Where words are missing, the last one ends with `…`.
pub(super) fn wrap_within(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > most {
        lines.truncate(most.max(1));
        if let Some(last) = lines.last_mut() {
            *last = truncate_end(&format!("{last} …"), width);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_long_ones_broken() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("a https://hub.example/x b", 8), ["a", "https://", "hub.exam", "ple/x b"]);
        assert_eq!(wrap("日本語", 5), ["日本", "語"]);
        assert_eq!(wrap("日本", 1), ["日", "本"], "better too wide than never");
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap_within("one two three", 7, 2), ["one two", "three"]);
        assert_eq!(wrap_within("one two three four five", 7, 2), ["one two", "three …"]);
        assert_eq!(wrap_within("one two three", 7, 1), ["one tw…"]);
    }

    #[test]
    fn durations_read_well() {
        let texts = [5, 59, 61, 3599, 11_100].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(texts, ["5 s", "59 s", "2 min", "60 min", "3 h 05 min"]);
    }

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
    fn captions_keep_what_tells_names_apart() {
        let short = |name: &str, width| caption(Path::new(name), width);
        assert_eq!(short("2019/summer/boat.JPEG", 18), "boat.JPEG");
        assert_eq!(short("a quiet harbour at dusk.JPEG", 24), "a quiet harbour at dusk");
        assert_eq!(short("IMG_20240512_183012.JPEG", 12), "IMG_2…183012");
        assert_eq!(short("日本語のファイル.jpg", 9), "日本…イル");
        for width in 0..30 {
            for name in ["日本語のファイル.jpg", "abcdefghijkl.jpeg", ".hidden", "x\u{1b}[2J.png"] {
                assert!(columns(&short(name, width)) <= width, "{name} in {width}");
            }
        }
    }

    #[test]
    fn no_score_is_less_than_nothing_by_a_hair() {
        let texts = [-0.004, 0.004, -0.006, -1.0, 0.314].map(|number| score(number, 2));
        assert_eq!(texts, ["0.00", "0.00", "-0.01", "-1.00", "0.31"]);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(counted(1, "picture"), "1 picture");
        assert_eq!(counted(0, "picture"), "0 pictures");
        assert_eq!(counted(1_234_567, "picture"), "1,234,567 pictures");
        assert_eq!(thousands(999), "999");
    }
}
