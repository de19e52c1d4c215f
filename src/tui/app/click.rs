//! A click that may be the first of two.

use std::time::Instant;

/// A click on a result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Click {
    /// When the button was pressed.
    pub(super) at: Instant,
    /// The index of the result.
    pub(super) result: usize,
}
