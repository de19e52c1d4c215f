//! Reads a query, with the saved search that it names put into it.

use anyhow::Result;

use super::context::Context;
use super::outcome::Usage;
use crate::query::{self, Options, Parsed};

impl Context {
    /// Reads a query of the query language, with the saved search that it names put into it.
    ///
    /// # Errors
    /// [`Usage`] with the column, when the query is wrong.
    pub(super) fn read_query(&self, text: &str) -> Result<Parsed> {
        let parsed =
            query::read(text, Options::default()).map_err(|error| Usage(format!("query, {error}")))?;
        let at = parsed.saved.as_ref().map_or(0, |span| span.start);
        let expanded = self.config.searches.expand(parsed);
        Ok(expanded.map_err(|error| Usage(format!("query, column {}: {error}", query::column(text, at))))?)
    }
}
