//! `pixseek index`: brings a folder's index up to date.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::args::{FolderArgs, WalkArgs, parse_seconds};
use super::context::Context;
use super::model_choice::keeps_model;
use super::ocr::{self, JsonTexts};
use super::omitted;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output;
use super::progress::Reporter;
use super::store;
use crate::clip::Checkpoint;
use crate::library::{
    BackgroundTexts, Collection, Follower, IndexOptions, IndexPolicy, Library, Omitted, POLL_INTERVAL,
    Published, ReadReport, Shard, StoreAccess, Summary, TextNews, WatchEvent,
};

/// The arguments of `pixseek index`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek index ~/photos
  pixseek index ~/photos --here       keep the index beside the pictures
  pixseek index . --model openai/clip-vit-base-patch32 --json
  pixseek index ~/photos --exclude '*.gif' --exclude /private
  pixseek index ~/photos --watch      keep following the folder until stopped
  pixseek index /mnt/nas --watch --poll=60
  pixseek index ~/screenshots --ocr   read the text in pictures, too, for text:
  pixseek index /mnt/nas --store milvus://db:19530/pictures --shard 3/16

Only new and changed files are read, and moved files are recognised. The command may be stopped at any time; the next run \
continues from there. Unreadable pictures are skipped: `pixseek status --failed` lists them.")]
pub(super) struct IndexArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Keep the index in `.pixseek` beside the pictures.
    #[arg(long)]
    pub(super) here: bool,
    /// Read and encode everything again.
    #[arg(long)]
    pub(super) force: bool,
    /// Forget deleted pictures at once instead of after 30 days.
    #[arg(long)]
    pub(super) prune: bool,
    /// Build graphs for approximate search even for few pictures (remembered).
    #[arg(long, overrides_with = "exact")]
    pub(super) approximate: bool,
    /// Delete the graphs and build none: all searches are exact (remembered).
    #[arg(long, overrides_with = "approximate")]
    pub(super) exact: bool,
    /// Read the text in the pictures that were not read yet, with tesseract or the command of [ocr] in config.toml, for the
    /// filter `text:`. With --force, in all pictures again.
    #[arg(long)]
    pub(super) ocr: bool,
    /// Keep running, and index whatever changes in the folder, until stopped (ctrl-c).
    #[arg(long)]
    pub(super) watch: bool,
    /// With --watch, poll for changes every SECONDS (10), for folders whose changes the system does not report, such as
    /// network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, requires = "watch"
    )]
    pub(super) poll: Option<Duration>,
    /// With --store, index one of N equal parts of the folder, as 3/16 for the third of sixteen: each of N machines takes
    /// another. A picture's part is told by a hash of its path.
    #[arg(long, value_name = "I/N", conflicts_with = "watch")]
    pub(super) shard: Option<Shard>,
    /// With --store, how a collection that does not exist yet is searched [default: by its size]
    #[arg(long, value_name = "KIND", value_parser = ["flat", "hnsw", "ivf_sq8", "diskann"], hide_short_help = true)]
    pub(super) store_index: Option<String>,
    /// With --store, keep no thumbnails in the store, which machines show that can't reach the files.
    #[arg(long, hide_short_help = true)]
    pub(super) no_store_thumbnails: bool,
    /// Print the summary as a JSON object. With --watch, print one after every change.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) walk: WalkArgs,
}

impl IndexArgs {
    /// When graphs are wanted, if an option says so.
    fn index_policy(&self) -> Option<IndexPolicy> {
        match (self.approximate, self.exact) {
            (true, _) => Some(IndexPolicy::Always),
            (_, true) => Some(IndexPolicy::Never),
            _ => None,
        }
    }
}

