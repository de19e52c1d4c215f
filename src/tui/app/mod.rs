//! The state machine of the browser: an [`event::Event`] changes the [`state::State`] and may ask for
//! [`effect::Effect`]s. There is no I/O here, no clock and no drawing.

pub mod actions;
pub mod command;
pub mod effect;
pub mod event;
pub mod exit;
pub mod history;
pub mod indexing;
pub mod keymap;
pub mod menu;
pub mod message;
pub mod mouse;
pub mod overlay;
pub mod overlay_keys;
pub mod pictures;
pub mod preview;
pub mod query_line;
pub mod questions;
pub mod results;
pub mod selection;
pub mod state;
pub mod update;
