//! The files that pixseek derives from models: layers rounded to bytes, compact tokenizers, vectors of words.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::{blockfile, causes, paths};

/// The folders in the user's cache folder that hold such files.
const PLACES: [&str; 3] = ["int8", "tokenizers", "words"];

/// The files derived from models: those in the user's cache folder, and those beside the models in `folders`; sorted.
pub(crate) fn derived_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let cache = paths::cache_dir().ok();
    let places = cache.iter().flat_map(|cache| PLACES.map(|name| (cache.join(name), "")));
    let beside = folders.iter().map(|folder| (folder.clone(), "pixseek-"));
    let mut found = Vec::new();
    for (folder, beginning) in places.chain(beside) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(beginning) && name.ends_with(".bin") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Compares the checksums of a derived file. One of an older version is whole, too.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn check_derived_file(path: &Path) -> Result<(), String> {
    blockfile::verify(path).map_err(|error| causes::in_words(&error))
}
