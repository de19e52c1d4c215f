//! Whether the files of a model in the cache are what the hub says they are.

use std::fs;
use std::path::Path;

use super::cache::CachedModel;
use super::etag::Etag;
use super::settings::Hub;
use super::table::pinned;
use crate::base::escape;

impl Hub {
    /// Compares every file of a model with the checksums that the cache and the table of known models have of it. Returns
    /// what is wrong, in words that name the file. Nothing is changed; `models fetch` gets damaged files again.
    pub fn damaged_files(&self, model: &CachedModel) -> Vec<String> {
        let entries = fs::read_dir(&model.folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().filter_map(|path| damage(&model.id, path)).collect()
    }
}

/// What is wrong with a file; none for files whose contents go by no checksum.
fn damage(id: &str, path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let target = fs::read_link(path).ok()?;
    let etag = target.file_name().and_then(|name| Etag::parse(name.to_str()?));
    let named = |words: String| Some(format!("{}: {}", escape::text(name), escape::text(&words)));
    for checksum in etag.and_then(|etag| etag.checksum()).into_iter().chain(pinned(id, name)) {
        let compare = || {
            let file = fs::File::open(path)?;
            let length = file.metadata()?.len();
            checksum.mismatch(file, length)
        };
        match compare() {
            Ok(None) => {}
            Ok(Some(reason)) => return named(format!("it is damaged ({reason})")),
            Err(error) => return named(error.to_string()),
        }
    }
    None
}
