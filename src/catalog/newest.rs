//! The pictures in the order of the times when they were taken, without reading all of them.

use super::database::Catalog;
use super::error::CatalogError;

impl Catalog {
    /// The number of pictures whose facts are known, those that are gone but not forgotten included.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn facts_count(&self) -> Result<usize, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached("SELECT count(*) FROM facts")?;
            let count: i64 = statement.query_row([], |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or(0))
        })
    }

    /// Hands pictures whose facts are known to `take`, the newest first, until that returns false: the picture's number, and
    /// when it was taken, or its file modified, as [`super::FilterFacts::taken`] has it.
    ///
    /// # Errors
    /// When the catalogue can't be read; some pictures may have been handed over by then.
    pub fn newest(&self, mut take: impl FnMut(i64, (i64, u32)) -> bool) -> Result<(), CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT picture, taken, taken_ns FROM facts ORDER BY taken DESC, taken_ns DESC",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if !take(row.get(0)?, (row.get(1)?, row.get(2)?)) {
                    break;
                }
            }
            Ok(())
        })
    }
}
