//! `pixseek collections`: the indexed folders.

use std::io::{self, Write};
use std::path::{self, Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::Context;
use super::model_choice::shown_key;
use super::outcome::Outcome;
use super::{advice, output};
use crate::base::{escape, paths};
use crate::catalog::Counts;
use crate::library::Collection;

/// The arguments of `pixseek collections`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek collections\n  pixseek collections forget ~/old-photos\n  pixseek collections move ~/photos /mnt/disk/photos"
)]
pub(super) struct CollectionsArgs {
    #[command(subcommand)]
    pub(super) command: Option<CollectionsCommand>,
    /// Print one JSON object a line: root, pictures, model.
    #[arg(long)]
    pub(super) json: bool,
}

/// The commands about collections.
#[derive(Debug, Subcommand)]
pub(super) enum CollectionsCommand {
    /// List the indexed folders, except those that keep their index beside the pictures.
    List {
        /// Print one JSON object a line: root, pictures, model.
        #[arg(long)]
        json: bool,
    },
    /// Make the index of a folder that was moved that of its new place. A folder that was only renamed is recognised without.
    Move {
        /// The folder's old path, where it need not exist any more.
        old: PathBuf,
        /// The folder's new path.
        new: PathBuf,
    },
    /// Delete the index of a folder. The pictures stay.
    Forget {
        /// The folder, which need not exist any more.
        dir: PathBuf,
    },
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonCollection {
    root: String,
    pictures: usize,
    model: Option<String>,
}

pub(super) fn run(context: &Context, args: &CollectionsArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match &args.command {
        None => list(args.json),
        Some(CollectionsCommand::List { json }) => list(*json || args.json),
        Some(CollectionsCommand::Move { old, new }) => move_root(context, old, new),
        Some(CollectionsCommand::Forget { dir }) => forget(context, dir),
    }
}

/// Prints a line for each collection: pictures, model, root. A catalogue that can't be read is reported on stderr, and
/// makes the exit code 1.
fn list(json: bool) -> Result<Outcome> {
    let mut out = io::stdout().lock();
    let mut outcome = Outcome::Done;
    for (root, catalog) in Collection::all()? {
        let described = catalog.map_err(anyhow::Error::from).and_then(|catalog| {
            let key = shown_key(&root, &catalog, None)?;
            let model = key.as_ref().map(|key| catalog.find_model(key)).transpose()?.flatten();
            let Counts { pictures, .. } = catalog.counts(model, &[])?;
            Ok((pictures, key.map(|key| key.id)))
        });
        match described {
            Ok((pictures, model)) if json => {
                let collection = JsonCollection { root: root.to_string_lossy().into(), pictures, model };
                escape::json(&mut out, &collection)?;
                writeln!(out)?;
            }
            Ok((pictures, model)) => {
                let model = escape::text(model.as_deref().unwrap_or("-"));
                writeln!(out, "{pictures}\t{model}\t{}", paths::display(&root))?;
            }
            Err(error) => {
                output::note(advice::explain(&error));
                outcome = Outcome::Nothing;
            }
        }
    }
    out.flush()?;
    Ok(outcome)
}

fn move_root(context: &Context, old: &Path, new: &Path) -> Result<Outcome> {
    let collection = Collection::move_root(old, new)?;
    if !context.quiet {
        output::note(format_args!(
            "'{}' has the index of '{}' now",
            paths::display(&collection.root),
            paths::display(old)
        ));
    }
    Ok(Outcome::Done)
}

fn forget(context: &Context, dir: &Path) -> Result<Outcome> {
    // The folder may be gone: then its name as given is all there is.
    let wanted = std::fs::canonicalize(dir).or_else(|_| path::absolute(dir))?;
    let Some(collection) = Collection::of_root(&wanted)? else {
        bail!("folder '{}' has no index of its own: `pixseek collections` lists them", paths::display(dir));
    };
    collection.forget()?;
    if !context.quiet {
        output::note(format_args!("forgot '{}'", paths::display(&collection.root)));
    }
    Ok(Outcome::Done)
}
