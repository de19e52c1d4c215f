//! A list of paths that results are limited to.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use crate::base::paths;

/// Pictures of a collection, by the bytes of their paths relative to its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathSet {
    paths: HashSet<Vec<u8>>,
    /// Number of paths that lead out of the collection.
    outside: usize,
}

impl PathSet {
    /// The paths of a list that lie in the collection of `root`, a canonical folder. Relative paths are relative to
    /// `current`. A file need not exist; where a folder of its path is a link, what the link leads to counts too.
    pub fn new(root: &Path, current: &Path, list: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut set = Self::default();
        let mut folders = CanonicalFolders::default();
        for written in list {
            let path = normalized(&current.join(written));
            let relative = path.strip_prefix(root).map(Path::to_owned).ok();
            let relative =
                relative.or_else(|| folders.resolve(&path)?.strip_prefix(root).map(Path::to_owned).ok());
            match relative.filter(|path| !path.as_os_str().is_empty()) {
                Some(relative) => _ = set.paths.insert(paths::to_bytes(&relative)),
                None => set.outside += 1,
            }
        }
        set
    }

    /// Whether a picture with this relative path is in the list.
    pub fn contains(&self, path: &[u8]) -> bool {
        self.paths.contains(path)
    }

    /// The paths.
    #[cfg(feature = "milvus")]
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.paths.iter().map(Vec::as_slice)
    }

    /// The number of different paths in the collection.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether no path lies in the collection.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The number of paths that lead out of the collection.
    pub fn outside(&self) -> usize {
        self.outside
    }
}

/// The folder that was last made canonical: neighbours in a list are mostly in the same one.
#[derive(Default)]
struct CanonicalFolders(Option<(PathBuf, Option<PathBuf>)>);

impl CanonicalFolders {
    /// The path with its folder made canonical, if there is such a folder.
    fn resolve(&mut self, path: &Path) -> Option<PathBuf> {
        let (folder, name) = (path.parent()?, path.file_name()?);
        if self.0.as_ref().is_none_or(|(known, _)| known != folder) {
            self.0 = Some((folder.to_owned(), paths::canonicalize(folder).ok()));
        }
        let (_, canonical) = self.0.as_ref()?;
        Some(canonical.as_ref()?.join(name))
    }
}

/// An absolute path without `.` and `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = normal.pop(),
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_current_folder_or_absolute() {
        let list = [
            "a.png",
            "./b/../c.png",
            "/root/d/e.png",
            "../x.png",
            "/elsewhere/f.png",
            "/root/sub/a.png",
            "/root",
        ];
        let set = PathSet::new(Path::new("/root"), Path::new("/root/sub"), list.map(PathBuf::from));
        let inside: [&[u8]; 4] = [b"sub/a.png", b"sub/c.png", b"d/e.png", b"x.png"];
        assert!(inside.iter().all(|path| set.contains(path)));
        assert_eq!((set.len(), set.outside()), (4, 2));
    }

    #[cfg(unix)]
    #[test]
    fn links_to_the_folder_are_followed() {
        use std::fs;
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(base.join("pics")).unwrap();
        std::os::unix::fs::symlink(base.join("pics"), base.join("link")).unwrap();
        let set = PathSet::new(&base.join("pics"), &base, ["link/a.png", "other/a.png"].map(PathBuf::from));
        assert!(set.contains(b"a.png") && set.outside() == 1);
    }
}
