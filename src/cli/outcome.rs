//! How a command ends.

use std::process::ExitCode;

/// How a command ended when nothing went wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// It did what it was asked for: exit code 0.
    Done,
    /// Nothing was found, or the browser was left without choosing: exit code 1.
    Nothing,
    /// A part of it ended with an exit code of its own.
    Code(ExitCode),
}

/// A mistake in how the command was called that only shows later than parsing: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);
