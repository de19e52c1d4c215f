//! What the catalogue knew of a folder before a run.

use std::collections::{HashMap, HashSet};

use super::error::LibraryError;
use crate::catalog::{Catalog, CatalogEntry, Hash};
use crate::picture::DECODER_VERSION;

/// What the catalogue knew of the folder before a run.
pub(super) struct Before {
    /// Every picture, removed ones too, by relative path.
    pub entries: HashMap<Vec<u8>, CatalogEntry>,
    /// The contents that have a vector of the wanted model.
    pub embedded: HashSet<Hash>,
    /// Of those, the ones that were decoded by older rules, with the version.
    pub outdated: HashMap<Hash, u32>,
}

impl Before {
    pub(super) fn read(catalog: &Catalog, model: i64, prefix: &[u8]) -> Result<Self, LibraryError> {
        let (mut entries, embedded) = (catalog.known(prefix)?, catalog.embedded(model)?);
        if catalog.is_readonly() {
            // What is old stays as it is where nothing can be written.
            entries.values_mut().for_each(|entry| entry.decoder = DECODER_VERSION);
            return Ok(Self { entries, embedded, outdated: HashMap::new() });
        }
        let mut outdated = catalog.outdated(model, DECODER_VERSION)?;
        // What is known of a picture besides its vector may be older than that.
        for entry in entries.values().filter(|entry| entry.error.is_none() && entry.decoder < DECODER_VERSION)
        {
            if let Some(hash) = entry.hash.filter(|hash| embedded.contains(hash)) {
                let version = outdated.entry(hash).or_insert(entry.decoder);
                *version = entry.decoder.min(*version);
            }
        }
        Ok(Self { entries, embedded, outdated })
    }

    /// Number of searchable pictures, and of the damaged ones among them.
    pub(super) fn searchable(&self) -> (usize, usize) {
        let is_searchable = |entry: &&CatalogEntry| {
            let has_vector = entry.hash.is_some_and(|hash| self.embedded.contains(&hash));
            !entry.removed && entry.error.is_none() && has_vector
        };
        let searchable = self.entries.values().filter(is_searchable);
        searchable.fold((0, 0), |(all, damaged), entry| (all + 1, damaged + usize::from(entry.damaged)))
    }
}
