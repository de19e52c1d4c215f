//! Whether a collection is to have graphs, as it was told.

use anyhow::Result;

use crate::catalog::Catalog;
use crate::index::MIN_INDEXED_ROWS;

/// The name of the setting in the catalogue.
const SETTING: &str = "graphs";

/// Whether graphs are built and followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever the number of pictures.
    Always,
    /// Where they save time.
    Auto,
    Never,
}

impl Wanted {
    /// The number of pictures from which a collection gets graphs.
    pub fn min_rows(self) -> usize {
        match self {
            Self::Always => 0,
            Self::Auto => MIN_INDEXED_ROWS,
            Self::Never => usize::MAX,
        }
    }

    /// What was asked for last.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn of(catalog: &Catalog) -> Result<Self> {
        Ok(match catalog.setting(SETTING)?.as_deref() {
            Some("always") => Self::Always,
            Some("never") => Self::Never,
            _ => Self::Auto,
        })
    }

    /// Remembers it.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn remember(self, catalog: &Catalog) -> Result<()> {
        let name = match self {
            Self::Always => "always",
            Self::Auto => "auto",
            Self::Never => "never",
        };
        catalog.set_setting(SETTING, name)
    }
}
