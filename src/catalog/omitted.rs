//! What a walk left out, and why, as the catalogue remembers it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of what a walk left out, by reason. Each file counts for one reason only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Omitted {
    /// Picture files that are hidden or lie in hidden folders.
    pub hidden: usize,
    /// Picture files that .gitignore, .ignore and the like leave out.
    pub ignored: usize,
    /// Picture files that the user's globs exclude.
    pub excluded: usize,
    /// Folders that nobody wants to search: thumbnails, recycle bins and the like. The pictures in them are not counted.
    pub unwanted_folders: usize,
    /// Pictures in formats that are not decoded, by extension in lower case.
    pub unsupported: BTreeMap<String, usize>,
    /// Films.
    pub films: usize,
    /// Camera raw files beside the JPEG or HEIC of the same picture.
    pub raw_beside_jpeg: usize,
    /// Links to pictures or folders, which were not followed.
    pub links: usize,
    /// Folders that a followed link or a second mount leads to, and that are looked at under another path.
    pub twice: usize,
    /// Whether counting in the folders that are left out ended early, so that there are more.
    pub at_least: bool,
}

impl Omitted {
    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the counts of another part of the folder.
    pub(crate) fn add(&mut self, other: Self) {
        self.hidden += other.hidden;
        self.ignored += other.ignored;
        self.excluded += other.excluded;
        self.unwanted_folders += other.unwanted_folders;
        self.films += other.films;
        self.raw_beside_jpeg += other.raw_beside_jpeg;
        self.links += other.links;
        self.twice += other.twice;
        self.at_least |= other.at_least;
        for (extension, count) in other.unsupported {
            *self.unsupported.entry(extension).or_default() += count;
        }
    }
}
