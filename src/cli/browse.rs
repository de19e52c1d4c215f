//! `pixseek [FOLDER]`: the TUI.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::args::{FolderArgs, WalkArgs, parse_seconds};
use super::context::Context;
use super::indexed::NotSearchable;
use super::model_choice::keeps_model;
use super::models;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Format, Reader};
use crate::base::{escape, paths};
use crate::clip::{ModelError, hub};
use crate::library::{self, IndexOptions};
use crate::tui::{self, Appearance, BrowseOptions, Exit, GraphicsProtocol};

/// The arguments of `pixseek [FOLDER]`, which browses.
#[derive(Debug, Args)]
pub(super) struct BrowseArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Start with this query.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
    /// Browse what is indexed without looking for new pictures.
    #[arg(long)]
    pub(super) no_index: bool,
    /// How pictures are drawn.
    #[arg(long, value_enum)]
    pub(super) protocol: Option<GraphicsProtocol>,
    /// End each printed path with a NUL instead of a line break.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
    /// Print one JSON object a line: rank, path.
    #[arg(long, conflicts_with = "print0")]
    pub(super) json: bool,
    /// Poll for changes every SECONDS (10), for folders whose changes the system does not report, such as network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, conflicts_with = "no_index"
    )]
    pub(super) poll: Option<Duration>,
    /// Choose a single picture: nothing can be marked.
    #[arg(long, overrides_with = "multi")]
    pub(super) no_multi: bool,
    /// Let several pictures be marked (the default).
    #[arg(long, overrides_with = "no_multi")]
    pub(super) multi: bool,
    #[command(flatten)]
    pub(super) walk: WalkArgs,
}

impl BrowseArgs {
    /// The first argument of the browser that was given, as the user wrote it. Before a command, it is out of place.
    pub(super) fn first_given(&self) -> Option<String> {
        let FolderArgs { folder, dir } = &self.folder;
        let Self { folder: _, query, no_index, protocol, print0, json, poll, no_multi, multi, walk } = self;
        let WalkArgs {
            hidden,
            no_ignore,
            follow,
            exclude,
            no_ignore_defaults,
            no_hidden,
            ignore,
            no_follow,
            no_exclude,
            ignore_defaults,
        } = walk;
        if let Some(folder) = folder {
            return Some(format!("'{}'", paths::display(folder)));
        }
        [
            (dir.is_some(), "-C"),
            (query.is_some(), "--query"),
            (*no_index, "--no-index"),
            (protocol.is_some(), "--protocol"),
            (*print0, "--print0"),
            (*json, "--json"),
            (poll.is_some(), "--poll"),
            (*no_multi, "--no-multi"),
            (*multi, "--multi"),
            (*hidden, "--hidden"),
            (*no_ignore, "--no-ignore"),
            (*follow, "--follow"),
            (!exclude.is_empty(), "--exclude"),
            (*no_ignore_defaults, "--no-ignore-defaults"),
            (*no_hidden, "--no-hidden"),
            (*ignore, "--ignore"),
            (*no_follow, "--no-follow"),
            (*no_exclude, "--no-exclude"),
            (*ignore_defaults, "--ignore-defaults"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then(|| name.to_owned()))
    }
}

/// Number of results that the browser holds.
pub(super) const TOP: usize = 1000;

pub(super) fn run(context: &Context, args: BrowseArgs) -> Result<Outcome> {
    let folder = args.folder.path();
    // Before the collection is made: a model that is not there must leave nothing behind.
    let existing = Opened::find(&folder)?;
    let checkpoint = match context.checkpoint(existing.as_ref()) {
        Err(error) if offered(context, &error)? => context.checkpoint(existing.as_ref())?,
        checkpoint => checkpoint?,
    };
    let Opened { collection, catalog } = match existing {
        Some(opened) => opened,
        None if args.no_index => return Err(NotSearchable::not_indexed(&folder, None).into()),
        None => Opened::create(&folder, false)?,
    };
    let walk = args.walk.over(&collection.walk_options(&catalog)?);
    let notices = [
        context.words_on_demo_model(&checkpoint, &folder).map(str::to_owned),
        context.words_on_int8.get().cloned(),
        Context::words_on_old_int8(&catalog, &library::model_key(&checkpoint))?.map(str::to_owned),
    ];
    drop(catalog);
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let index = IndexOptions { walk: Some(walk), keep_model, ..IndexOptions::default() };
    let options = BrowseOptions {
        notice: notices.into_iter().flatten().reduce(|all, one| format!("{all}; {one}")),
        collection,
        checkpoint,
        index: (!args.no_index).then_some(index),
        poll: args.poll,
        query: args.query.unwrap_or_default(),
        top: TOP,
        multi: !args.no_multi,
        protocol: protocol(context, args.protocol),
        appearance: appearance(context),
    };
    let format = match (args.json, args.print0) {
        (true, _) => Format::Json,
        (false, true) => Format::Print0,
        (false, false) => Format::Paths,
    };
    open(context, options, format)
}

/// Offers to download the model that is missing. Returns whether it was downloaded.
fn offered(context: &Context, error: &anyhow::Error) -> Result<bool> {
    let Some(ModelError::NotDownloaded(id)) = error.downcast_ref() else { return Ok(false) };
    if context.quiet || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    let size = hub::find_known(id).map(|known| format!(" ({}, {} MB)", known.licence, known.megabytes));
    let size = size.unwrap_or_default();
    let mut stderr = io::stderr().lock();
    write!(stderr, "model '{}'{size} is not downloaded. Download it now? [y/N] ", escape::text(id))?;
    stderr.flush()?;
    drop(stderr);
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let yes = matches!(line.trim(), "y" | "Y" | "yes");
    if yes {
        models::fetch(context, id, false)?;
    }
    Ok(yes)
}

/// Browses, then prints what was chosen.
pub(super) fn open(context: &Context, options: BrowseOptions, format: Format) -> Result<Outcome> {
    let log = context.log_to_file()?;
    let boundary = options.boundary()?;
    let exit = tui::run(options).map_err(|error| match &log {
        Some(log) => error.context(format!("the browser failed (log: '{}')", paths::display(log))),
        None => error.context("the browser failed"),
    })?;
    match exit {
        Exit::Chosen(mut chosen) => {
            let mut printable = boundary.printable();
            chosen.retain(|path| printable.allows_absolute(path));
            output::chosen(&mut io::stdout().lock(), &chosen, format, Reader::of_stdout())?;
            Ok(if chosen.is_empty() { Outcome::Nothing } else { Outcome::Done })
        }
        Exit::Left => Ok(Outcome::Nothing),
        Exit::Killed { signal } => Ok(Outcome::Code(ExitCode::from(128_u8.saturating_add(signal)))),
    }
}

/// The keys, styles and commands of the settings.
pub(super) fn appearance(context: &Context) -> Appearance {
    let config = context.config.clone();
    Appearance { keys: config.keys, theme: config.theme, commands: config.actions }
}

/// The protocol of the option, else of the settings, else what the terminal reports.
pub(super) fn protocol(context: &Context, flag: Option<GraphicsProtocol>) -> GraphicsProtocol {
    flag.or(context.config.protocol).unwrap_or_default()
}
