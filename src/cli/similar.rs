//! `pixseek similar`: pictures that look like one.

use std::fs;
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

use super::args::{FolderArgs, OutputArgs};
use super::context::Context;
use super::indexed::Indexed;
use super::outcome::Outcome;
use super::{embed, graphs, search};
use crate::base::paths;

/// The arguments of `pixseek similar`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek similar beach.jpg ~/photos\n  pixseek similar ~/Downloads/cat.png -C ~/photos --json"
)]
pub(super) struct SimilarArgs {
    /// The picture to compare with. It need not be in the folder; if it is, the results leave it out.
    pub(super) image: PathBuf,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Bring the index up to date first.
    #[arg(long)]
    pub(super) update: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

pub(super) fn run(context: &Context, args: &SimilarArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
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
