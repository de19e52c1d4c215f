//! `pixseek similar`: pictures that look like one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::args::{FolderArgs, OutputArgs};
use super::browse_words;
use super::candidates;
use super::context::Context;
use super::outcome::Outcome;
use super::search;
use super::store;
use crate::library::Collection;

/// The arguments of `pixseek similar`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek similar ~/photos/2024/beach.jpg\n  pixseek similar beach.jpg ~/photos\n  pixseek similar ~/Downloads/cat.png -C ~/photos --json"
)]
pub(super) struct SimilarArgs {
    /// The picture to compare with. It need not be in the folder; if it is, the results leave it out. Without FOLDER, its
    /// own indexed folder is searched.
    #[arg(add = candidates::picture())]
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
    let folder = folder(args)?;
    let mut library = context.open_indexed(&folder, args.update)?;
    if !args.output.json {
        context.tell_of_demo_model(library.checkpoint(), &folder);
    }
    if library.is_shared() {
        store::check_options(&args.output, library.store()?.is_exact(), false, false)?;
    } else {
        context.choose_mode(&mut library, &folder, &args.output)?;
    }
    let hits = library.similar(&args.image, args.output.top)?;
    search::print(context, &library, hits, None, &args.output)
}

/// The folder that was named; else the current one, unless the picture belongs to another collection.
fn folder(args: &SimilarArgs) -> Result<PathBuf> {
    let (named, here) = (&args.folder, Path::new("."));
    if named.folder.is_some() || named.dir.is_some() || !args.image.is_file() {
        return Ok(named.path());
    }
    let own = browse_words::folder_of(&args.image)?;
    let is_indexed = Collection::find(&own)?.is_some();
    let is_here = Collection::find(here)?.is_some_and(|found| found.root == own);
    Ok(if is_indexed && !is_here { own } else { here.to_owned() })
}
