//! `pixseek [FOLDER]`: the TUI.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use super::Outcome;
use super::args::{BrowseArgs, ProtocolArg};
use super::context::{Context, Opened, folder_of, keeps_model, not_indexed};
use super::models;
use super::output::{self, Format, Reader};
use crate::base::{escape, paths};
use crate::clip::{ModelError, hub};
use crate::library::{Collection, IndexOptions};
use crate::tui::{self, Appearance, BrowseOptions, Exit, GraphicsProtocol};

/// How many results the browser holds.
pub(super) const TOP: usize = 1000;

pub(super) fn run(context: &Context, args: BrowseArgs) -> Result<Outcome> {
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    // Before the collection is made: a model that is not there must leave nothing behind.
    let existing = Opened::find(&folder)?;
    let checkpoint = match context.checkpoint(existing.as_ref()) {
        Err(error) if offered(context, &error)? => context.checkpoint(existing.as_ref())?,
        checkpoint => checkpoint?,
    };
    let collection = match existing {
        Some(Opened { collection, .. }) => collection,
        None if args.no_index => return Err(not_indexed(&folder, None)),
        None => Collection::find_or_create(&folder, false)?,
    };
    let walk = args.walk.over(&collection.walk_options(&collection.catalog()?)?);
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let index = IndexOptions { walk: Some(walk), keep_model, ..IndexOptions::default() };
    let options = BrowseOptions {
        notice: context.words_on_demo_model(&checkpoint, &folder).map(str::to_owned),
        collection,
        checkpoint,
        index: (!args.no_index).then_some(index),
        poll: args.poll,
        query: args.query.unwrap_or_default(),
        top: TOP,
        multi: !args.no_multi,
        protocol: protocol(context, args.protocol)?,
        appearance: appearance(context),
    };
    let format = match (args.json, args.print0) {
        (true, _) => Format::Json,
        (false, true) => Format::Print0,
        (false, false) => Format::Paths,
    };
    open(context, options, format)
}

/// Whether the model was missing and is now there, since the user was asked and said yes.
fn offered(context: &Context, error: &anyhow::Error) -> Result<bool> {
    let Some(ModelError::NotDownloaded(id)) = error.downcast_ref() else { return Ok(false) };
    if context.quiet || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    let size = hub::known().iter().find(|known| known.id == id.as_str()).map(|known| known.about);
    let size = size.map(|about| format!(" ({about})")).unwrap_or_default();
    let mut stderr = io::stderr().lock();
    write!(stderr, "model '{}'{size} is not downloaded. Download it now? [y/N] ", escape::text(id))?;
    stderr.flush()?;
    drop(stderr);
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let yes = matches!(line.trim(), "y" | "Y" | "yes");
    if yes {
        models::fetch(context, id)?;
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

/// What the settings say of keys, styles and commands.
pub(super) fn appearance(context: &Context) -> Appearance {
    let config = context.config.clone();
    Appearance { keys: config.keys, theme: config.theme, commands: config.actions }
}

/// `--protocol`, else the settings', else what the terminal says.
pub(super) fn protocol(context: &Context, flag: Option<ProtocolArg>) -> Result<GraphicsProtocol> {
    let chosen = match (flag, &context.config.protocol) {
        (Some(flag), _) => flag,
        (None, None) => ProtocolArg::Auto,
        (None, Some(name)) => ProtocolArg::from_str(name, true).map_err(|_| {
            anyhow!("settings: protocol '{name}' is none of auto, kitty, iterm2, sixel, halfblocks")
        })?,
    };
    Ok(match chosen {
        ProtocolArg::Auto => GraphicsProtocol::Auto,
        ProtocolArg::Kitty => GraphicsProtocol::Kitty,
        ProtocolArg::Iterm2 => GraphicsProtocol::Iterm2,
        ProtocolArg::Sixel => GraphicsProtocol::Sixel,
        ProtocolArg::Halfblocks => GraphicsProtocol::Halfblocks,
    })
}
