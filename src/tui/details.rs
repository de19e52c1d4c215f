//! The lines of the details. The view draws them, and the state machine makes room for them.

use std::path::Path;

use super::app::preview::Metadata;
use super::display;
use crate::base::escape;

/// The width of the names, with the blanks behind them.
pub(super) const NAMES: usize = 9;

/// A line of the details: a name, which only the first line of a value has, and a part of the value.
pub(super) type DetailLine = (&'static str, String);

/// The lines that a text from a picture has at once.
const TEXT_LINES: usize = 4;
/// The lines of a text that can be scrolled to.
const MOST_TEXT_LINES: usize = 500;

/// The text that was read from a picture, and the first of its lines that is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScrolledText<'a> {
    /// The text.
    pub text: &'a str,
    /// The line, as the text is broken into lines.
    pub first: usize,
}

/// The lines of a picture's details in this many columns: the absolute path, the score, the words that are nearest to it, the
/// text that was read from it, and what its file says.
pub(super) fn lines(
    path: &Path,
    known: Option<&Metadata>,
    (score, words): (Option<f32>, Option<String>),
    text: Option<ScrolledText<'_>>,
    width: usize,
) -> Vec<DetailLine> {
    let room = width.saturating_sub(NAMES);
    let mut lines = Vec::new();
    // The end of a path says most.
    let path = display::truncate_start(&escape::path(path), room * most_lines("path"));
    add("path", path_lines(&path, room), &mut lines);
    let score = score.map(|score| vec![display::score(score, 3)]);
    add("score", score.unwrap_or_default(), &mut lines);
    let words = words.map(|words| display::wrap_within(&escape::text(&words), room, most_lines("words")));
    add("words", words.unwrap_or_default(), &mut lines);
    add("text", text.map(|text| text_lines(text, room)).unwrap_or_default(), &mut lines);
    for (name, value) in known.into_iter().flatten() {
        add(name, display::wrap_within(&escape::text(value), room, most_lines(name)), &mut lines);
    }
    lines
}

/// The furthest that a text in this many columns of details can be scrolled.
pub(super) fn last_scroll(text: &str, width: usize) -> usize {
    wrapped(text, width.saturating_sub(NAMES)).len().saturating_sub(TEXT_LINES)
}

/// The lines of a text from the first one on, with signs of what lies before and behind.
fn text_lines(ScrolledText { text, first }: ScrolledText<'_>, room: usize) -> Vec<String> {
    let all = wrapped(text, room);
    let first = first.min(all.len().saturating_sub(TEXT_LINES));
    let behind = all.len().saturating_sub(first + TEXT_LINES);
    let mut lines: Vec<String> = all.into_iter().skip(first).take(TEXT_LINES).collect();
    let mark = |line: &mut String, sign: &str| {
        *line = format!("{} {sign}", display::truncate_end(line, room.saturating_sub(sign.len() + 1)));
    };
    if room > 20 {
        if let Some(line) = lines.first_mut().filter(|_| first > 0) {
            mark(line, &format!("[{first} above]"));
        }
        if let Some(line) = lines.last_mut().filter(|_| behind > 0) {
            mark(line, &format!("[{behind} below]"));
        }
    }
    lines
}

/// A text in lines of at most this many columns.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    if room == 0 {
        return Vec::new();
    }
    let lines = text.lines().flat_map(|line| display::wrap(&escape::text(line), room));
    lines.take(MOST_TEXT_LINES).collect()
}

/// A path in lines, which end with a slash where that leaves no more than half of one empty.
fn path_lines(path: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = path;
    while !rest.is_empty() && lines.len() + 1 < most_lines("path") {
        let Some(piece) = display::cut(rest, room).into_iter().next() else { return lines };
        let slash = piece.rfind(std::path::is_separator).map(|at| at + 1);
        let end = match slash.filter(|end| *end * 2 > piece.len() && piece.len() < rest.len()) {
            // What comes after it has to have room, too.
            Some(end) if display::columns(&rest[end..]) <= room => end,
            _ => piece.len(),
        };
        lines.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    lines.extend(Some(display::truncate_start(rest, room)).filter(|rest| !rest.is_empty()));
    lines
}

/// The lines that a value may take.
fn most_lines(name: &str) -> usize {
    match name {
        "caption" => 3,
        _ => 2,
    }
}

fn add(name: &'static str, value: Vec<String>, lines: &mut Vec<DetailLine>) {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    lines.extend(names.zip(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_go_on_below_without_their_name() {
        let known = vec![
            ("caption", "one two three four five six seven eight".to_owned()),
            ("file", "x".repeat(40)),
            ("camera", "Ada One, 35 mm".to_owned()),
        ];
        let lines = lines(
            Path::new("/photos/2024/harbour/a.jpg"),
            Some(&known),
            (Some(0.25), Some("boat 0.31, sea 0.30".to_owned())),
            None,
            25,
        );
        let expected = [
            ("path", "/photos/2024/"),
            ("", "harbour/a.jpg"),
            ("score", "0.250"),
            ("words", "boat 0.31, sea"),
            ("", "0.30"),
            ("caption", "one two three"),
            ("", "four five six"),
            ("", "seven eight"),
            ("file", "xxxxxxxxxxxxxxxx"),
            ("", "xxxxxxxxxxxxxxx…"),
            ("camera", "Ada One, 35 mm"),
        ];
        assert_eq!(lines, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_text_shows_a_few_lines_at_once() {
        let text = "BOARDING PASS\nGate 7\n\u{1b}[2J\nfour\nfive\nsix";
        let shown = |first| {
            let text = Some(ScrolledText { text, first });
            let lines = lines(Path::new("/a.jpg"), None, (None, None), text, NAMES + 30);
            lines.into_iter().skip(1).collect::<Vec<_>>()
        };
        let line = |name, text: &str| (name, text.to_owned());
        assert_eq!(
            shown(0),
            [
                line("text", "BOARDING PASS"),
                line("", "Gate 7"),
                line("", "\\u{1b}[2J"),
                line("", "four [2 below]")
            ]
        );
        assert_eq!(shown(1)[0].1, "Gate 7 [1 above]");
        assert_eq!(shown(1)[3].1, "five [1 below]");
        assert_eq!(shown(99), shown(last_scroll(text, NAMES + 30)));
        assert_eq!(last_scroll("one\ntwo", 40), 0);
    }

    #[test]
    fn a_path_is_cut_where_it_has_to_be() {
        assert_eq!(path_lines("/a/b.jpg", 16), ["/a/b.jpg"]);
        assert_eq!(path_lines("/photos/a_long_name_of_24.jpg", 16), ["/photos/a_long_n", "ame_of_24.jpg"]);
        assert_eq!(path_lines("/a/name_that_is_long.jpg", 16), ["/a/name_that_is_", "long.jpg"]);
        assert_eq!(path_lines("", 16), [""; 0]);
        assert_eq!(path_lines("/a", 0), [""; 0]);
    }

    #[test]
    fn every_width_is_kept_to() {
        let known = vec![("caption", "日本語の 長い説明 x ".repeat(9)), ("tags", "a, b".repeat(30))];
        // A wide character needs two columns.
        for width in NAMES + 2..60 {
            for (_, text) in lines(Path::new("/旅行/東京の夜景.jpg"), Some(&known), (None, None), None, width)
            {
                assert!(display::columns(&text) <= width - NAMES, "{text} in {width}");
            }
        }
        for width in 0..NAMES + 2 {
            lines(Path::new("/a.jpg"), Some(&known), (None, None), None, width);
        }
    }
}
