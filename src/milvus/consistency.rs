//! Which rows a question sees.

/// Which rows a question must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    /// All that were entered before the question.
    Strong,
    /// All that were entered until some seconds before the question (`common.gracefulTime`, 5 s).
    Bounded,
}

impl Consistency {
    /// The number that Milvus has for it.
    pub(super) fn number(self) -> i32 {
        match self {
            Self::Strong => 0,
            Self::Bounded => 2,
        }
    }
}
