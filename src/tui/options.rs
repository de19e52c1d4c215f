//! What to browse, and how.

use std::collections::HashMap;
use std::time::Duration;

use super::app::command::Command;
use super::app::keymap::{Action, Key};
use super::terminal::probe::GraphicsProtocol;
use super::view::theme::ThemeSettings;
use crate::clip::Checkpoint;
use crate::library::{Boundary, Collection, IndexOptions};

/// What to browse, and how.
#[derive(Debug, Clone)]
pub(crate) struct BrowseOptions {
    /// The folder to browse.
    pub collection: Collection,
    /// The model that understands queries and pictures.
    pub checkpoint: Checkpoint,
    /// How the index is kept up to date in the background; `None` to browse what is indexed as it is.
    pub index: Option<IndexOptions>,
    /// How often to look for changes; `None` to be told of them by the system.
    pub poll: Option<Duration>,
    /// The query to start with; with an empty one, the newest pictures are shown.
    pub query: String,
    /// A notice to show at the start.
    pub notice: Option<String>,
    /// The number of results at most.
    pub top: usize,
    /// Whether several pictures can be marked.
    pub multi: bool,
    /// How pictures are drawn.
    pub protocol: GraphicsProtocol,
    /// What the settings change about the browser.
    pub appearance: Appearance,
}

impl BrowseOptions {
    /// Which of the paths in the catalogue are trusted.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(crate) fn boundary(&self) -> anyhow::Result<Boundary> {
        match self.index.as_ref().and_then(|index| index.walk.as_ref()) {
            Some(walk) => Ok(Boundary::new(&self.collection.root, walk.follow)),
            None => Ok(self.collection.boundary(&self.collection.catalog()?)?),
        }
    }
}

/// What the settings change about the browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Appearance {
    /// Keys with other actions than their default ones.
    pub keys: HashMap<Key, Action>,
    /// The styles.
    pub theme: ThemeSettings,
    /// The user's own commands.
    pub commands: Vec<Command>,
}
