//! Extensions of files: `ext:jpg,png`.

use std::fmt;

use super::value::{Value, ValueError};

/// Extensions that are the same as another.
const SAME: &[(&str, &str)] = &[("jpeg", "jpg"), ("tiff", "tif")];

/// A set of extensions of file names, at least one, in lower case and without a dot. `jpeg` stands as `jpg`, and `tiff` as
/// `tif`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extensions(Vec<String>);

impl Extensions {
    pub(super) fn read(text: &str) -> Value<Self> {
        let mut extensions: Vec<String> = Vec::new();
        let mut names = text.split(',').peekable();
        while let Some(name) = names.next() {
            let name = normalized(name.strip_prefix('.').unwrap_or(name));
            if name.is_empty() {
                // A comma at the end waits for the next one.
                return Err(if names.peek().is_none() { ValueError::Partial } else { ValueError::Wrong });
            }
            if !name.chars().all(char::is_alphanumeric) {
                return Err(ValueError::Wrong);
            }
            if !extensions.contains(&name) {
                extensions.push(name);
            }
        }
        Ok(Self(extensions))
    }

    /// Whether a file with this extension, without a dot and in any case, belongs to the set.
    pub fn contains(&self, extension: &str) -> bool {
        self.0.contains(&normalized(extension))
    }

    /// All extensions of files in the set, in lower case, `jpg` as `jpg` and `jpeg`.
    pub fn spellings(&self) -> Vec<String> {
        let others = SAME.iter().filter(|(_, one)| self.0.iter().any(|name| name == one));
        self.0.iter().cloned().chain(others.map(|(other, _)| (*other).to_owned())).collect()
    }
}

impl fmt::Display for Extensions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(","))
    }
}

/// An extension in lower case, with one spelling for those that have several.
fn normalized(extension: &str) -> String {
    let lower = extension.to_lowercase();
    SAME.iter().find(|(other, _)| *other == lower).map_or(lower, |(_, one)| (*one).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jpg_is_jpeg() {
        let extensions = Extensions::read("JPEG,.png,jpg").unwrap();
        assert_eq!(extensions.to_string(), "jpg,png");
        assert!(["jpg", "JPEG", "Png"].iter().all(|name| extensions.contains(name)));
        assert!(!extensions.contains("gif"));
        assert_eq!(extensions.spellings(), ["jpg", "png", "jpeg"]);
        assert_eq!(Extensions::read("jpg,"), Err(ValueError::Partial));
        for wrong in ["jpg,,png", "a/b", "*.jpg", ",jpg"] {
            assert_eq!(Extensions::read(wrong), Err(ValueError::Wrong), "{wrong}");
        }
    }
}
