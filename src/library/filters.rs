//! What of a query can be answered.

use super::query_error::{QueryFailure, QueryPart, QueryProblem};
use crate::query::{Query, Test};

/// Refuses what is read but not evaluated: the text in pictures, and names of saved searches, which
/// [`crate::query::Searches::expand`] replaces before.
///
/// # Errors
/// The first such part.
pub fn check_available(query: &Query) -> Result<(), QueryFailure> {
    let unavailable =
        |part, words: &str| Err(QueryFailure { part, reason: QueryProblem::NotAvailable(words.to_owned()) });
    let text = query.filters.iter().position(|filter| matches!(filter.test, Test::Text(_)));
    if let Some(number) = text {
        return unavailable(QueryPart::Filter(number), "the filter text:");
    }
    match &query.saved {
        Some(_) => unavailable(QueryPart::Saved, "search:"),
        None => Ok(()),
    }
}
