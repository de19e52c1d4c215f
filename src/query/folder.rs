//! A folder of the collection: `in:2024/summer`.

use std::fmt;

use super::value::{Value, ValueError};

/// A folder relative to the collection's root: names joined by `/`, empty for the root itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(String);

impl Folder {
    pub(super) fn read(text: &str) -> Value<Self> {
        if text.is_empty() {
            return Err(ValueError::Partial);
        }
        if text.starts_with('/') {
            return Err(ValueError::Wrong);
        }
        let names: Vec<&str> = text.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        if names.contains(&"..") { Err(ValueError::Wrong) } else { Ok(Self(names.join("/"))) }
    }

    /// The path relative to the root, without a slash at its end; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path relative to the root lies in the folder or below.
    pub fn contains(&self, path: &[u8]) -> bool {
        let rest = path.strip_prefix(self.0.as_bytes());
        self.0.is_empty() || rest.is_some_and(|rest| rest.first() == Some(&b'/'))
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_relative_to_the_root() {
        let folder = Folder::read("./2024//summer/").unwrap();
        assert_eq!(folder.as_str(), "2024/summer");
        assert!(folder.contains(b"2024/summer/a.jpg") && folder.contains(b"2024/summer/b/a.jpg"));
        assert!(!folder.contains(b"2024/summertime/a.jpg") && !folder.contains(b"2024/summer"));
        let root = Folder::read(".").unwrap();
        assert!(root.contains(b"a.jpg") && root.to_string() == ".");
        for wrong in ["/home/x", "..", "a/../b"] {
            assert_eq!(Folder::read(wrong), Err(ValueError::Wrong), "{wrong}");
        }
    }
}
