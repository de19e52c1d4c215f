//! `pixseek import`: embeddings that another program made, so that pictures need no encoding.

use anyhow::{Context as _, Result};

use super::args::ImportArgs;
use super::context::Context;
use super::progress::Reporter;
use super::{Outcome, derived, output};
use crate::collection::{self, Collection, Import, Imported};

pub(super) fn run(context: &Context, args: &ImportArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let existing = Collection::find(&args.folder)?.map(|collection| collection.catalog()).transpose()?;
    let checkpoint = context.checkpoint(existing.as_ref())?;
    let key = collection::model_key(&checkpoint);
    drop(existing);
    let import = Import::check(&args.folder, &args.embeddings, &args.paths, args.null, &key)
        .context("nothing is imported")?;
    let reporter = Reporter::new(context.quiet);
    let result = import.run(&key, &reporter);
    reporter.finish();
    let counts = result?;
    if let Some(collection) = Collection::find(&args.folder)? {
        derived::after_import(&collection, &checkpoint)?;
    }
    if args.json {
        output::json(&counts)?;
    } else if !context.quiet {
        let Imported { imported, skipped, pictures } = counts;
        output::note(format_args!("{pictures} pictures searchable: {imported} imported, {skipped} skipped"));
    }
    Ok(if counts.imported > 0 { Outcome::Done } else { Outcome::Nothing })
}
