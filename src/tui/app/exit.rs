//! How the browser was left.

use std::path::PathBuf;

/// How the browser was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The user chose pictures: the absolute paths of the marked ones in the order they were marked, or of the selected
    /// one.
    Chosen(Vec<PathBuf>),
    /// The user left without a choice.
    Left,
    /// The operating system asked pixseek to end. The terminal is given back; the exit code is 128 plus the number of
    /// the signal.
    Killed {
        /// The number of the signal.
        signal: u8,
    },
}
