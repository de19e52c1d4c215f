//! `pixseek [FOLDER]`: the TUI.

use std::io;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use super::Outcome;
use super::args::{BrowseArgs, ProtocolArg};
use super::context::{Context, folder_of, not_indexed};
use super::output::{self, Format};
use crate::collection::{Collection, IndexOptions};
use crate::paths;
use crate::tui::{self, BrowseOptions, GraphicsProtocol};

/// How many results the browser holds.
pub(super) const TOP: usize = 500;

pub(super) fn run(context: &Context, args: BrowseArgs) -> Result<Outcome> {
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    // Before the collection is made: a model that is not there must leave nothing behind.
    let existing = Collection::find(&folder)?;
    let checkpoint = context.checkpoint(existing.as_ref().map(Collection::catalog).transpose()?.as_ref())?;
    let collection = match existing {
        Some(collection) => collection,
        None if args.no_index => return Err(not_indexed(&folder, None)),
        None => Collection::find_or_create(&folder, false)?,
    };
    let walk = args.walk.over(&collection.catalog()?.walk_options()?);
    let index = IndexOptions { walk: Some(walk), ..IndexOptions::default() };
    let options = BrowseOptions {
        collection,
        checkpoint,
        index: (!args.no_index).then_some(index),
        poll: args.poll,
        query: args.query.unwrap_or_default(),
        top: TOP,
        multi: !args.no_multi,
        protocol: protocol(context, args.protocol)?,
    };
    let format = match (args.json, args.print0) {
        (true, _) => Format::Json,
        (false, true) => Format::Print0,
        (false, false) => Format::Paths,
    };
    open(context, options, format)
}

/// Browses, then prints what was chosen.
pub(super) fn open(context: &Context, options: BrowseOptions, format: Format) -> Result<Outcome> {
    let log = context.log_to_file()?;
    let outcome = tui::run(options).map_err(|error| match &log {
        Some(log) => error.context(format!("the browser failed (log: '{}')", paths::display(log))),
        None => error.context("the browser failed"),
    })?;
    match outcome {
        tui::Outcome::Chosen(chosen) => {
            let mut out = io::stdout().lock();
            output::chosen(&mut out, &chosen, format)?;
            Ok(Outcome::Done)
        }
        tui::Outcome::Left => Ok(Outcome::Nothing),
        tui::Outcome::Killed { signal } => Ok(Outcome::Code(ExitCode::from(128_u8.saturating_add(signal)))),
    }
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
