//! Patterns of paths: `path:2024/**/*.jpg`.

use std::fmt;
use std::path::Path;

use ignore::overrides::{Override, OverrideBuilder};

use super::error::Problem;
use super::value::{Value, ValueError};

/// A pattern of paths, by the rules of .gitignore: one without a slash fits the name of a file in any folder, one with a
/// slash the path relative to the collection's root. `*` and `?` stay within a name, `**` crosses folders; `[ab]` and
/// `{jpg,png}` are choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    pub(super) fn read(text: &str) -> Value<Self> {
        if text.is_empty() {
            return Err(ValueError::Partial);
        }
        let glob = Self(text.to_owned());
        match glob.build() {
            Ok(_) => Ok(glob),
            Err(ignore::Error::Glob { err, .. }) => Err(because(text, err)),
            Err(error) => Err(because(text, error.to_string())),
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes what matches paths.
    pub fn matcher(&self) -> GlobMatcher {
        // A pattern is compiled before it becomes a Glob, so this does not fail; a failure would match nothing.
        GlobMatcher(self.build().unwrap_or_else(|_| Override::empty()))
    }

    fn build(&self) -> Result<Override, ignore::Error> {
        // These have a meaning at the beginning of a line of .gitignore, and none here.
        let escaped = if self.0.starts_with(['!', '#']) { format!("\\{}", self.0) } else { self.0.clone() };
        OverrideBuilder::new("").add(&escaped)?.build()
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Tells which paths fit a [`Glob`].
#[derive(Debug, Clone)]
pub struct GlobMatcher(Override);

impl GlobMatcher {
    /// Whether the path of a file, relative to the collection's root, fits.
    pub fn matches(&self, path: &Path) -> bool {
        self.0.matched(path, false).is_whitelist()
    }
}

fn because(glob: &str, reason: String) -> ValueError {
    ValueError::Because(Problem::BadGlob { glob: glob.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        Glob::read(glob).unwrap().matcher().matches(Path::new(path))
    }

    #[test]
    fn patterns_with_a_slash_begin_at_the_root() {
        assert!(matches("*.jpg", "a.jpg") && matches("*.jpg", "2024/a.jpg"));
        assert!(matches("2024/*.jpg", "2024/a.jpg"));
        assert!(!matches("2024/*.jpg", "old/2024/a.jpg") && !matches("2024/*.jpg", "2024/may/a.jpg"));
        assert!(matches("2024/**", "2024/may/a.jpg") && matches("**/may/*", "2024/may/a.jpg"));
        assert!(matches("/a.jpg", "a.jpg") && !matches("/a.jpg", "b/a.jpg"));
        assert!(!matches("*.jpg", "a.JPG") && !matches("a.jpg", "ba.jpg"));
    }

    #[test]
    fn braces_and_brackets_are_choices_and_signs_are_text() {
        assert!(matches("*.{jpg,png}", "x/a.png") && !matches("*.{jpg,png}", "a.gif"));
        assert!(matches("IMG_[0-3]*.jpg", "IMG_2.jpg") && !matches("IMG_[0-3]*.jpg", "IMG_4.jpg"));
        assert!(matches("!a.jpg", "!a.jpg") && matches("#a.jpg", "#a.jpg"));
    }

    #[test]
    fn what_does_not_compile_is_told() {
        for wrong in ["a[", "a{b", "[z-a]", "**{a,{b}"] {
            let error = Glob::read(wrong).unwrap_err();
            assert!(matches!(error, ValueError::Because(Problem::BadGlob { .. })), "{wrong}: {error:?}");
        }
    }
}
