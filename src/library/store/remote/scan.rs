//! Going through a folder's rows.

use std::ops::ControlFlow;

use super::Remote;
use super::pages::pages;
use super::row::{FoundRow, OUTPUT, OUTPUT_OF_LIST, found_rows};
use crate::library::error::LibraryError;

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
