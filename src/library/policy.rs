//! Whether a collection is to have graphs, as it was told.

use anyhow::Result;

use crate::catalog::Catalog;

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
