//! `pixseek similar`: pictures that look like one.

use std::fs;
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Outcome;
use super::args::SimilarArgs;
use super::context::{Context, Indexed, folder_of};
use super::{embed, graphs, search};
use crate::base::paths;

pub(super) fn run(context: &Context, args: &SimilarArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    if args.update {
        search::update(context, &folder)?;
    }
    let mut indexed = context.open_indexed(&folder)?;
    if !args.output.json {
        context.tell_of_demo_model(&indexed.checkpoint, &folder);
    }
    graphs::choose(&mut indexed, &folder, &args.output)?;
    let image = fs::canonicalize(&args.image)
        .with_context(|| format!("picture '{}'", paths::display(&args.image)))?;
    let in_collection = |path: &Path| path.strip_prefix(&indexed.collection.root).map(paths::to_bytes).ok();
    // A link is in the collection under its own name, the file it leads to perhaps under another.
    let itself = [named(&args.image)?, image.clone()].map(|path| in_collection(&path));
    let query = match known_embedding(&indexed, itself.iter().flatten(), &image)? {
        Some(embedding) => embedding,
        None => embed::image(&indexed.checkpoint, &image)?,
    };
    let is_other = |path: &[u8]| !itself.iter().flatten().any(|own| own == path);
    let hits = indexed.engine.search_where(&query, args.output.top, is_other);
    search::print(&indexed, hits, &args.output)
}

/// The path with its folder resolved, but not the last name.
fn named(path: &Path) -> Result<PathBuf> {
    let absolute = path::absolute(path)?;
    Ok(match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => fs::canonicalize(folder)?.join(name),
        _ => absolute,
    })
}

/// The stored vector, if the picture is in the collection and has not changed since: no encoder is loaded.
fn known_embedding<'a>(
    indexed: &Indexed,
    paths: impl Iterator<Item = &'a Vec<u8>>,
    image: &Path,
) -> Result<Option<Vec<f32>>> {
    let metadata = fs::metadata(image)?;
    for path in paths {
        if let Some(id) = indexed.catalog.unchanged(path, &metadata)? {
            return Ok(indexed.engine.embedding(id));
        }
    }
    Ok(None)
}
