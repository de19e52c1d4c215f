//! `pixseek similar`: pictures that look like one.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::args::{FolderArgs, OutputArgs};
use super::context::Context;
use super::outcome::Outcome;
use super::search;

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
    let mut library = context.open_indexed(&folder, args.update)?;
    if !args.output.json {
        context.tell_of_demo_model(library.checkpoint(), &folder);
    }
    context.choose_mode(&mut library, &folder, &args.output)?;
    let hits = library.similar(&args.image, args.output.top)?;
    search::print(&library, hits, &args.output)
}
