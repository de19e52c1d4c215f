//! Parses the command line, runs the command and turns its outcome into an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;

use super::command_line::{self, Cli, Command, Read};
use super::context::Context;
use super::help::{self, Length};
use super::outcome::{Outcome, Usage};
use super::{
    advice, bench, browse, collections, command_names, completions, decode_worker, demo, doctor, dupes,
    embed, eval, export, import, index, init, man, mcp, models, output, query_args, repair, search, similar,
    status, tags,
};
use crate::base::cpu::InstructionSet;
use crate::base::{allocator, escape, panics};

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    if let Some(code) = completions::answer(|| help::definitions(Length::Long)) {
        return code;
    }
    allocator::give_large_blocks_back();
    let args = query_args::marked(std::env::args_os());
    let Read { cli, stray } = match Cli::read(args.clone()) {
        Ok(read) => read,
        Err(error) if command_line::is_help(&error) => return print_help(error, args),
        Err(error) => return refuse(&error),
    };
    if matches!(cli.command, Some(Command::DecodeWorker)) {
        // Before settings, models and threads: the parent waits.
        return decode_worker::run();
    }
    decode_worker::use_this_program();
    keep_quiet_about_caught_panics();
    match run(cli, stray) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Nothing) => ExitCode::from(1),
        Ok(Outcome::Left) => ExitCode::from(130),
        Ok(Outcome::Code(code)) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(advice::explain(&error));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Prints the help that was asked for: the short one for `-h` and where a command lacks its own, else the long one.
fn print_help(error: clap::Error, args: Vec<OsString>) -> ExitCode {
    let is_long = args.iter().skip(1).any(|arg| arg == "--help" || arg == "help");
    let length = if is_long { Length::Long } else { Length::Short };
    // The same arguments ask for the same help.
    let again = help::definitions(length).try_get_matches_from(args).err();
    refuse(&again.unwrap_or(error))
}

/// Prints what clap has to say: the help, or what is wrong with the arguments, which it quotes.
fn refuse(error: &clap::Error) -> ExitCode {
    let plain = error.to_string();
    let is_odd = |text: &str| text.chars().any(escape::is_odd);
    // clap takes escape sequences in arguments for its own.
    let is_odd_word = |word: OsString| word.to_str().is_none_or(is_odd);
    if is_odd(&plain.replace('\n', " ")) || std::env::args_os().any(is_odd_word) {
        let text = escape::lines(plain.trim_end().as_bytes()) + "\n";
        // Whoever reads may be gone: there is nobody to tell.
        let _ = if error.use_stderr() {
            io::stderr().write_all(text.as_bytes())
        } else {
            io::stdout().write_all(text.as_bytes())
        };
    } else {
        let _ = error.print();
    }
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(meant) = misspelt_command()
    {
        output::note(format_args!("did you mean `pixseek {meant}`?"));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The command that the first word seems to mean, if it is neither a command nor a file.
fn misspelt_command() -> Option<&'static str> {
    let word = std::env::args_os().nth(1)?;
    let word = word.to_str().filter(|word| !command_names::is_command(word) && !Path::new(word).exists())?;
    command_names::meant(word)
}

/// Code that panics on a hostile file makes that file unreadable, which is reported in the panic's place.
fn keep_quiet_about_caught_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panics::is_catching() {
            report(panic);
        }
    }));
}

fn run(cli: Cli, stray: Option<String>) -> Result<Outcome> {
    if let Some(stray) = stray {
        return Err(Usage(format!(
            "{stray} belongs to browsing: options and folders of a command come after it"
        ))
        .into());
    }
    InstructionSet::check_cap().map_err(|error| Usage(error.to_string()))?;
    let context = Context::new(cli.common)?;
    if !matches!(
        cli.command,
        None | Some(Command::Index(_) | Command::Search(_) | Command::Similar(_) | Command::Status(_))
    ) {
        context.refuse_store()?;
    }
    match cli.command {
        None => browse::run(&context, cli.browse),
        Some(Command::Demo(args)) => demo::run(&context, args),
        Some(Command::Index(args)) => index::run(&context, &args),
        Some(Command::Search(args)) => search::run(&context, args),
        Some(Command::Similar(args)) => similar::run(&context, &args),
        Some(Command::Dupes(args)) => dupes::run(&context, &args),
        Some(Command::Embed(args)) => embed::run(&context, &args),
        Some(Command::Tags(args)) => tags::run(&context, &args),
        Some(Command::Models(args)) => models::run(&context, &args),
        Some(Command::Status(args)) => status::run(&context, &args),
        Some(Command::Collections(args)) => collections::run(&context, &args),
        Some(Command::Doctor(args)) => doctor::run(&context, &args),
        Some(Command::Repair(args)) => repair::run(&context, &args),
        Some(Command::Eval(args)) => eval::run(&context, &args),
        Some(Command::Export(args)) => export::run(&context, &args),
        Some(Command::Import(args)) => import::run(&context, &args),
        Some(Command::Bench(args)) => bench::run(&context, &args),
        Some(Command::Mcp(args)) => mcp::run(context, args),
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Completions(args)) => completions::run(&args, help::definitions(Length::Long)),
        Some(Command::Man(args)) => man::run(&args, help::definitions(Length::Long)),
        // It was answered before there was a context.
        Some(Command::DecodeWorker) => Ok(Outcome::Done),
    }
}

/// Whether the error is that the reader of stdout is gone (`pixseek search x | head -1`).
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
