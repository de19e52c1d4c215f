//! Going through rows page by page, in the order of their keys.

use std::ops::ControlFlow;

use super::Remote;
use super::expression::all_of;
use super::row::{self, FoundRow, OUTPUT, OUTPUT_OF_LIST, found_rows};
use super::schema::field;
use crate::library::error::LibraryError;
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

impl Remote {
    /// Hands the rows that fulfil an expression to `take`, page by page, without vectors; without `facts`, only what a list needs.
    pub(super) fn scan_rows(
        &self,
        expression: &str,
        facts: bool,
        mut take: impl FnMut(Vec<FoundRow>) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        let mut failed = None;
        let scanned = pages(
            &self.client,
            self.scope(),
            expression,
            if facts { OUTPUT } else { OUTPUT_OF_LIST },
            self.consistency,
            |mut columns, rows| {
                let rows = found_rows(&mut columns, rows, None)?;
                Ok(match take(rows) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                })
            },
        );
        scanned.map_err(|error| self.error(error))?;
        failed.map_or(Ok(()), Err)
    }
}
