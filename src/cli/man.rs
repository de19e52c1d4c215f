//! `pixseek man`: the manual pages, from the definitions of the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Command, ValueHint};
use clap_mangen::Man;
use roff::Roff;

use super::command_names;
use super::outcome::{Outcome, Usage};
use crate::base::atomic::{self, Access};
use crate::base::paths;

/// The arguments of `pixseek man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek man | man -l -                       read it
  pixseek man search | man -l -                the page of a command
  pixseek man --out ~/.local/share/man/man1    write all pages")]
pub(super) struct ManArgs {
    /// The command whose page is printed [default: the page of the program]
    #[arg(value_parser = command_names::COMMANDS)]
    pub(super) command: Option<String>,
    /// Write all pages into this folder instead, as pixseek.1, pixseek-search.1 and so on.
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}

/// Prints or writes pages, from the definitions of the command line.
pub(super) fn run(args: &ManArgs, mut program: Command) -> Result<Outcome> {
    program.build();
    if let Some(folder) = &args.out {
        return write_all(&program, folder).map(|()| Outcome::Done);
    }
    let page = match &args.command {
        None => page(&program)?,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => page(command)?,
            None => return Err(Usage(format!("there is no manual page of '{name}'")).into()),
        },
    };
    io::stdout().write_all(&page)?;
    Ok(Outcome::Done)
}

/// Writes a page for the program and for each command that a user can write.
fn write_all(program: &Command, folder: &PathBuf) -> Result<()> {
    let shown = paths::display(folder);
    std::fs::create_dir_all(folder).with_context(|| format!("the folder '{shown}' can't be made"))?;
    let shown_commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    for command in [program].into_iter().chain(shown_commands) {
        let path = folder.join(format!("{}.1", called(command).replace(' ', "-")));
        let page = page(command)?;
        atomic::write(&path, Access::Usual, |file| file.write_all(&page))
            .with_context(|| format!("'{}' can't be written", paths::display(&path)))?;
    }
    Ok(())
}

/// How a command is called, with the program's name.
fn called(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

/// A page in roff.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    let name = called(&command).replace(' ', "-").to_uppercase();
    let source = concat!("pixseek ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.after_help(None::<&str>)).title(name).source(source).manual("pixseek");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    notes(&after).to_writer(&mut page)?;
    Ok(page)
}

/// What stands behind the options in the help: indented lines are kept as they are.
fn notes(text: &str) -> Roff {
    let mut page = Roff::new();
    let mut is_in_section = false;
    let mut is_kept = false;
    for line in text.lines() {
        let is_indented = line.starts_with(' ');
        if is_kept && !is_indented {
            page.control("fi", []);
            is_kept = false;
        }
        if line == "Examples:" {
            page.control("SH", ["EXAMPLES"]);
            is_in_section = true;
            continue;
        }
        if !is_in_section {
            page.control("SH", ["NOTES"]);
            is_in_section = true;
        }
        if is_indented && !is_kept {
            page.control("nf", []);
            is_kept = true;
        }
        match line.trim() {
            "" => page.control("PP", []),
            words => page.text([roff::roman(if is_kept { line } else { words })]),
        };
    }
    if is_kept {
        page.control("fi", []);
    }
    page
}
