//! The answer to whether a change of the rules concerns a file.

/// Whether a change concerns a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applies {
    Yes,
    No,
    /// What tells lies further on in the file.
    FurtherOn,
}

impl From<bool> for Applies {
    fn from(applies: bool) -> Self {
        if applies { Self::Yes } else { Self::No }
    }
}
