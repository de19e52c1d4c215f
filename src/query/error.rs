//! What is wrong with a query, and where.

use std::ops::Range;

/// Number of characters of a wrong value that a message quotes.
const QUOTED: usize = 40;

/// Whether a query may still become right by typing on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The end of the query is the beginning of something right, such as `after:20`.
    Unfinished,
    /// Typing on does not help.
    Wrong,
}

/// A part of a query that is not as it should be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct QueryError {
    /// Whether the part is wrong, or only unfinished.
    pub kind: ErrorKind,
    /// The part, in bytes of the query's text.
    pub span: Range<usize>,
    /// Where the part begins, in characters from 1.
    pub column: usize,
    /// What is the matter.
    pub problem: Problem,
}

/// What is the matter with a part of a query. The text says what would be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A filter has no value.
    #[error("{filter} needs {expects}")]
    MissingValue {
        /// The filter's name with its operator, such as `after:`.
        filter: String,
        /// What the filter takes.
        expects: &'static str,
    },
    /// A filter has a value that it can't have.
    #[error("{filter} needs {expects}, not '{}'", shortened(found))]
    BadValue {
        /// The filter's name with its operator, such as `after:`.
        filter: String,
        /// What the filter takes.
        expects: &'static str,
        /// The value.
        found: String,
    },
    /// The calendar has no such month or day.
    #[error("the calendar has no '{}'", shortened(_0))]
    NoSuchDay(String),
    /// A pattern of paths can't be read.
    #[error("path: can't read the pattern '{}': {reason}", shortened(glob))]
    BadGlob {
        /// The pattern.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A quoted text does not end.
    #[error("the closing quote is missing: end the quoted text with \"")]
    OpenQuote,
    /// Something follows a closing quote without a space.
    #[error("a space belongs after the closing quote; within quotes, \"\" stands for a quote")]
    TextAfterQuote,
    /// An operator has no term behind it.
    #[error("a term is missing: say what comes after {0}")]
    MissingTerm(char),
    /// Text follows a picture without an operator.
    #[error("put + or - between terms; the path of a picture with spaces is quoted: @\"my cat.jpg\"")]
    NotJoined,
    /// The weight of a term is out of its range.
    #[error("a weight is a number from 0.001 to 1000, not '{}'; quote what is meant as text", shortened(_0))]
    BadWeight(String),
    /// A term has a weight below zero.
    #[error("a weight is above 0: to exclude a term, write `- ` before it")]
    NegativeWeight,
    /// A filter has a weight.
    #[error("a filter has no weight; quote what is meant as text")]
    WeighedFilter,
    /// A picture has no path.
    #[error("@ needs the path of a picture, such as @cat.jpg or @\"my cat.jpg\"")]
    MissingPicture,
    /// A result's number is not in the list.
    #[error("results are numbered from 1")]
    NoSuchResult,
    /// Something that may be said once is said again.
    #[error("{0} may be given only once")]
    Twice(&'static str),
    /// Something that narrows nothing has a `-` before it.
    #[error("{0} can't be negated: leave the - out")]
    NotNegatable(&'static str),
    /// The query has more parts than are read.
    #[error("a query has at most {limit} {parts}")]
    TooMany {
        /// `terms` or `filters`.
        parts: &'static str,
        /// How many are read.
        limit: usize,
    },
}

/// The column of the byte `at` of a text: characters from 1.
pub fn column(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < at).count() + 1
}

/// The beginning of a text, with dots when the text is longer.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
