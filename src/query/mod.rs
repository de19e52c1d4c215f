//! The query language: a text becomes a typed [`Query`], and a query prints as a text that means the same.
//!
//! ```text
//! a boat + 0.5:@sketch.jpg - night after:2020 -in:private sort:newest
//! ```
//!
//! Terms say what a picture shows, filters what has to be true of it. Text without any operator is one term with the very
//! bytes that were typed. `docs/queries.md` is the reference for users; this room reads no files and knows no pictures.

mod comparison;
pub mod completion;
mod error;
mod expression;
mod extensions;
mod filters;
mod folder;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod glob;
mod keyword;
mod misread;
mod near;
mod parser;
mod period;
mod print;
mod saved;
mod scan;
mod shape;
mod unread;
mod value;
mod weight;

#[cfg(test)]
mod tests;

pub use comparison::{Comparison, Operator};
pub use error::{ErrorKind, Problem, QueryError, column};
pub use expression::{Query, Sign, Sort, Subject, Term};
pub use extensions::Extensions;
pub use filters::{DateRange, Filter, Test};
pub use folder::Folder;
pub use glob::{Glob, GlobMatcher};
pub use keyword::{KEYWORDS, Keyword};
pub use misread::{Misread, misread};
pub use near::Near;
pub use parser::{Options, Parsed, errors, is_negated_filter, parse, read};
pub use period::Period;
pub use saved::{SavedError, SavedQuery, Searches, is_name};
pub use shape::Shape;
pub use unread::unread_in_words;
pub use weight::{MAX_WEIGHT, MIN_WEIGHT};
