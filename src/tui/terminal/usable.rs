//! Whether there is a terminal that the browser can draw on.

use std::io;

use super::environment::Environment;
use super::output::Output;

/// Why neither the browser nor pictures can be drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TerminalError {
    /// Neither standard output nor the process has a terminal.
    #[error("there is no terminal to draw on")]
    None(#[source] io::Error),
    /// The terminal has only lines of text.
    #[error("this terminal can't move its cursor (TERM is {})", named(.0))]
    Dumb(String),
}

fn named(term: &str) -> String {
    if term.is_empty() { "not set".to_owned() } else { format!("'{}'", crate::base::escape::text(term)) }
}

/// Checks that there is a terminal to draw on.
///
/// # Errors
/// When there is no terminal, or a dumb one.
pub(crate) fn check() -> Result<(), TerminalError> {
    Output::open().map_err(TerminalError::None)?;
    let environment = Environment::of_process();
    if environment.can_move_its_cursor() { Ok(()) } else { Err(TerminalError::Dumb(environment.term)) }
}
