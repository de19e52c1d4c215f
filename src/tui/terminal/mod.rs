//! The terminal: entering and leaving it, what it can show, its clipboard, and programs that borrow it.

pub(super) mod capabilities;
pub(super) mod clipboard;
pub(super) mod environment;
pub(super) mod late_answers;
pub(super) mod output;
pub(super) mod ownership;
pub(super) mod probe;
pub(super) mod reader;
pub(super) mod region;
mod replies;
pub(super) mod screen;
pub(super) mod shell;
pub(super) mod tmux;
mod typed_keys;
pub(super) mod usable;
mod usable_size;
