//! `pixseek similar`: pictures that look like one.

use std::fs;

use anyhow::{Context as _, Result};

use super::Outcome;
use super::args::SimilarArgs;
use super::context::{Context, Indexed, folder_of};
use super::{embed, search};
use crate::paths;

pub(super) fn run(context: &Context, args: &SimilarArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    if args.update {
        search::update(context, &folder)?;
    }
    let indexed = context.open_indexed(&folder)?;
    let image = fs::canonicalize(&args.image)
        .with_context(|| format!("picture '{}'", paths::display(&args.image)))?;
    let itself = image.strip_prefix(&indexed.collection.root).map(paths::to_bytes).ok();
    let query = match known_embedding(&indexed, itself.as_deref(), &image)? {
        Some(embedding) => embedding,
        None => embed::image(&indexed.checkpoint, &image)?,
    };
    let hits = indexed.engine.search_where(&query, args.output.top, |path| Some(path) != itself.as_deref());
    search::print(&indexed, &hits, &args.output)
}

/// The stored vector, if the picture is in the collection and has not changed since: no encoder is loaded.
fn known_embedding(
    indexed: &Indexed,
    path: Option<&[u8]>,
    image: &std::path::Path,
) -> Result<Option<Vec<f32>>> {
    let Some(path) = path else { return Ok(None) };
    let Some(id) = indexed.catalog.unchanged(path, &fs::metadata(image)?)? else { return Ok(None) };
    Ok(indexed.engine.embedding(id).map(<[f32]>::to_vec))
}
