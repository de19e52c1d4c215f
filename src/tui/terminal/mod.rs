//! The terminal: entering and leaving it, what it can show, its clipboard, and programs that borrow it.

pub(super) mod clipboard;
pub(super) mod colour_support;
pub(super) mod output;
pub(super) mod ownership;
pub(super) mod probe;
pub(super) mod reader;
pub(super) mod region;
pub(super) mod screen;
pub(super) mod shell;
mod typed_keys;
