//! `pixseek index`: brings a folder's index up to date.

use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};

use super::args::IndexArgs;
use super::context::{Context, Opened, folder_of, keeps_model};
use super::progress::Reporter;
use super::{Outcome, derived, output};
use crate::clip::Checkpoint;
use crate::library::{Collection, Follower, IndexOptions, Library, POLL_INTERVAL, Summary, WatchEvent};

pub(super) fn run(context: &Context, args: &IndexArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    // Before the collection is made: a model that is not there must leave nothing behind.
    let existing = Opened::find(&folder)?;
    let checkpoint = context.checkpoint(existing.as_ref())?;
    drop(existing);
    if !args.json {
        context.tell_of_demo_model(&checkpoint, &folder);
    }
    let collection = Collection::find_or_create(&folder, args.here)?;
    let walk = args.walk.over(&collection.walk_options(&collection.catalog()?)?);
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let options = IndexOptions { force: args.force, prune: args.prune, walk: Some(walk.clone()), keep_model };
    if args.watch {
        let follower = Follower::new(&collection, &walk, args.poll)?;
        follow(context, args, &collection, follower, &checkpoint, &options)?;
    } else {
        let summary = update(context, &collection, &checkpoint, &options)?;
        derived::after_index(context, &collection, &checkpoint, args)?;
        tell(context, args, &summary)?;
    }
    Ok(Outcome::Done)
}

fn tell(context: &Context, args: &IndexArgs, summary: &Summary) -> Result<()> {
    if args.json {
        output::json(summary)?;
    } else if !context.quiet {
        output::note(in_words(summary));
    }
    Ok(())
}

/// Indexes again whenever something changed, until the process is asked to end.
fn follow(
    context: &Context,
    args: &IndexArgs,
    collection: &Collection,
    mut follower: Follower,
    checkpoint: &Checkpoint,
    options: &IndexOptions,
) -> Result<()> {
    let stop = follower.stop_handle();
    ctrlc::set_handler(move || stop.stop()).context("signals can't be received")?;
    let reporter = Reporter::new(context.quiet);
    let result = follower.run(checkpoint, options, &reporter, &mut |news| {
        // The bar is for the first run; later ones are short.
        reporter.finish();
        match news {
            WatchEvent::Indexed(summary) => {
                tell(context, args, &summary)?;
                derived::after_index(context, collection, checkpoint, args)?;
            }
            WatchEvent::Failed(error) => output::note(format_args!("{error:#}; trying again")),
            WatchEvent::Polling(reason) => output::note(format_args!(
                "changes are looked for every {} s (--poll sets how often): {reason:#}",
                POLL_INTERVAL.as_secs()
            )),
        }
        Ok(())
    });
    reporter.finish();
    result
}

/// Indexes with progress on stderr.
pub(super) fn update(
    context: &Context,
    collection: &Collection,
    checkpoint: &Checkpoint,
    options: &IndexOptions,
) -> Result<Summary> {
    let reporter = Reporter::new(context.quiet);
    let mut library = Library::new(collection.clone(), collection.catalog()?, checkpoint.clone());
    let report = library.update(options, &reporter, &AtomicBool::new(false));
    reporter.finish();
    Ok(report?.summary)
}

fn in_words(summary: &Summary) -> String {
    let Summary { indexed, reused, removed, failed, seconds, pictures } = *summary;
    let mut text = format!("{pictures} pictures searchable: {indexed} indexed, {reused} unchanged or moved");
    if removed > 0 {
        text += &format!(", {removed} removed");
    }
    if failed > 0 {
        text += &format!(", {failed} unreadable (`pixseek status --failed` lists them)");
    }
    text + &format!("; {seconds:.1} s")
}
