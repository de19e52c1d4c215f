//! `pixseek collections`: the indexed folders.

use std::io::{self, Write};
use std::path::{self, Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueHint};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::candidates;
use super::context::Context;
use super::model_choice::shown_key;
use super::outcome::Outcome;
use super::output::Reader;
use super::{advice, output};
use crate::base::{escape, paths};
use crate::catalog::{Catalog, Counts};
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
        #[arg(add = candidates::collection())]
        old: PathBuf,
        /// The folder's new path.
        #[arg(value_hint = ValueHint::DirPath)]
        new: PathBuf,
    },
    /// Delete the index of a folder. The pictures stay.
    Forget {
        /// The folder, which need not exist any more.
        #[arg(add = candidates::collection())]
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
        None => list(context, args.json),
        Some(CollectionsCommand::List { json }) => list(context, *json || args.json),
        Some(CollectionsCommand::Move { old, new }) => move_root(context, old, new),
        Some(CollectionsCommand::Forget { dir }) => forget(context, dir),
    }
}

/// Prints a line for each collection: a table with a heading for people; pictures, model and root with tabs between for
/// programs; or JSON. A catalogue that can't be read is reported on stderr, and makes the exit code 1.
fn list(context: &Context, json: bool) -> Result<Outcome> {
    let mut outcome = Outcome::Done;
    let mut described = Vec::new();
    for (root, catalog) in Collection::all()? {
        match catalog.map_err(anyhow::Error::from).and_then(|catalog| IndexedFolder::of(&root, &catalog)) {
            Ok(collection) => described.push(collection),
            Err(error) => {
                output::note(advice::explain(&error));
                outcome = Outcome::Nothing;
            }
        }
    }
    let mut out = io::stdout().lock();
    if json {
        for IndexedFolder { root, pictures, model } in described {
            let collection = JsonCollection { root: root.to_string_lossy().into(), pictures, model };
            escape::json(&mut out, &collection)?;
            writeln!(out)?;
        }
    } else if Reader::of_stdout() == Reader::Program {
        for IndexedFolder { root, pictures, model } in described {
            let model = escape::text(model.as_deref().unwrap_or("-"));
            writeln!(out, "{pictures}\t{model}\t{}", paths::display(&root))?;
        }
    } else if !described.is_empty() {
        out.write_all(table(&described).as_bytes())?;
    } else if !context.quiet {
        output::note("no folder is indexed yet: `pixseek index FOLDER` makes an index");
    }
    out.flush()?;
    Ok(outcome)
}

/// What is known of a collection.
struct IndexedFolder {
    root: PathBuf,
    pictures: usize,
    model: Option<String>,
}

impl IndexedFolder {
    fn of(root: &Path, catalog: &Catalog) -> Result<Self> {
        let key = shown_key(root, catalog, None)?;
        let model = key.as_ref().map(|key| catalog.find_model(key)).transpose()?.flatten();
        let Counts { pictures, .. } = catalog.counts(model, &[])?;
        Ok(Self { root: root.to_owned(), pictures, model: key.map(|key| key.id) })
    }
}

/// A table for people.
fn table(described: &[IndexedFolder]) -> String {
    let mut rows = vec![["Pictures".to_owned(), "Model".to_owned(), "Folder".to_owned()]];
    rows.extend(described.iter().map(|IndexedFolder { root, pictures, model }| {
        let model = escape::text(model.as_deref().unwrap_or("none yet"));
        [pictures.to_string(), model, paths::display(root).to_string()]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    rows.iter()
        .map(|[pictures, model, root]| {
            let gap = " ".repeat(second - model.width());
            format!("{pictures:>first$}  {model}{gap}  {root}\n")
        })
        .collect()
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
    let wanted = paths::canonicalize(dir).or_else(|_| path::absolute(dir))?;
    let Some(collection) = Collection::of_root(&wanted)? else {
        bail!("folder '{}' has no index of its own: `pixseek collections` lists them", paths::display(dir));
    };
    let others = collection.forget()?;
    if !context.quiet {
        output::note(format_args!("forgot '{}'", paths::display(&collection.root)));
    }
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|path| format!("'{}'", paths::display(path))).collect();
        output::note(format_args!("what is not pixseek's stays: {}", names.join(", ")));
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_a_table_with_a_heading() {
        let described = [
            IndexedFolder { root: "/photos".into(), pictures: 1234, model: Some("写真/b".into()) },
            IndexedFolder { root: "/a".into(), pictures: 0, model: None },
        ];
        assert_eq!(
            table(&described),
            "Pictures  Model     Folder\n    1234  写真/b    /photos\n       0  none yet  /a\n"
        );
    }
}
