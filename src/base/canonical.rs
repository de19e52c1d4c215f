//! The true names of files and folders: absolute, and without links.

use std::io;
use std::path::{Path, PathBuf};

/// The absolute path of what `path` leads to, without links. On Windows it begins as people, SQLite and other programs
/// write it, `C:\` and not `\\?\C:\`, so that it can be shown, compared and handed on.
///
/// # Errors
/// When there is nothing, or a folder on the way can't be looked into.
pub(crate) fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = std::fs::canonicalize(path)?;
    #[cfg(windows)]
    if let Some(usual) = path.to_str().and_then(without_prefix) {
        return Ok(usual.into());
    }
    Ok(path)
}

/// A path of Windows without the prefix that has it taken to the letter; none if it has no such prefix, or would be another
/// path without it: dots and spaces at the ends of names are dropped then.
#[cfg(any(windows, test))]
fn without_prefix(path: &str) -> Option<String> {
    let rest = path.strip_prefix(r"\\?\")?;
    if rest.split('\\').any(|name| name.ends_with(['.', ' '])) {
        return None;
    }
    match rest.strip_prefix(r"UNC\") {
        Some(share) => Some(format!(r"\\{share}")),
        None => (rest.as_bytes().get(1) == Some(&b':')).then(|| rest.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_windows_lose_the_prefix_unless_it_means_something() {
        for (path, expected) in [
            (r"\\?\C:\", Some(r"C:\")),
            (r"\\?\C:\a b\c.png", Some(r"C:\a b\c.png")),
            (r"\\?\UNC\host\share\a", Some(r"\\host\share\a")),
            (r"\\?\C:\a.\b", None),
            (r"\\?\C:\a ", None),
            (r"\\?\Volume{1}\a", None),
            (r"C:\a", None),
            (r"\\host\share", None),
        ] {
            assert_eq!(without_prefix(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_there_has_no_true_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(canonicalize(folder.path()).unwrap().is_absolute());
        assert_eq!(canonicalize(folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
