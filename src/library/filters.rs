//! Where the filters of queries are evaluated.

use super::query_error::{QueryFailure, QueryPart, QueryProblem};
use crate::query::{Query, Sort};

/// Refuses what is read but not evaluated yet: filters, orders other than by score, saved searches.
///
/// # Errors
/// The first such part.
pub fn check_available(query: &Query) -> Result<(), QueryFailure> {
    let unavailable =
        |part, words: String| Err(QueryFailure { part, reason: QueryProblem::NotAvailable(words) });
    if let Some(filter) = query.filters.first() {
        return unavailable(QueryPart::Filter(0), format!("the filter {}:", filter.test.name()));
    }
    if let Some(sort) = query.sort.filter(|sort| *sort != Sort::Score) {
        return unavailable(QueryPart::Sort, format!("sort:{}", sort.as_str()));
    }
    match &query.saved {
        Some(_) => unavailable(QueryPart::Saved, "search:".to_owned()),
        None => Ok(()),
    }
}
