//! Where a collection ends: a path of a catalogue is believed only if it stays in the folder.
//!
//! A catalogue may be a stranger's. The shape of a path is checked whenever one is read
//! ([`is_relative`]); what is opened, moved or handed on is also resolved ([`Boundary::resolve`]).

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::paths::{self, is_relative};

/// Why a path of a catalogue is not followed.
#[derive(Debug, thiserror::Error)]
pub enum OutsideRoot {
    /// The path is absolute, empty, or has a `..` in it.
    #[error("its path is none within the folder")]
    NotRelative,
    /// A link on the way leads out of the folder, and links are not followed.
    #[error("a link leads to it out of the folder, and links are not followed (-L)")]
    Link,
    /// The file or a folder on the way can't be looked at.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The absolute path of what lies at `relative` in `root`, its folder resolved.
///
/// # Errors
/// When it does not lie in the canonical `root`; with `follow_links`, links may lead anywhere.
pub fn inside_root(root: &Path, relative: &Path, follow_links: bool) -> Result<PathBuf, OutsideRoot> {
    if !is_relative(&paths::to_bytes(relative)) {
        return Err(OutsideRoot::NotRelative);
    }
    let path = root.join(relative);
    if follow_links {
        return Ok(path);
    }
    let canonical_root = paths::canonicalize(root)?;
    if !paths::canonicalize(&path)?.starts_with(&canonical_root) {
        return Err(OutsideRoot::Link);
    }
    // The name itself stays: a link in the trash is the link, not what it leads to.
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok(paths::canonicalize(folder)?.join(name)),
        _ => Err(OutsideRoot::NotRelative),
    }
}

/// The folder of a collection, and whether links may lead out of it.
#[derive(Debug, Clone)]
pub struct Boundary {
    root: PathBuf,
    follow_links: bool,
}

impl Boundary {
    /// The boundary of `root`; with `follow_links`, links may lead out of it.
    pub fn new(root: &Path, follow_links: bool) -> Self {
        Self { root: root.to_owned(), follow_links }
    }

    /// The path to open, move or hand on for a picture whose absolute path begins with the root.
    ///
    /// # Errors
    /// As [`inside_root`].
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, OutsideRoot> {
        let relative = path.strip_prefix(&self.root).map_err(|_| OutsideRoot::NotRelative)?;
        inside_root(&self.root, relative, self.follow_links)
    }

    /// What tells which paths may be printed.
    pub fn printable(&self) -> Printable<'_> {
        Printable { boundary: self, root: paths::canonicalize(&self.root).ok(), folders: HashMap::new() }
    }
}

/// Tells which relative paths may be printed. Files that are gone may: there is nothing behind their names. Every
/// folder is looked at once, every file for whether it is a link.
#[derive(Debug)]
pub struct Printable<'a> {
    boundary: &'a Boundary,
    /// Canonical; none while it is not there.
    root: Option<PathBuf>,
    /// Whether a folder, relative, lies in the root.
    folders: HashMap<PathBuf, bool>,
}

impl Printable<'_> {
    /// As [`Self::allows`], for an absolute path, which has to begin with the root.
    pub fn allows_absolute(&mut self, path: &Path) -> bool {
        path.strip_prefix(&self.boundary.root).is_ok_and(|relative| self.allows(relative))
    }

    /// Whether a path, relative to the root, may be printed.
    pub fn allows(&mut self, relative: &Path) -> bool {
        if !is_relative(&paths::to_bytes(relative)) {
            return false;
        }
        let Some(root) = self.root.as_deref().filter(|_| !self.boundary.follow_links) else { return true };
        let path = self.boundary.root.join(relative);
        let folder = relative.parent().unwrap_or(Path::new(""));
        let is_inside = match self.folders.get(folder) {
            Some(known) => *known,
            None => {
                let is_inside = leads_into(&self.boundary.root.join(folder), root);
                self.folders.insert(folder.to_owned(), is_inside);
                is_inside
            }
        };
        let is_link = || path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        is_inside && (!is_link() || leads_into(&path, root))
    }
}

/// Whether the part of `path` that is there lies in `root`.
fn leads_into(path: &Path, root: &Path) -> bool {
    let there = path.ancestors().find_map(|path| paths::canonicalize(path).ok());
    there.is_none_or(|there| there.starts_with(root))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn links_that_leave_the_folder_are_not_followed_unless_asked() {
        use std::os::unix::fs::symlink;
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(root.join("sub/a.png"), "").unwrap();
        fs::write(elsewhere.path().join("b.png"), "").unwrap();
        symlink(elsewhere.path(), root.join("out")).unwrap();
        symlink(elsewhere.path().join("b.png"), root.join("b.png")).unwrap();
        symlink(root.join("sub"), root.join("within")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        symlink("..", root.join("up")).unwrap();

        let strict = Boundary::new(&root, false);
        assert_eq!(strict.resolve(&root.join("sub/a.png")).unwrap(), root.join("sub/a.png"));
        assert_eq!(strict.resolve(&root.join("within/a.png")).unwrap(), root.join("sub/a.png"));
        for outside in ["out/b.png", "b.png", "out", "up"] {
            assert!(matches!(strict.resolve(&root.join(outside)), Err(OutsideRoot::Link)), "{outside}");
        }
        for none in [root.join("sub/../sub/a.png"), elsewhere.path().join("b.png"), root.clone()] {
            assert!(matches!(strict.resolve(&none), Err(OutsideRoot::NotRelative)), "{none:?}");
        }
        assert!(matches!(strict.resolve(&root.join("gone")), Err(OutsideRoot::Io(_))));

        let mut printable = strict.printable();
        let mut allows = |path: &str| printable.allows(Path::new(path));
        for path in ["sub/a.png", "within/a.png", "gone/b.png", "broken", "sub/gone.png"] {
            assert!(allows(path), "{path}");
        }
        for path in ["out/b.png", "out/gone/b.png", "b.png", "up", "up/gone.png", "../b.png", "/etc/passwd"] {
            assert!(!allows(path), "{path}");
        }

        let lenient = Boundary::new(&root, true);
        assert_eq!(lenient.resolve(&root.join("out/b.png")).unwrap(), root.join("out/b.png"));
        assert!(lenient.resolve(&root.join("out/../../x")).is_err());
        assert!(lenient.printable().allows(Path::new("out/b.png")));
        assert!(!lenient.printable().allows(Path::new("../b.png")));
    }
}