pub(super) fn run(context: &Context, args: &IndexArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
    // Before the collection is made: a model that is not there must leave nothing behind.
    let existing = Opened::find(&folder)?;
    let checkpoint = context.checkpoint(existing.as_ref())?;
    if !args.json {
        context.tell_of_demo_model(&checkpoint, &folder);
    }
    let is_in_place = |collection: &Collection| collection.is_whole() && collection.is_beside();
    let Opened { collection, catalog } = match existing {
        Some(opened) if !args.here || is_in_place(&opened.collection) => opened,
        existing => {
            // The catalogue may be moved: nothing may have it open.
            drop(existing);
            Opened::create(&folder, args.here)?
        }
    };
    let walk = args.walk.over(&collection.walk_options(&catalog)?);
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let options = IndexOptions {
        force: args.force,
        prune: args.prune,
        walk: Some(walk.clone()),
        keep_model,
        ..IndexOptions::default()
    };
    let access = context.store_access(Some(&collection))?;
    if access.is_none() && (args.shard.is_some() || args.store_index.is_some() || args.no_store_thumbnails) {
        return Err(Usage(
            "--shard, --store-index and --no-store-thumbnails are for a store: name it with --store"
                .to_owned(),
        )
        .into());
    }
    if let Some(access) = access {
        if args.ocr {
            return Err(Usage("--ocr is not for a store, which keeps no text of pictures".to_owned()).into());
        }
        return run_stored(context, args, &access, Library::new(collection, catalog, checkpoint), &options);
    }
    context.remember_store(&collection)?;
    if args.watch {
        drop(catalog);
        let follower = Follower::new(&collection, &walk, args.poll)?;
        follow(context, args, &collection, follower, &checkpoint, &options)?;
    } else {
        let (texts, why_none) = context.text_reader(args.ocr);
        if let Some(words) = why_none.filter(|_| !context.quiet) {
            output::note(words);
        }
        let mut library = Library::new(collection, catalog, checkpoint);
        let summary = update(context, &mut library, &options)?;
        maintain(context, &mut library, args)?;
        let Some(reader) = texts else {
            tell(context, args, &summary, None, &mut Omitted::default())?;
            return Ok(Outcome::Done);
        };
        if !args.json {
            // Everything can be searched by now, and the rest takes a while.
            tell(context, args, &summary, None, &mut Omitted::default())?;
        }
        let read = ocr::read(context, &mut library, &reader, args.force)?;
        let report = read.as_ref().map(|(report, _)| *report);
        if args.json {
            tell(context, args, &summary, report, &mut Omitted::default())?;
        } else if let Some(words) = report.and_then(ocr::in_words).filter(|_| !context.quiet) {
            output::note(words);
        }
        if read.is_some_and(|(_, stop)| stop.is_stopped()) {
            return Ok(Outcome::Left);
        }
    }
    Ok(Outcome::Done)
}

/// A summary, with what came of reading text if any was to be read.
#[derive(Serialize)]
struct JsonSummary<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<JsonTexts>,
}

/// Indexes the folder into a store.
fn run_stored(
    context: &Context,
    args: &IndexArgs,
    access: &StoreAccess,
    mut library: Library,
    options: &IndexOptions,
) -> Result<Outcome> {
    if args.watch {
        return Err(Usage(
            "--watch follows a folder for the index of this machine: run `pixseek index` from a timer for a store".to_owned(),
        )
        .into());
    }
    let (shard, index) = (args.shard, args.store_index.as_deref());
    let (report, published) =
        context.update_stored(&mut library, access, shard, index, !args.no_store_thumbnails, options)?;
    context.remember_store(library.collection())?;
    if args.json {
        #[derive(Serialize)]
        struct Stored<'a> {
            #[serde(flatten)]
            summary: &'a Summary,
            store: Published,
        }
        output::json(&Stored { summary: &report.summary, store: published })?;
    } else {
        tell(context, args, &report.summary, None, &mut Omitted::default())?;
        store::tell(context, access, &published);
    }
    Ok(Outcome::Done)
}

/// Prints a run's summary, and what was left out if that is not what was `told` before.
fn tell(
    context: &Context,
    args: &IndexArgs,
    summary: &Summary,
    texts: Option<ReadReport>,
    told: &mut Omitted,
) -> Result<()> {
    if args.json {
        output::json(&JsonSummary { summary, texts: texts.map(JsonTexts::of) })?;
    } else if !context.quiet {
        output::note(in_words(summary));
        if let Some(words) = omitted::in_words(&summary.omitted).filter(|_| summary.omitted != *told) {
            output::note(format_args!("left out: {words}"));
        }
        told.clone_from(&summary.omitted);
    }
    Ok(())
}

