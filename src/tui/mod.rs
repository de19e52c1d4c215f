//! The terminal browser: a pure state machine with workers around it.
//!
//! `run` (the only file that knows tokio) reads [`event::Event`]s from the terminal and the workers,
//! hands each to the pure [`update::update`], carries out the [`effect::Effect`]s it returns, and has
//! `view` draw the [`state::State`]. Keys get their meaning from the table in `keymap`.
//!
//! ```text
//! key -> update -> Effect::Embed -> text worker -> Event::Embedded -> update -> Effect::Search
//!     -> search worker -> Event::Answered -> update -> draw
//! selection -> Effect::Preview -> preview workers -> Event::Preview -> update -> draw
//! ```
//!
//! Every question carries a generation; answers to older ones are dropped in `update`.

mod clipboard;
mod command;
mod depth;
pub mod display;
pub mod effect;
pub mod event;
mod facts;
pub mod graphics;
pub mod history;
mod index_worker;
pub mod keymap;
mod mailbox;
mod preview;
pub mod query_line;
mod run;
mod search_worker;
pub mod state;
mod terminal;
pub mod theme;
mod trash;
pub mod update;
pub mod view;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

pub use command::Command;
pub use graphics::GraphicsProtocol;
pub use keymap::{Action, Key};
pub use run::{Rehearsal, rehearse, run};
pub use theme::ThemeSettings;

use crate::clip::Checkpoint;
use crate::library::{Boundary, Collection, IndexOptions};

/// What to browse, and how.
#[derive(Debug, Clone)]
pub struct BrowseOptions {
    pub collection: Collection,
    pub checkpoint: Checkpoint,
    /// Keeps the index up to date in the background; none: what is indexed is browsed as it is.
    pub index: Option<IndexOptions>,
    /// Looks for changes this often; none: the system tells of them.
    pub poll: Option<Duration>,
    /// What is searched for at the start; empty: the newest pictures.
    pub query: String,
    /// What is told at the start, if anything.
    pub notice: Option<String>,
    /// How many results are held.
    pub top: usize,
    /// Whether several pictures can be marked.
    pub multi: bool,
    pub protocol: GraphicsProtocol,
    pub look: Look,
}

impl BrowseOptions {
    /// Which of the paths in the catalogue are believed.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn boundary(&self) -> anyhow::Result<Boundary> {
        match self.index.as_ref().and_then(|index| index.walk.as_ref()) {
            Some(walk) => Ok(Boundary::new(&self.collection.root, walk.follow)),
            None => self.collection.boundary(&self.collection.catalog()?),
        }
    }
}

/// What the settings change about the browser.
#[derive(Debug, Clone, Default)]
pub struct Look {
    pub keys: HashMap<Key, Action>,
    pub theme: ThemeSettings,
    pub commands: Vec<Command>,
}

/// How the browser was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Absolute paths of the marked pictures in the order they were marked, or of the selected one.
    Chosen(Vec<PathBuf>),
    /// Without a choice.
    Left,
    /// The operating system asked pixseek to end. The terminal is given back; the exit code is 128 and
    /// the signal's number.
    Killed {
        /// The signal's number.
        signal: u8,
    },
}
