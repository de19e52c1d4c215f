//! Graphs for approximate search, as the commands build and use them.

use std::path::Path;

use anyhow::{Result, bail};

use super::args::{IndexArgs, OutputArgs};
use super::context::{Context, Indexed, quoted};
use super::progress::Reporter;
use crate::collection::{self, Catalog, Collection, ModelKey};
use crate::model::Checkpoint;
use crate::paths;
use crate::search::hnsw::{SMALLEST, Store, Wanted, upkeep};
use crate::search::{Engine, Mode};

/// After `pixseek index`: builds what is due, of the whole collection.
pub(super) fn keep_up(
    context: &Context,
    collection: &Collection,
    checkpoint: &Checkpoint,
    args: &IndexArgs,
) -> Result<()> {
    // A part that was asked for is part of the whole's graphs.
    let Some(whole) = Collection::of_root(&collection.root)? else { return Ok(()) };
    let mut catalog = whole.catalog()?;
    let asked = match (args.approximate, args.exact) {
        (true, _) => Some(Wanted::Always),
        (_, true) => Some(Wanted::Never),
        _ => None,
    };
    if let Some(wanted) = asked {
        wanted.remember(&catalog)?;
    }
    let wanted = Wanted::of(&catalog)?;
    let key = collection::model_key(checkpoint);
    let store = Store::new(&whole, key.clone());
    if wanted == Wanted::Never {
        return store.paths()?.iter().try_for_each(|path| store.delete(path));
    }
    let always = wanted == Wanted::Always;
    if upkeep::is_done(&store, &catalog)?
        || (!always && catalog.counts(catalog.find_model(&key)?, &[])?.pictures < SMALLEST)
    {
        return Ok(());
    }
    let mut engine = Engine::load(&whole, &mut catalog, checkpoint)?;
    let reporter = Reporter::new(context.quiet);
    let pool = upkeep::pool()?;
    let built =
        upkeep::build(&mut engine, &store, &pool, always, |linked, all| reporter.linking(linked, all));
    reporter.finish();
    if built? {
        upkeep::remember_done(&store, &catalog, &engine)?;
    }
    Ok(())
}

/// How one search is to be answered. Reading graphs takes longer than comparing with every picture once, so
/// that it is only done when it is asked for.
pub(super) fn choose(indexed: &mut Indexed, folder: &Path, args: &OutputArgs) -> Result<()> {
    if !args.approximate || indexed.engine.is_empty() {
        return Ok(());
    }
    let store = Store::new(&indexed.collection, collection::model_key(&indexed.checkpoint));
    let skipped = upkeep::read(&mut indexed.engine, &store)?;
    if indexed.engine.linked() == 0 {
        let reason = if skipped.is_empty() { "has no graphs" } else { "has damaged graphs" };
        bail!(
            "folder '{}' {reason} to search approximately: run `pixseek index {} --approximate`, or leave \
             --approximate out",
            paths::display(folder),
            quoted(folder)
        );
    }
    indexed.engine.set_mode(Mode::Approximate);
    Ok(())
}

/// Whether the browser follows graphs in this collection: they are whole, and lead to nearly all pictures.
pub(super) fn are_used(collection: &Collection, catalog: &Catalog, key: &ModelKey) -> Result<bool> {
    let store = Store::new(collection, key.clone());
    let (wanted, paths) = (Wanted::of(catalog)?, store.paths()?);
    if wanted == Wanted::Never || paths.is_empty() {
        return Ok(false);
    }
    let pictures = catalog.counts(catalog.find_model(key)?, &[])?.pictures;
    let linked: usize =
        paths.iter().filter_map(|path| store.load(path).ok()).map(|segment| segment.pictures).sum();
    Ok((pictures >= SMALLEST || wanted == Wanted::Always) && linked > 0 && linked * 10 >= pictures * 8)
}
