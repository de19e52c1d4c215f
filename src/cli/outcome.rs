//! How a command ends.

use std::process::ExitCode;

/// How a command ended when nothing went wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// It did what it was asked for: exit code 0.
    Done,
    /// Nothing was found: exit code 1.
    Nothing,
    /// The browser was left without choosing: exit code 130, as of fzf.
    Left,
    /// A part of it ended with an exit code of its own.
    Code(ExitCode),
}

/// A mistake in how the command was called that only shows later than parsing: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);
