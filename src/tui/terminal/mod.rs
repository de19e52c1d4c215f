//! The terminal: entering and leaving it, what it can show, its clipboard, and programs that borrow it.

pub mod clipboard;
pub mod colours;
mod output;
mod ownership;
pub mod probe;
pub mod reader;
pub mod screen;
pub mod shell;
mod typed_keys;
