//! What stands at the end of a query and may be completed: the beginning of a filter's name, or of its value.

use super::comparison::Operator;
use super::keyword::{KEYWORDS, Keyword};
use super::print::value;
use super::scan::{quoted, word_end};

/// The part of a query that may be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completing {
    /// The byte at which the part begins; it reaches to the end of the text.
    pub start: usize,
    /// What it is the beginning of.
    pub part: Part,
    /// What is there of it, without quotes.
    pub typed: String,
}

/// What may be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name of a filter.
    Name,
    /// The value of the filter with this name.
    Value(&'static str),
}

/// The part at the end of a text that may be completed; `None` where nothing begins.
pub fn completing(text: &str) -> Option<Completing> {
    let mut start = 0;
    loop {
        start += text[start..].len() - text[start..].trim_start().len();
        let word = &text[start..word_end(text, start)];
        let name_at = start + usize::from(word.starts_with('-'));
        let keyword = Keyword::at_start(&text[name_at..start + word.len()]);
        let value_at = keyword.and_then(|keyword| {
            let at = name_at + keyword.name.len();
            Operator::at_start(&text[at..]).map(|(_, length)| at + length)
        });
        let content_at = value_at.unwrap_or(start);
        let end = if text[content_at..].starts_with('"') {
            match quoted(text, content_at) {
                Some(quoted) => quoted.end,
                None => {
                    let part = Part::Value(keyword?.name);
                    let typed = text[content_at + 1..].replace("\"\"", "\"");
                    return Some(Completing { start: value_at?, part, typed });
                }
            }
        } else {
            start + word.len()
        };
        if end < text.len() {
            start = end;
            continue;
        }
        return match (keyword, value_at) {
            (Some(keyword), Some(at)) if !text[at..].starts_with('"') => {
                let typed = text[at..].to_owned();
                Some(Completing { start: at, part: Part::Value(keyword.name), typed })
            }
            (None, _) if !text[name_at..].is_empty() => {
                Some(Completing { start: name_at, part: Part::Name, typed: text[name_at..].to_owned() })
            }
            _ => None,
        };
    }
}

/// The names of filters that begin so, each with its operator.
pub fn names(typed: &str) -> Vec<String> {
    let begins = |keyword: &&Keyword| {
        keyword.name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
    };
    let with_operator =
        |keyword: &Keyword| format!("{}{}", keyword.name, if keyword.compares { ">=" } else { ":" });
    KEYWORDS.iter().filter(begins).map(with_operator).collect()
}

/// The values that begin so of filters that take one of a few words; `None` for other filters.
pub fn words(name: &str, typed: &str) -> Option<Vec<String>> {
    let words: &[&str] = match name {
        "shape" => &["landscape", "panorama", "portrait", "square"],
        "sort" => &["largest", "name", "newest", "oldest", "score"],
        "after" | "before" | "on" => &["2w", "30d", "365d", "7d", "today"],
        _ => return None,
    };
    let begins = |word: &&&str| word.starts_with(&typed.to_ascii_lowercase());
    Some(words.iter().filter(begins).map(|word| (*word).to_owned()).collect())
}

/// A value as it has to stand after a filter's name.
pub fn written(text: &str) -> String {
    value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str) -> Option<(usize, Part, String)> {
        completing(text).map(|Completing { start, part, typed }| (start, part, typed))
    }

    #[test]
    fn names_and_values_at_the_end_are_found() {
        assert_eq!(at_end("a boat sha"), Some((7, Part::Name, "sha".into())));
        assert_eq!(at_end("a boat -ta"), Some((8, Part::Name, "ta".into())));
        assert_eq!(at_end("a shape:land"), Some((8, Part::Value("shape"), "land".into())));
        assert_eq!(at_end("-TAG:"), Some((5, Part::Value("tag"), String::new())));
        assert_eq!(at_end("tag:\"new y"), Some((4, Part::Value("tag"), "new y".into())));
        assert_eq!(at_end("in:\"my p\" camera:c"), Some((17, Part::Value("camera"), "c".into())));
        assert_eq!(at_end("width>=1"), Some((7, Part::Value("width"), "1".into())));
        for nothing in ["", "a ", "tag:\"new york\"", "\"sha", "-", "tag:x "] {
            assert_eq!(at_end(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn candidates_begin_with_what_is_typed() {
        assert_eq!(names("S"), ["size>=", "shape:", "sort:", "search:"]);
        assert!(names("é").is_empty() && names("sortx").is_empty());
        assert_eq!(words("shape", "P"), Some(vec!["panorama".to_owned(), "portrait".to_owned()]));
        assert_eq!(words("tag", ""), None);
        assert_eq!((written("New York"), written("lake")), ("\"New York\"".to_owned(), "lake".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in ".{0,40}", tail in "(-?(tag|in|sort):)?\"?.{0,6}") {
            let text = text + &tail;
            if let Some(Completing { start, .. }) = completing(&text) {
                assert!(text.is_char_boundary(start));
            }
        }
    }
}
