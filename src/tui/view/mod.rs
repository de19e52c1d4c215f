//! The drawing of the state, which it does not change. [`super::layout`] says where each pane is; each file here draws one.

mod download;
mod draw;
mod help;
mod hints;
mod list;
mod menu;
mod parts;
mod placeholder;
mod placement;
mod popup;
mod preview;
mod query;
mod saved;
mod sheet;
mod status;
pub(super) mod theme;
mod trash;

pub(super) use draw::draw;
