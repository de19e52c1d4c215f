//! Reading rows page by page, in the order of their keys.

use std::ops::ControlFlow;

use super::expression::all_of;
use super::row;
use super::schema::field;
use crate::milvus::{Asked, Client, Columns, Consistency, MAX_ROWS, MilvusError, Scope};

/// Hands the rows that fulfil an expression to `take`, page by page, until it wants no more.
pub(super) fn pages(
    client: &Client,
    scope: Scope<'_>,
    expression: &str,
    output: &[&str],
    consistency: Consistency,
    mut take: impl FnMut(Columns, usize) -> Result<ControlFlow<()>, MilvusError>,
) -> Result<(), MilvusError> {
    let mut last = -1;
    loop {
        let expression = all_of(&[expression, &format!("{} > {last}", field::ID)]);
        let asked = Asked { scope, expression: &expression, output, limit: MAX_ROWS, consistency };
        let columns = client.query_page(asked)?;
        let rows = row::count(&columns);
        let Some(highest) = columns.greatest(field::ID) else { return Ok(()) };
        last = highest;
        if take(columns, rows)?.is_break() {
            return Ok(());
        }
    }
}
