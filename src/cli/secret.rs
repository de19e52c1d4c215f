//! A text that is never shown.

use std::fmt;

use serde::Deserialize;

/// A token or password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(String);

impl Secret {
    /// The text itself, for those whom it is meant for.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_texts_do_not_tell() {
        assert_eq!(format!("{:?}", Some(Secret("root:Milvus".into()))), "Some(Secret)");
    }
}
