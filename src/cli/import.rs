//! `pixseek import`: embeddings that another program made, so that pictures need no encoding.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::context::Context;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::Outcome;
use super::progress::Reporter;
use super::{derived, output};
use crate::base::{paths, quote};
use crate::library::{self, Collection, Import, Imported, Unreachable};

/// `pixseek import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek import ~/photos --embeddings photos.npy --paths photos.paths.txt
  pixseek import ~/photos --embeddings emb.npy --paths list.txt --model openai/clip-vit-base-patch32

Row 0 belongs to the first path, and so on; paths are absolute or relative to FOLDER. The model must be the one that
made the embeddings. They are checked before anything is written; rows are brought to unit length. Files that are
missing are skipped; the others are read for their hashes, so that `pixseek index` need not encode them.")]
pub(super) struct ImportArgs {
    /// The folder that the pictures are in.
    pub(super) folder: PathBuf,
    /// A NumPy file with a row for each picture: f16 or f32, C order.
    #[arg(long, value_name = "FILE.npy")]
    pub(super) embeddings: PathBuf,
    /// The pictures' paths, one a line.
    #[arg(long, value_name = "FILE")]
    pub(super) paths: PathBuf,
    /// Paths end with a NUL instead of a line break.
    #[arg(long, short = '0', alias = "print0")]
    pub(super) null: bool,
    /// Print a summary as a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// Files that are skipped are named up to this number.
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
    let key = library::model_key(&checkpoint);
    drop(existing);
    let import = Import::check(&args.folder, &args.embeddings, &args.paths, args.null, &key)
        .context("nothing is imported")?;
    let reporter = Reporter::new(context.quiet).listing(MOST_LISTED);
    let result = import.run(&key, keep_model, &reporter);
    reporter.finish();
    let counts = result?;
    if let Some(collection) = Collection::find(&args.folder)? {
        derived::after_import(&collection, &checkpoint)?;
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

/// Pictures that a walk does not find are searchable only until somebody indexes the folder.
fn warn(unreachable: &Unreachable, args: &ImportArgs) {
    let Unreachable { count, first, walk } = unreachable;
    let flags = [(walk.hidden, " -H"), (walk.no_ignore, " -I"), (walk.follow, " -L")];
    let flags: String = flags.into_iter().filter_map(|(needed, flag)| needed.then_some(flag)).collect();
    output::note(format_args!(
        "{count} of the imported pictures are hidden, ignored or behind links ('{}' is the first), and \
         `pixseek index` drops what it does not find: run `pixseek index {}{flags}` to keep them",
        paths::display(first),
        quote::path(&args.folder)
    ));
}
