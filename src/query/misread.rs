//! Words that look like filters and are none: text that somebody may have meant otherwise.

use std::ops::Range;

use super::error::column;
use super::keyword::{KEYWORDS, Keyword};
use super::scan::{quoted, word_end};

/// What people call filters that have other names here.
const OTHER_NAMES: [(&str, &str); 31] = [
    ("date", "on"),
    ("taken", "on"),
    ("year", "on"),
    ("since", "after"),
    ("from", "after"),
    ("until", "before"),
    ("folder", "in"),
    ("dir", "in"),
    ("directory", "in"),
    ("album", "in"),
    ("file", "name"),
    ("filename", "name"),
    ("type", "ext"),
    ("format", "ext"),
    ("filetype", "ext"),
    ("extension", "ext"),
    ("stars", "rating"),
    ("star", "rating"),
    ("rated", "rating"),
    ("keyword", "tag"),
    ("keywords", "tag"),
    ("label", "tag"),
    ("title", "caption"),
    ("description", "caption"),
    ("make", "camera"),
    ("model", "camera"),
    ("gps", "near"),
    ("location", "near"),
    ("place", "near"),
    ("order", "sort"),
    ("orientation", "shape"),
];

/// A word that is searched for as text, though it looks like a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The word, in bytes of the query's text.
    pub span: Range<usize>,
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// What it is taken for, and what may have been meant.
    pub words: String,
}

/// Finds the first word of a query that looks like a filter but is read as text: `camra:canon`, `date:2024`, `width > 100`.
/// Names that are like no filter's, such as `note:remember`, are nobody's mistake.
pub fn misread(text: &str) -> Option<Misread> {
    let mut at = 0;
    while at < text.len() {
        let end = word_end(text, at);
        let word = &text[at..end];
        if let Some(quote) = word.find('"') {
            // Whatever is quoted is meant as it stands.
            at = quoted(text, at + quote).map_or(end, |quoted| quoted.end);
        } else {
            if let Some(words) = likely(word, text[end..].trim_start()) {
                return Some(Misread { span: at..end, column: column(text, at), words });
            }
            at = end;
        }
        at += text[at..].chars().next().filter(|c| c.is_whitespace()).map_or(0, char::len_utf8);
    }
    None
}

/// What may have been meant by a word that `rest` follows.
fn likely(word: &str, rest: &str) -> Option<String> {
    let word = word.strip_prefix('-').unwrap_or(word);
    let end = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    let (name, operator) = word.split_at(end);
    let lower = name.to_ascii_lowercase();
    let known = KEYWORDS.iter().find(|keyword| keyword.name == lower);
    if operator.is_empty() {
        let known = known.filter(|keyword| keyword.compares)?;
        let is_comparison = rest.split_whitespace().next().is_some_and(is_operator);
        return is_comparison.then(|| {
            format!("'{}' is searched for as text: write the comparison without spaces", known.name)
        });
    }
    if Keyword::at_start(word).is_some()
        || !operator.starts_with([':', '<', '>', '='])
        || operator.starts_with("://")
    {
        return None;
    }
    if let Some(known) = known {
        return Some(format!(
            "'{name}' takes a colon: as it stands, it is searched for as text ({}:...)",
            known.name
        ));
    }
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, name)| *name);
    // Of short names every other word is one letter away.
    let reach = match lower.len() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let near = || {
        let distances = KEYWORDS.iter().map(|keyword| (distance(keyword.name, &lower), keyword.name));
        distances.filter(|(distance, name)| *distance <= reach && name.len() > 2).min().map(|(_, name)| name)
    };
    let meant = other.or_else(near)?;
    Some(format!("'{name}' is no filter, and is searched for as text: did you mean {meant}?"))
}

fn is_operator(word: &str) -> bool {
    matches!(
        word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'),
        "<" | "<=" | "=" | ">=" | ">" | ":"
    )
}

/// The number of letters that have to be put in, left out or changed to make one word of another (Levenshtein, 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_mistakes_are_found_and_plain_text_is_left_alone() {
        for (text, at, part) in [
            ("red camra:canon", 5, "did you mean camera?"),
            ("DATE:2024", 1, "did you mean on?"),
            ("-folder:private dogs", 1, "did you mean in?"),
            ("rateing>=4", 1, "did you mean rating?"),
            ("a tags:x", 3, "did you mean tag?"),
            ("heigth>3", 1, "did you mean height?"),
            ("width > 100", 1, "without spaces"),
            ("é size >2mb", 0, ""),
            ("é size >2", 3, "without spaces"),
            ("tag=boat", 1, "takes a colon"),
            ("after>2020", 1, "takes a colon"),
        ] {
            match misread(text) {
                Some(found) => assert!(found.column == at && found.words.contains(part), "{text}: {found:?}"),
                None => assert_eq!(at, 0, "{text}"),
            }
        }
        for text in [
            "",
            "note:remember",
            "http://example.org",
            "12:30",
            "a size medium shirt",
            "\"date:2024\"",
            "name:\"date: x\" tag:boat width>=3",
            "Star Wars: a new hope",
            "a - b + c",
            "\"open",
            "x:y",
        ] {
            assert_eq!(misread(text), None, "{text}");
        }
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("tag", "tags", 1), ("flaw", "lawn", 2)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected));
        }
    }
}
