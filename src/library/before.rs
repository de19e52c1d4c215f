//! What the catalogue knew of a folder before a run.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;

use super::error::LibraryError;
use crate::catalog::{Catalog, CatalogEntry, Hash};
use crate::picture::DECODER_VERSION;

/// Vectors that a run compares with their checksums, beside those that a reader found damaged: the next run goes on from
/// there, so that each takes some 10 ms of it.
const CHECKED_AT_ONCE: usize = 8192;

/// What the catalogue knew of the folder before a run.
pub(super) struct Before {
    /// Every picture, removed ones too, by relative path.
    pub entries: HashMap<Vec<u8>, CatalogEntry>,
    /// The contents that have a vector of the wanted model.
    pub embedded: HashSet<Hash>,
    /// The contents whose vector of that model was damaged, and is gone.
    pub damaged: HashSet<Hash>,
    /// Of those that have one, the ones that were decoded by older rules, with the version.
    pub outdated: HashMap<Hash, u32>,
}

impl Before {
    /// Reads it, after vectors that are damaged were given up.
    pub(super) fn read(
        catalog: &mut Catalog,
        model: i64,
        prefix: &[u8],
        cancel: &AtomicBool,
    ) -> Result<Self, LibraryError> {
        let damaged = given_up(catalog, model, cancel)?;
        let (mut entries, embedded) = (catalog.known(prefix)?, catalog.embedded(model)?);
        if catalog.is_readonly() {
            // What is old stays as it is where nothing can be written.
            entries.values_mut().for_each(|entry| entry.decoder = DECODER_VERSION);
            return Ok(Self { entries, embedded, damaged, outdated: HashMap::new() });
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
        Ok(Self { entries, embedded, damaged, outdated })
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

/// Gives up vectors that are damaged, and returns the contents that lost one of this model. Where nothing can be written,
/// they are only left out of searches.
fn given_up(catalog: &mut Catalog, model: i64, cancel: &AtomicBool) -> Result<HashSet<Hash>, LibraryError> {
    if catalog.is_readonly() {
        return Ok(HashSet::new());
    }
    match catalog.check_vectors(CHECKED_AT_ONCE, cancel) {
        Ok(given_up) => {
            Ok(given_up.into_iter().filter_map(|(of, hash)| (of == model).then_some(hash)).collect())
        }
        Err(error) if error.kind.is_for_want_of_a_disk() => {
            tracing::info!("{error}");
            Ok(HashSet::new())
        }
        Err(error) => Err(error.into()),
    }
}
