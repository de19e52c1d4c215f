//! What of a query can be answered.

use super::query_error::{QueryFailure, QueryPart, QueryProblem};
use crate::query::Query;

/// Refuses what is read but not evaluated: names of saved searches, which [`crate::query::Searches::expand`] replaces before.
///
/// # Errors
/// When there is such a name.
pub fn check_available(query: &Query) -> Result<(), QueryFailure> {
    match &query.saved {
        Some(_) => Err(QueryFailure {
            part: QueryPart::Saved,
            reason: QueryProblem::NotAvailable("search:".to_owned()),
        }),
        None => Ok(()),
    }
}
