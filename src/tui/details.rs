//! The lines of the details. The view draws them, and the state machine makes room for them.

use std::path::Path;

use super::app::preview::Metadata;
use super::display;
use crate::base::escape;

/// The width of the names, with the blanks behind them.
pub(super) const NAMES: usize = 9;

/// A line of the details: a name, which only the first line of a value has, and a part of the value.
pub(super) type DetailLine = (&'static str, String);

/// The lines of a picture's details in this many columns: the absolute path, the score, the words that are nearest to it, and
/// what its file says.
pub(super) fn lines(
    path: &Path,
    known: Option<&Metadata>,
    (score, words): (Option<f32>, Option<String>),
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
    for (name, value) in known.into_iter().flatten() {
        add(name, display::wrap_within(&escape::text(value), room, most_lines(name)), &mut lines);
    }
    lines
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
            for (_, text) in lines(Path::new("/旅行/東京の夜景.jpg"), Some(&known), (None, None), width)
            {
                assert!(display::columns(&text) <= width - NAMES, "{text} in {width}");
            }
        }
        for width in 0..NAMES + 2 {
            lines(Path::new("/a.jpg"), Some(&known), (None, None), width);
        }
    }
}
