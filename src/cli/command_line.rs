//! The whole command line: the browser's arguments, or a command with its own.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::args::CommonArgs;
use super::bench::BenchArgs;
use super::browse_args::BrowseArgs;
use super::collections::CollectionsArgs;
use super::completions::CompletionsArgs;
use super::demo::DemoArgs;
use super::doctor::DoctorArgs;
use super::dupes::DupesArgs;
use super::embed::EmbedArgs;
use super::eval::EvalArgs;
use super::export::ExportArgs;
use super::import::ImportArgs;
use super::index::IndexArgs;
use super::init::InitArgs;
use super::man::ManArgs;
use super::mcp::McpArgs;
use super::models::ModelsArgs;
use super::repair::RepairArgs;
use super::search::SearchArgs;
use super::similar::SimilarArgs;
use super::status::StatusArgs;
use super::tags::TagsArgs;

const EXAMPLES: &str = "\
Examples:
  pixseek demo                     try it offline, on drawn pictures
  pixseek ~/photos                 browse a folder while it is being indexed
  pixseek ~/photos red car         browse it from this query on
  pixseek ~/photos/beach.jpg       browse what looks like a picture
  pixseek ~/photos | xargs -d '\\n' cp -t /tmp/pick
  pixseek index ~/photos           bring the index up to date, as from cron
  pixseek search ~/photos red car in the snow

Exit codes: 0 done; 1 nothing found, or failed; 2 wrong usage; 130 the browser was left with esc or ctrl-c.

Settings: pixseek/config.toml in the config folder. Environment: PIXSEEK_MODEL, PIXSEEK_DATA_DIR, PIXSEEK_LOG (a filter \
such as debug), PIXSEEK_CPU (caps the CPU's instructions), HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, \
HF_HUB_DOWNLOAD_TIMEOUT, NO_COLOR.";

/// Finds pictures by what is in them.
///
/// Without a command, pixseek browses FOLDER: type what you are looking for, move with the arrow keys, and press enter to
/// print the picture's path.
#[derive(Debug, Parser)]
#[command(
    name = "pixseek",
    version,
    after_help = EXAMPLES,
    override_usage = "pixseek [OPTIONS] [FOLDER] [QUERY]...\n       pixseek COMMAND ..."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) browse: BrowseArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Draw the demo gallery and browse it, without network or photos.
    Demo(DemoArgs),
    /// Bring the index of a folder up to date.
    Index(IndexArgs),
    /// Search by text, pictures, and what to leave out.
    Search(SearchArgs),
    /// Find pictures that look like one.
    Similar(SimilarArgs),
    /// Find pictures that look alike, to clean up.
    Dupes(DupesArgs),
    /// Print the embedding of a text or a picture.
    Embed(EmbedArgs),
    /// Name what is in pictures, by the nearest words of a list.
    Tags(TagsArgs),
    /// List, download and find models.
    Models(ModelsArgs),
    /// Show what is known about a folder.
    Status(StatusArgs),
    /// List or forget indexed folders.
    Collections(CollectionsArgs),
    /// Write the embeddings of a folder as a NumPy file.
    Export(ExportArgs),
    /// Read the embeddings of a folder from a NumPy file.
    Import(ImportArgs),
    /// Judge a model by pictures of your own.
    Eval(EvalArgs),
    /// Tell what was found of the terminal, the models and an index.
    Doctor(DoctorArgs),
    /// Mend the index of a folder, and say what is lost.
    Repair(RepairArgs),
    /// Measure the speed of this machine.
    Bench(BenchArgs),
    /// Let agents search pictures, over the Model Context Protocol.
    Mcp(McpArgs),
    /// Print what makes a key of the shell pick pictures.
    Init(InitArgs),
    /// Print what makes the tab key of the shell complete.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man(ManArgs),
    /// Decode pictures for another pixseek, which asks over standard input.
    #[command(hide = true)]
    DecodeWorker,
}

/// A command line that was read.
pub(super) struct Read {
    pub(super) cli: Cli,
    /// The first option of the browser that stands before a command, where it would be lost.
    pub(super) stray: Option<String>,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// What clap has to say: what is wrong, or that help was asked for.
    pub(super) fn read(args: Vec<OsString>) -> Result<Read, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let stray = stray(&matches);
        Ok(Read { cli: Self::from_arg_matches(&matches)?, stray })
    }
}

fn stray(matches: &ArgMatches) -> Option<String> {
    matches.subcommand()?;
    let own = Cli::command();
    let is_given = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    let mut given = own.get_arguments().filter(|arg| !arg.is_global_set() && is_given(arg.get_id().as_str()));
    given.find_map(|arg| arg.get_long().map(|name| format!("--{name}")))
}

/// Whether an error of clap's is a help text.
pub(super) fn is_help(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
}

#[cfg(test)]
mod tests;
