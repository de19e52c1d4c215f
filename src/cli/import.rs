//! `pixseek import`: embeddings that another program made, so that pictures need no encoding.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::context::Context;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output;
use super::progress::Reporter;
use crate::base::{paths, quote};
use crate::library::{Import, Imported, Library, Unreachable, model_key};

/// The arguments of `pixseek import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek import ~/photos --embeddings photos.npy --paths photos.paths.txt
  pixseek import ~/photos --embeddings emb.npy --paths list.txt --model openai/clip-vit-base-patch32

Row 0 belongs to the first path, and so on. Paths are absolute or relative to FOLDER. The model must be the one that
made the embeddings. Everything is checked before anything is written, and rows are scaled to unit length. Missing files
are skipped; the others are read for their hashes, so that `pixseek index` need not encode them.")]
pub(super) struct ImportArgs {
    /// The folder of the pictures.
    pub(super) folder: PathBuf,
    /// The NumPy file, with a row for each picture: f16 or f32, in C order.
    #[arg(long, value_name = "FILE.npy")]
    pub(super) embeddings: PathBuf,
    /// The list of the pictures' paths, one a line.
    #[arg(long, value_name = "FILE")]
    pub(super) paths: PathBuf,
    /// The paths in the list end with NUL instead of a line break.
    #[arg(long, short = '0', alias = "print0")]
    pub(super) null: bool,
    /// Print the summary as a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// Number of skipped files that are named at most.
const MOST_LISTED: usize = 20;

pub(super) fn run(context: &Context, args: &ImportArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let existing = Opened::find(&args.folder)?;
    let checkpoint = context.checkpoint(existing.as_ref())?;
    if !args.json {
        context.tell_of_demo_model(&checkpoint, &args.folder);
    }
    // What is imported into a part of a collection is never all of a gallery's.
    let root = existing.as_ref().map_or(args.folder.as_path(), |opened| &opened.collection.root);
    let keep_model = keeps_model(&checkpoint, root);
    let key = model_key(&checkpoint);
    let import = Import::check(&args.folder, &args.embeddings, &args.paths, args.null, &key)
        .context("nothing is imported")?;
    let reporter = Reporter::new(context.quiet).listing(MOST_LISTED);
    let existing = existing.map(|Opened { collection, catalog }| (collection, catalog));
    let result = import.run(existing, &key, keep_model, &reporter);
    reporter.finish();
    let (counts, opened) = result?;
    if let Some((collection, catalog)) = opened {
        Library::new(collection, catalog, checkpoint).save_snapshot()?;
    }
    if reporter.unnamed() > 0 {
        output::note(format_args!("skipped {} more", reporter.unnamed()));
    }
    if let Some(unreachable) = &counts.unreachable {
        warn(unreachable, args);
    }
    if args.json {
        output::json(&counts)?;
    } else if !context.quiet {
        let Imported { imported, skipped, pictures, .. } = counts;
        output::note(format_args!("{pictures} pictures searchable: {imported} imported, {skipped} skipped"));
    }
    Ok(if counts.imported > 0 { Outcome::Done } else { Outcome::Nothing })
}

/// Warns of pictures that the next run of `index` would not find, and so drop.
fn warn(unreachable: &Unreachable, args: &ImportArgs) {
    let Unreachable { count, first, walk, excluded } = unreachable;
    let flags = [
        (walk.hidden, " -H"),
        (walk.no_ignore, " -I"),
        (walk.follow, " -L"),
        (walk.no_ignore_defaults, " --no-ignore-defaults"),
        (*excluded, " --no-exclude"),
    ];
    let flags: String = flags.into_iter().filter_map(|(needed, flag)| needed.then_some(flag)).collect();
    output::note(format_args!(
        "{count} of the imported pictures are hidden, ignored, excluded or behind links (the first is '{}'). `pixseek index` would \
         drop them: run `pixseek index {}{flags}` to keep them",
        paths::display(first),
        quote::path(&args.folder)
    ));
}
