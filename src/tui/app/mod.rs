//! The state machine of the browser: an [`event::Event`] changes the [`state::State`] and may ask for
//! [`effect::Effect`]s. There is no I/O here, no clock and no drawing.

pub(super) mod actions;
pub(super) mod attempt;
mod cheat_sheet;
mod click;
pub(super) mod command;
mod completion;
pub(super) mod download;
pub(super) mod effect;
pub(super) mod event;
pub(super) mod exit;
pub(super) mod help;
pub(super) mod hints;
pub(super) mod history;
pub(super) mod indexing;
pub(super) mod keymap;
#[cfg(test)]
pub(super) mod keys_in_tests;
mod listing;
pub(super) mod marked_view;
pub(super) mod marking;
pub(super) mod marks;
pub(super) mod menu;
pub(super) mod message;
pub(super) mod mouse;
pub(super) mod names;
pub(super) mod overlay;
pub(super) mod overlay_keys;
pub(super) mod pictures;
mod press;
pub(super) mod preview;
pub(super) mod query_line;
pub(super) mod questions;
pub(super) mod reading;
pub(super) mod results;
pub(super) mod selection;
pub(super) mod state;
pub(super) mod trash_news;
pub(super) mod trashed;
pub(super) mod undo;
pub(super) mod update;
pub(super) mod zoom;
pub(super) mod zoomed;
