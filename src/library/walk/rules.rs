//! Which files and folders are left out, and for which reason.

use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{IncrementalIgnore, WalkBuilder};

use super::path_parts::{below, name};
use crate::catalog::WalkOptions;

/// Why a file or folder is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// One of the user's globs matches it.
    Excluded,
    /// An ignore file leaves it out.
    Ignored,
    /// It is hidden.
    Hidden,
}

/// The rules of one walk. Unwanted folders are a matter of their own: they are told by name alone.
pub(super) struct Rules {
    folder: PathBuf,
    hidden: bool,
    excluded: Override,
    ignore_files: Option<IncrementalIgnore>,
}

impl Rules {
    /// The rules for `folder`, which lies in (or is) `root`. Globs that are none, which only a damaged or foreign
    /// catalogue has, are left with a warning.
    pub(super) fn new(root: &Path, folder: &Path, options: &WalkOptions) -> Self {
        let mut excluded = OverrideBuilder::new(root);
        for glob in &options.exclude {
            if let Err(error) = excluded.add(&exclusion(glob)) {
                tracing::warn!("the remembered glob {glob:?} excludes nothing: {error}");
            }
        }
        let excluded = excluded.build().unwrap_or_else(|error| {
            tracing::warn!("the remembered globs exclude nothing: {error}");
            Override::empty()
        });
        let ignore_files = (!options.no_ignore).then(|| {
            // That a file is hidden is looked at here: the matchers don't tell the two reasons apart.
            WalkBuilder::new(folder).hidden(false).build_matchers().pop()
        });
        Self {
            folder: folder.to_owned(),
            hidden: options.hidden,
            excluded,
            ignore_files: ignore_files.flatten(),
        }
    }

    /// The rules for one thread. It reads the ignore files that it needs by itself.
    pub(super) fn checker(&self) -> Checker<'_> {
        Checker { rules: self, ignore_files: self.ignore_files.clone() }
    }
}

/// Applies the rules, and keeps the ignore files that it has read.
pub(super) struct Checker<'a> {
    rules: &'a Rules,
    ignore_files: Option<IncrementalIgnore>,
}

impl Checker<'_> {
    /// Why the file or folder at `path`, below the folder of the walk, is left out, if it is. The folders above it are
    /// not.
    pub(super) fn reason(&mut self, path: &Path, is_folder: bool) -> Option<Reason> {
        let rules = self.rules;
        if !rules.excluded.is_empty() && rules.excluded.matched(path, is_folder).is_ignore() {
            return Some(Reason::Excluded);
        }
        let mut is_wanted = false;
        if let Some(ignore_files) = &mut self.ignore_files
            && let Some(relative) = below(path, &rules.folder)
        {
            let matched = ignore_files.matched(relative, is_folder);
            if matched.is_ignore() {
                return Some(Reason::Ignored);
            }
            is_wanted = matched.is_whitelist();
        }
        (!rules.hidden && !is_wanted && is_hidden(path)).then_some(Reason::Hidden)
    }
}

/// Whether the name says that a file or folder is hidden; on Windows, whether its attributes do.
fn is_hidden(path: &Path) -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt;
        const FILE_ATTRIBUTE_HIDDEN: u32 = 2;
        let hidden = |metadata: std::fs::Metadata| metadata.file_attributes() & FILE_ATTRIBUTE_HIDDEN != 0;
        if path.symlink_metadata().is_ok_and(hidden) {
            return true;
        }
    }
    name(path).starts_with(b".")
}

/// A glob of what to exclude as the matcher takes it: there, a glob alone is one of what to include.
fn exclusion(glob: &str) -> String {
    format!("!{glob}")
}

/// Checks a glob of what to exclude.
///
/// # Errors
/// What is wrong with it.
pub fn check_exclude(glob: &str) -> Result<(), String> {
    if glob.is_empty() {
        return Err("an empty glob excludes nothing".to_owned());
    }
    match OverrideBuilder::new("").add(&exclusion(glob)) {
        Ok(_) => Ok(()),
        Err(ignore::Error::Glob { err, .. }) => Err(err),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_exclude_names_anywhere_and_paths_from_the_root() {
        let root = Path::new("/r");
        let reason = |globs: &[&str], path: &str, is_folder| {
            let exclude = globs.iter().map(|&glob| glob.to_owned()).collect();
            let options = WalkOptions { exclude, no_ignore: true, ..WalkOptions::default() };
            Rules::new(root, &root.join("sub"), &options).checker().reason(&root.join(path), is_folder)
        };
        assert_eq!(reason(&["*.gif"], "sub/a/b.gif", false), Some(Reason::Excluded));
        assert_eq!(reason(&["*.gif"], "sub/a/b.png", false), None);
        assert_eq!(reason(&["a"], "sub/a", true), Some(Reason::Excluded));
        assert_eq!(reason(&["/a"], "sub/a", true), None, "with a slash, a path relative to the root");
        assert_eq!(reason(&["/sub/a"], "sub/a", true), Some(Reason::Excluded));
        assert_eq!(reason(&["a/"], "sub/a", false), None, "a slash at the end: folders only");
        assert_eq!(reason(&["sub/**/c"], "sub/a/b/c", false), Some(Reason::Excluded));
        assert_eq!(reason(&["x", "b.*"], "sub/b.png", false), Some(Reason::Excluded));
        assert_eq!(
            reason(&["[", "b.*"], "sub/b.png", false),
            Some(Reason::Excluded),
            "the others still count"
        );
    }

    #[test]
    fn wrong_globs_are_told() {
        for glob in ["", "[", "a{b"] {
            assert!(check_exclude(glob).is_err(), "{glob}");
        }
        assert_eq!(check_exclude("*.{gif,png}"), Ok(()));
    }
}
