//! The names that filters have, and what each of them takes.

/// A name that begins a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyword {
    /// The name, in lower case.
    pub name: &'static str,
    /// Whether a comparison such as `>=` follows the name, rather than a colon.
    pub compares: bool,
    /// What the filter takes, in words.
    pub expects: &'static str,
}

const DATE: &str = "a date such as 2024, 2024-05, 2024-05-01, 30d, 2w or today";
const TEXT: &str = "a text; one with spaces is quoted";
const PIXELS: &str = "a whole number of pixels, such as 1920";

/// All names, in the order of the documentation.
pub const KEYWORDS: [Keyword; 22] = [
    colon("in", "a folder, relative to the collection's root and without `..`, such as 2024/summer"),
    colon("path", "a pattern of paths, such as 2024/**/*.jpg"),
    colon("name", TEXT),
    colon("ext", "extensions with commas between them, such as jpg,png"),
    colon("after", DATE),
    colon("before", DATE),
    colon("on", DATE),
    compares("size", "a number of bytes with a unit, such as 500kb, 2mb or 1.5gb"),
    compares("width", PIXELS),
    compares("height", PIXELS),
    compares("mp", "a number of megapixels, such as 12"),
    colon("shape", "landscape, portrait, square or panorama"),
    colon("camera", TEXT),
    colon("lens", TEXT),
    compares("iso", "a whole number, such as 800"),
    colon("tag", TEXT),
    compares("rating", "a whole number from 0 to 5"),
    colon("caption", TEXT),
    colon("text", TEXT),
    colon(
        "near",
        "a latitude from -90 to 90, a longitude from -180 to 180, and kilometres above 0, such as 48.86,2.35,5",
    ),
    colon("sort", "score, newest, oldest, name or largest"),
    colon("search", "the name of a saved search"),
];

impl Keyword {
    /// The name at the beginning of a word, in any case, if one of its operators follows.
    pub(super) fn at_start(word: &str) -> Option<Self> {
        let end = word.find(|c: char| !c.is_ascii_alphabetic())?;
        let keyword = KEYWORDS.iter().find(|keyword| keyword.name.eq_ignore_ascii_case(&word[..end]))?;
        let rest = &word[end..];
        let is_followed =
            if keyword.compares { rest.starts_with([':', '<', '>', '=']) } else { rest.starts_with(':') };
        is_followed.then_some(*keyword)
    }
}

const fn colon(name: &'static str, expects: &'static str) -> Keyword {
    Keyword { name, compares: false, expects }
}

const fn compares(name: &'static str, expects: &'static str) -> Keyword {
    Keyword { name, compares: true, expects }
}
