//! Which files of a folder are looked at, as the catalogue remembers it.

use serde::{Deserialize, Serialize};

/// Which files are looked at; the defaults are fd's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WalkOptions {
    /// Also hidden files and folders.
    pub hidden: bool,
    /// Also what .gitignore, .ignore and the like leave out.
    pub no_ignore: bool,
    /// Follow symbolic links.
    pub follow: bool,
    /// Also folders that are left out by default: thumbnails, recycle bins and the like.
    pub no_ignore_defaults: bool,
    /// Globs of files and folders to leave out, as fd's `--exclude`: of a name anywhere, or, with a slash, of a path
    /// relative to the collection's root.
    pub exclude: Vec<String>,
}
