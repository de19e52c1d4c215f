//! Values of filters that the collection holds, for completing what is typed.

use std::collections::BTreeSet;
use std::path::Path;

use super::Searcher;
use crate::base::paths;
use crate::catalog::{Catalog, CatalogError, WordColumn};

impl Searcher {
    /// The values of the filter `name` that pictures have and that begin with `typed`, without regard to case, in the order
    /// of their letters; words of texts, the most frequent first. Folders are completed name by name. Filters whose values are no words have none.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn values(&self, catalog: &Catalog, name: &str, typed: &str) -> Result<Vec<String>, CatalogError> {
        if name == "text" {
            return text_values(catalog, typed);
        }
        let values = match name {
            "in" => self.folders(typed),
            "ext" => self.extensions(),
            "camera" => catalog.words_of(WordColumn::Camera)?,
            "lens" => catalog.words_of(WordColumn::Lens)?,
            "tag" => catalog.words_of(WordColumn::Tag)?,
            _ => BTreeSet::new(),
        };
        let typed = typed.to_lowercase();
        Ok(values.into_iter().filter(|value| value.to_lowercase().starts_with(&typed)).collect())
    }

    /// The folders with pictures, down to as many names as the typed one has.
    fn folders(&self, typed: &str) -> BTreeSet<String> {
        let depth = typed.matches('/').count();
        let folder = |path: &[u8]| {
            let slash = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').nth(depth)?.0;
            std::str::from_utf8(&path[..slash]).ok().map(str::to_owned)
        };
        self.infos.iter().filter_map(|info| folder(&info.path)).collect()
    }

    fn extensions(&self) -> BTreeSet<String> {
        let extension = |path: &[u8]| {
            let path = paths::from_bytes(path);
            Path::extension(&path).and_then(|extension| extension.to_str()).map(str::to_lowercase)
        };
        self.infos.iter().filter_map(|info| extension(&info.path)).collect()
    }
}

/// Texts that go on with the word that is typed last, by words that are read in pictures.
fn text_values(catalog: &Catalog, typed: &str) -> Result<Vec<String>, CatalogError> {
    let (before, last) = typed.split_at(typed.trim_end_matches(|c: char| !c.is_whitespace()).len());
    if last.is_empty() {
        return Ok(Vec::new());
    }
    let words = catalog.text_words(last)?;
    Ok(words.into_iter().map(|word| format!("{before}{word}")).collect())
}
