//! `pixseek collections`: the indexed folders.

use std::io::{self, Write};
use std::path::{self, Path};

use anyhow::{Result, bail};

use super::Outcome;
use super::args::{CollectionsArgs, CollectionsCommand};
use crate::collection::{Collection, Counts};
use crate::paths;

pub(super) fn run(args: &CollectionsArgs) -> Result<Outcome> {
    match &args.command {
        None | Some(CollectionsCommand::List) => list(),
        Some(CollectionsCommand::Forget { dir }) => forget(dir),
    }
}

/// A line each: pictures, model, root; `?` and the reason for a catalogue that can't be read.
fn list() -> Result<Outcome> {
    let mut out = io::stdout().lock();
    for (root, catalog) in Collection::all()? {
        let described = catalog.and_then(|catalog| {
            let Counts { pictures, .. } = catalog.counts(catalog.newest_model()?, &[])?;
            Ok((pictures, catalog.last_model()?.unwrap_or_else(|| "-".to_owned())))
        });
        match described {
            Ok((pictures, model)) => writeln!(out, "{pictures}\t{model}\t{}", paths::display(&root))?,
            Err(error) => eprintln!("pixseek: {error:#}"),
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn forget(dir: &Path) -> Result<Outcome> {
    // The folder may be gone: then its name as given is all there is.
    let wanted = std::fs::canonicalize(dir).or_else(|_| path::absolute(dir))?;
    let Some(collection) = Collection::of_root(&wanted)? else {
        bail!("folder '{}' has no index of its own: `pixseek collections` lists them", paths::display(dir));
    };
    collection.forget()?;
    eprintln!("pixseek: forgot '{}'", paths::display(&collection.root));
    Ok(Outcome::Done)
}
