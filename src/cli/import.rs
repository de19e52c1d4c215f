//! `pixseek import`: embeddings that another program made, so that pictures need no encoding.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueHint};

use super::context::Context;
use super::import_notes::{MOST_LISTED, finish};
use super::import_rclip;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output;
use super::progress::Reporter;
use crate::library::{Import, Imported, Library, model_key};

/// The arguments of `pixseek import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek import ~/photos --embeddings photos.npy --paths photos.paths.txt
  pixseek import ~/photos --embeddings emb.npy --paths list.txt -m ./my-model
  pixseek import ~/photos --rclip

Row 0 belongs to the first path, and so on. Paths are absolute or relative to FOLDER. The model must be the one that \
made the embeddings. Everything is checked before anything is written, and rows are scaled to unit length. Missing files \
are skipped; the others are read for their hashes, so that `pixseek index` need not encode them.

--rclip takes over the vectors of rclip's index for the pictures that are what they were. They are those of model \
laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K in f32; a few pictures are encoded to make sure.")]
pub(super) struct ImportArgs {
    /// The folder of the pictures; with --rclip by default `.`.
    #[arg(required_unless_present = "rclip", value_hint = ValueHint::DirPath)]
    pub(super) folder: Option<PathBuf>,
    /// The NumPy file, with a row for each picture: f16 or f32, in C order.
    #[arg(long, value_name = "FILE.npy", requires = "paths", required_unless_present = "rclip")]
    pub(super) embeddings: Option<PathBuf>,
    /// The list of the pictures' paths, one a line.
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    pub(super) paths: Option<PathBuf>,
    /// The paths in the list end with NUL instead of a line break.
    #[arg(long, short = '0', alias = "print0", requires = "paths")]
    pub(super) null: bool,
    /// Take over rclip's index [default DB: `$RCLIP_DATADIR/db.sqlite3`, else where rclip keeps it].
    #[arg(long, value_name = "DB", num_args = 0..=1, conflicts_with_all = ["embeddings", "paths"])]
    pub(super) rclip: Option<Option<PathBuf>>,
    /// Print the summary as a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(context: &Context, args: &ImportArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match args {
        ImportArgs { rclip: Some(database), folder, .. } => {
            import_rclip::run(context, folder.as_deref(), database.as_deref(), args.json)
        }
        ImportArgs { folder: Some(folder), embeddings: Some(embeddings), paths: Some(paths), .. } => {
            run_table(context, args, folder, embeddings, paths)
        }
        _ => Err(Usage("name a folder, --embeddings and --paths, or --rclip".to_owned()).into()),
    }
}

/// Imports a table of embeddings with the list of their pictures.
fn run_table(
    context: &Context,
    args: &ImportArgs,
    folder: &Path,
    embeddings: &Path,
    paths: &Path,
) -> Result<Outcome> {
    let existing = Opened::find(folder)?;
    let checkpoint = context.checkpoint(existing.as_ref())?;
    if !args.json {
        context.tell_of_demo_model(&checkpoint, folder);
    }
    // What is imported into a part of a collection is never all of a gallery's.
    let root = existing.as_ref().map_or(folder, |opened| &opened.collection.root);
    let keep_model = keeps_model(&checkpoint, root);
    let key = model_key(&checkpoint);
    let import = Import::check(folder, embeddings, paths, args.null, &key).context("nothing is imported")?;
    let reporter = Reporter::new(context.quiet).listing(MOST_LISTED);
    let existing = existing.map(|Opened { collection, catalog }| (collection, catalog));
    let result = import.run(existing, &key, keep_model, &reporter);
    reporter.finish();
    let (counts, opened) = result?;
    if let Some((collection, catalog)) = opened {
        Library::new(collection, catalog, checkpoint).save_snapshot()?;
    }
    finish(&reporter, counts.unreachable.as_ref(), folder);
    if args.json {
        output::json(&counts)?;
    } else if !context.quiet {
        let Imported { imported, skipped, pictures, .. } = counts;
        output::note(format_args!("{pictures} pictures searchable: {imported} imported, {skipped} skipped"));
    }
    Ok(if counts.imported > 0 { Outcome::Done } else { Outcome::Nothing })
}
