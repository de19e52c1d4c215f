//! What a query says: terms, filters, an order.

use super::filters::Filter;
use super::value::{Value, one_of};

/// A query. It prints as a text that is read as the same query again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// What the pictures show, in the order in which it was said.
    pub terms: Vec<Term>,
    /// What is true of every result.
    pub filters: Vec<Filter>,
    /// The order of the results; `None` when the query names none.
    pub sort: Option<Sort>,
    /// The name of a saved search that the query goes on from.
    pub saved: Option<String>,
}

impl Query {
    /// Whether the query says nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.filters.is_empty() && self.sort.is_none() && self.saved.is_none()
    }

    /// The text, if the query is a text and nothing else.
    pub fn plain_text(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [Term { sign: Sign::Plus, weight: 1.0, subject: Subject::Text(text) }]
                if self.filters.is_empty() && self.sort.is_none() && self.saved.is_none() =>
            {
                Some(text)
            }
            _ => None,
        }
    }
}

/// A part of what pictures should or should not show.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Whether the pictures should show it.
    pub sign: Sign,
    /// How much it counts beside the other terms: 0.001 to 1000, usually 1.
    pub weight: f32,
    /// What it is.
    pub subject: Subject,
}

/// Whether a term is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The pictures should show it.
    Plus,
    /// The pictures should not show it.
    Minus,
}

impl Sign {
    /// The operator that is written for it.
    pub fn as_char(self) -> char {
        match self {
            Self::Plus => '+',
            Self::Minus => '-',
        }
    }
}

/// What a term is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A text, as the model is to read it.
    Text(String),
    /// A picture file: an absolute path, or a relative one.
    Picture(String),
    /// A picture among the results, by its number from 1.
    Result(usize),
}

/// The order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The most similar first.
    Score,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// By file name.
    Name,
    /// The most pixels first.
    Largest,
}

impl Sort {
    const WORDS: [(&'static str, Self); 5] = [
        ("score", Self::Score),
        ("newest", Self::Newest),
        ("oldest", Self::Oldest),
        ("name", Self::Name),
        ("largest", Self::Largest),
    ];

    pub(super) fn read(text: &str) -> Value<Self> {
        one_of(text, &Self::WORDS)
    }

    /// The order that a word names, in any case.
    pub fn named(word: &str) -> Option<Self> {
        Self::read(word).ok()
    }

    /// The word for the order.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Name => "name",
            Self::Largest => "largest",
        }
    }
}