/// Indexes the folder, and again after every change, until the process is asked to end.
fn follow(
    context: &Context,
    args: &IndexArgs,
    collection: &Collection,
    mut follower: Follower,
    checkpoint: &Checkpoint,
    options: &IndexOptions,
) -> Result<()> {
    let quiet = context.quiet;
    let tell_of_texts = move |news| match news {
        TextNews::Finished(report) if !quiet => ocr::in_words(report).into_iter().for_each(output::note),
        TextNews::Failed(reason) => output::note(format_args!("no text is read: {reason}")),
        TextNews::Finished(_) | TextNews::Reading(..) => {}
    };
    let settings = Some(&context.config.ocr).filter(|settings| args.ocr || settings.enabled).cloned();
    let start =
        |settings| BackgroundTexts::start(collection.clone(), settings, ocr::with_way_out, tell_of_texts);
    let texts = settings.map(start).transpose().context("text in pictures can't be read")?;
    let stop = follower.stop_handle();
    ctrlc::set_handler(move || stop.stop()).context("signals can't be received")?;
    let reporter = Reporter::new(context.quiet);
    let mut told = Omitted::default();
    let result = follower.run(checkpoint, options, &reporter, &mut |news| {
        // The bar is for the first run; later ones are short.
        reporter.finish();
        match news {
            WatchEvent::Indexed(summary) => {
                tell(context, args, &summary, None, &mut told)?;
                // It is opened for each run, so that its disk can be unmounted in between.
                let catalog = collection.catalog()?;
                maintain(context, &mut Library::new(collection.clone(), catalog, checkpoint.clone()), args)?;
                if let Some(texts) = &texts {
                    texts.wake();
                }
            }
            WatchEvent::Failed(error) => {
                output::note(format_args!("{:#}; trying again", anyhow::Error::new(error)));
            }
            WatchEvent::Polling(reason) => output::note(format_args!(
                "polling for changes every {} s (--poll sets the interval): {}",
                POLL_INTERVAL.as_secs(),
                reason.why_polling()
            )),
        }
        Ok(())
    });
    reporter.finish();
    result
}

/// Indexes the folder once, with progress on stderr.
pub(super) fn update(context: &Context, library: &mut Library, options: &IndexOptions) -> Result<Summary> {
    if let Some(words) =
        Context::words_on_old_int8(library.catalog(), library.key())?.filter(|_| !context.quiet)
    {
        output::note(words);
    }
    let reporter = Reporter::new(context.quiet);
    let report = library.update_with(options, &reporter, &AtomicBool::new(false));
    reporter.finish();
    Ok(report?.summary)
}

/// Makes the snapshot and the graphs that are due, with progress on stderr.
fn maintain(context: &Context, library: &mut Library, args: &IndexArgs) -> Result<()> {
    let reporter = std::cell::OnceCell::new();
    let progress = |indexed, pictures| {
        reporter.get_or_init(|| Reporter::new(context.quiet)).building(indexed, pictures);
    };
    let result = library.maintain(args.index_policy(), progress);
    if let Some(reporter) = reporter.get() {
        reporter.finish();
    }
    Ok(result?)
}

fn in_words(summary: &Summary) -> String {
    let &Summary { indexed, reused, removed, failed, seconds, pictures, damaged, ref reread, .. } = summary;
    let mut text = format!("{pictures} pictures searchable: {indexed} indexed, {reused} unchanged or moved");
    if removed > 0 {
        text += &format!(", {removed} removed");
    }
    let lists = "`pixseek status --failed` lists them";
    match (damaged, failed) {
        (0, 0) => {}
        (0, failed) => text += &format!(", {failed} unreadable ({lists})"),
        (damaged, 0) => text += &format!(", {damaged} damaged ({lists})"),
        (damaged, failed) => text += &format!(", {damaged} damaged, {failed} unreadable ({lists})"),
    }
    if !reread.is_empty() {
        let all: usize = reread.values().sum();
        let reasons: Vec<String> = reread.iter().map(|(why, count)| format!("{why} ({count})")).collect();
        text += &format!("; {all} read again: {}", reasons.join(", "));
    }
    text + &format!("; {seconds:.1} s")
}
