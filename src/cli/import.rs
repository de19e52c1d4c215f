//! `pixseek import`: embeddings that another program made, so that pictures need no encoding.

use anyhow::{Context as _, Result};

use super::args::ImportArgs;
use super::context::{Context, Opened, keeps_model, quoted};
use super::progress::Reporter;
use super::{Outcome, derived, output};
use crate::base::paths;
use crate::library::{self, Collection, Import, Imported, Unreachable};

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
        quoted(&args.folder)
    ));
}
