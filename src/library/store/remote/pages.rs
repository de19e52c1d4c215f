//! Reading rows page by page, in the order of their keys.

use std::collections::HashMap;
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

/// The whole numbers that rows have in a field, by their keys, as all that was entered before has them.
pub(super) fn longs_by_key(
    client: &Client,
    scope: Scope<'_>,
    expression: &str,
    name: &str,
) -> Result<HashMap<i64, i64>, MilvusError> {
    let mut found = HashMap::new();
    pages(client, scope, expression, &[field::ID, name], Consistency::Strong, |mut columns, rows| {
        let keys = columns.longs(field::ID, rows)?;
        found.extend(keys.into_iter().zip(columns.longs(name, rows)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}
