//! Why a part of a query can't be answered.

use std::path::PathBuf;

use crate::base::{causes, paths};
use crate::picture::PictureError;

/// A part of a query, by its place in [`crate::query::Query`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryPart {
    /// The term with this index.
    Term(usize),
    /// The filter with this index.
    Filter(usize),
    /// The order.
    Sort,
    /// The saved search.
    Saved,
    /// All of it.
    Whole,
}

/// A part of a query that can't be answered. The text does not say where the part stands: only who read the query knows.
#[derive(Debug, thiserror::Error)]
#[error("{}", causes::in_words(reason))]
pub struct QueryFailure {
    /// The part.
    pub part: QueryPart,
    /// What is the matter with it.
    pub reason: QueryProblem,
}

/// What is the matter with a part of a query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryProblem {
    /// There is no file with the path of a picture.
    #[error("there is no picture '{}'; quote what is meant as text: \"@...\"", paths::display(_0))]
    NoSuchPicture(PathBuf),
    /// A picture can't be read.
    #[error("picture '{}'", paths::display(path))]
    Unreadable {
        /// The picture's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: PictureError,
    },
    /// A number of a result stands where there are no results.
    #[error("there are no numbered results here: name a picture's path, such as @cat.jpg")]
    NoResults,
    /// The terms add up to nothing.
    #[error("the terms cancel out: what is wanted is excluded too")]
    CancelOut,
    /// The part is understood, but can't be answered yet.
    #[error("{0} is not available yet")]
    NotAvailable(String),
}

impl QueryProblem {
    /// Whether the query asks for something that can't be, rather than for a file that can't be read.
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Unreadable { .. })
    }
}
