//! The terminal browser: a pure state machine with workers around it.
//!
//! `run` reads [`app::event::Event`]s from the terminal and the workers, hands each to the pure [`app::update::update`],
//! carries out the [`app::effect::Effect`]s that it returns, and has `view` draw the [`app::state::State`].
//!
//! ```text
//! key -> update -> Effect::Embed -> text worker -> Event::Embedded -> update -> Effect::Search
//!     -> search worker -> Event::Answered -> update -> draw
//! selection -> Effect::Preview -> preview worker -> Event::Preview -> update -> draw
//! ```
//!
//! Where the model has to be downloaded first, the names of the pictures are listed meanwhile, and queries wait:
//!
//! ```text
//! start -> Effect::List     -> listing         -> Event::Listed
//!       -> Effect::Download -> download worker -> Event::Download ... Event::ModelReady -> Effect::UseModel
//! ```
//!
//! Every question, and every attempt to download, has a generation. Answers to older ones are dropped in `update`.

#![warn(missing_docs, unreachable_pub)]

mod app;
mod details;
mod display;
mod graphics;
mod history_file;
mod layout;
mod options;
mod run;
mod search_store;
mod sheet;
mod strip;
mod terminal;
mod view;
mod view_file;
mod workers;

pub(crate) use app::command::Command;
pub(crate) use app::exit::Exit;
pub(crate) use app::keymap::{Action, Key};
pub(crate) use graphics::GraphicsProtocol;
pub(crate) use options::{
    Appearance, BrowseOptions, MissingModel, ModelProvider, ModelSource, ReadyModel, Searchable, TextsWanted,
};
pub(crate) use run::{Ended, PictureScript, ScriptFigures, run, run_picture_script, run_script};
pub(crate) use search_store::{SavedSearches, SearchStore};
pub(crate) use strip::print_strip;
pub(crate) use terminal::capabilities::TerminalFacts;
pub(crate) use terminal::clipboard::ways as clipboard_ways;
pub(crate) use terminal::environment::Environment;
pub(crate) use terminal::probe::probe as probe_terminal;
pub(crate) use terminal::region::Height;
pub(crate) use terminal::usable::{TerminalError, check as check_terminal};
pub(crate) use view::theme::ThemeSettings;
pub(crate) use view_file::ViewSettings;
