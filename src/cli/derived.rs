//! Snapshots and graphs, which are derived from the catalogue, brought up to date after it was written.

use anyhow::Result;

use super::context::Context;
use super::progress::Reporter;
use crate::catalog::Catalog;
use crate::clip::Checkpoint;
use crate::index::hnsw::SegmentStore;
use crate::library::snapshot::Snapshots;
use crate::library::{self, Collection, Engine, IndexPolicy, maintenance, min_rows};

/// Brings snapshots and graphs of the whole collection up to date after `pixseek index`. When graphs are wanted, as
/// `asked`, is remembered.
pub(super) fn after_index(
    context: &Context,
    collection: &Collection,
    checkpoint: &Checkpoint,
    asked: Option<IndexPolicy>,
) -> Result<()> {
    // A part that was asked for is part of the whole's graphs.
    let Some(whole) = Collection::of_root(&collection.root)? else { return Ok(()) };
    let mut catalog = whole.catalog()?;
    if let Some(wanted) = asked {
        catalog.set_index_policy(wanted)?;
    }
    let wanted = catalog.index_policy()?;
    let key = library::model_key(checkpoint);
    let store = SegmentStore::new(whole.dir(), key.clone());
    if wanted == IndexPolicy::Never {
        store.paths()?.iter().try_for_each(|path| store.delete(path))?;
    }
    let engine = snapshot(&whole, &mut catalog, checkpoint)?;
    if wanted == IndexPolicy::Never || maintenance::is_done(&store, &catalog)? {
        return Ok(());
    }
    let min_rows = min_rows(wanted);
    // Counting is enough for the many collections that get no graphs.
    let pictures = match &engine {
        Some(engine) => engine.len(),
        None => catalog.counts(catalog.find_model(&key)?, &[])?.pictures,
    };
    if pictures < min_rows {
        return Ok(());
    }
    let mut engine = engine.map_or_else(|| Engine::load(&whole, &mut catalog, checkpoint), Ok)?;
    let reporter = Reporter::new(context.quiet);
    let pool = maintenance::pool()?;
    let built =
        maintenance::build(&mut engine, &store, &pool, min_rows, |linked, all| reporter.linking(linked, all));
    reporter.finish();
    if built? {
        maintenance::remember_done(&store, &catalog, &engine)?;
    }
    Ok(())
}

/// Brings the snapshot up to date after `pixseek import`.
pub(super) fn after_import(collection: &Collection, checkpoint: &Checkpoint) -> Result<()> {
    let Some(whole) = Collection::of_root(&collection.root)? else { return Ok(()) };
    snapshot(&whole, &mut whole.catalog()?, checkpoint).map(drop)
}

/// Makes a snapshot if one is due. Returns the engine if it was loaded for that.
pub(super) fn snapshot(
    collection: &Collection,
    catalog: &mut Catalog,
    checkpoint: &Checkpoint,
) -> Result<Option<Engine>> {
    let key = library::model_key(checkpoint);
    let snapshots = Snapshots::new(collection, &key);
    if !snapshots.is_due(catalog, &key)? {
        return Ok(None);
    }
    let mut engine = Engine::load(collection, catalog, checkpoint)?;
    if engine.is_snapshot_due() {
        // Without it everything works, if more slowly.
        if let Err(error) = snapshots.save(&mut engine, catalog) {
            tracing::warn!("the collection will open more slowly: {error:#}");
        }
    }
    Ok(Some(engine))
}
