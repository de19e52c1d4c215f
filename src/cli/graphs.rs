//! Graphs for approximate search, as the commands use them.

use std::path::Path;

use anyhow::Result;

use super::args::OutputArgs;
use super::indexed::{Indexed, NotSearchable};
use crate::base::model_key::ModelKey;
use crate::catalog::Catalog;
use crate::index::SearchMode;
use crate::index::hnsw::SegmentStore;
use crate::library::{self, Collection, IndexPolicy, maintenance, min_rows};

/// Chooses between exact and approximate search. Reading graphs takes longer than one comparison with every picture, so
/// that it is only done when it was asked for.
pub(super) fn choose(indexed: &mut Indexed, folder: &Path, args: &OutputArgs) -> Result<()> {
    if !args.approximate || indexed.engine.is_empty() {
        return Ok(());
    }
    let store = SegmentStore::new(indexed.collection.dir(), library::model_key(&indexed.checkpoint));
    let skipped = maintenance::read(&mut indexed.engine, &store)?;
    if indexed.engine.linked() == 0 {
        return Err(
            NotSearchable::NoGraphs { folder: folder.to_owned(), damaged: !skipped.is_empty() }.into()
        );
    }
    indexed.engine.set_mode(SearchMode::Approximate);
    Ok(())
}

/// Whether the browser searches graphs in this collection: they are undamaged, and hold nearly all pictures.
pub(super) fn are_used(collection: &Collection, catalog: &Catalog, key: &ModelKey) -> Result<bool> {
    let store = SegmentStore::new(collection.dir(), key.clone());
    let (wanted, paths) = (catalog.index_policy()?, store.paths()?);
    if wanted == IndexPolicy::Never || paths.is_empty() {
        return Ok(false);
    }
    let pictures = catalog.counts(catalog.find_model(key)?, &[])?.pictures;
    let linked: usize =
        paths.iter().filter_map(|path| store.load(path).ok()).map(|segment| segment.rows()).sum();
    Ok(pictures >= min_rows(wanted) && linked > 0 && linked * 10 >= pictures * 8)
}
