//! The whole command line: the browser's arguments, or a command with its own.

use clap::{Parser, Subcommand};

use super::args::CommonArgs;
use super::bench::BenchArgs;
use super::browse::BrowseArgs;
use super::collections::CollectionsArgs;
use super::demo::DemoArgs;
use super::embed::EmbedArgs;
use super::eval::EvalArgs;
use super::export::ExportArgs;
use super::import::ImportArgs;
use super::index::IndexArgs;
use super::models::ModelsArgs;
use super::search::SearchArgs;
use super::similar::SimilarArgs;
use super::status::StatusArgs;

const EXAMPLES: &str = "\
Examples:
  pixseek demo                          try it offline, on drawn pictures
  pixseek ~/photos                      browse a folder while it is being indexed
  pixseek ~/photos | xargs -d '\\n' cp -t /tmp/pick
  pixseek index ~/photos                bring the index up to date, for instance from cron
  pixseek search ~/photos red car in the snow

Exit codes: 0 done; 1 nothing found, failed, or left with esc; 2 wrong usage.
Settings: pixseek/config.toml in the config folder. Environment: PIXSEEK_MODEL, PIXSEEK_DATA_DIR,
PIXSEEK_LOG (a filter such as debug), PIXSEEK_CPU (caps the CPU's instructions), HF_HOME, HF_HUB_CACHE,
HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT, NO_COLOR.";

/// Finds pictures by what is in them.
///
/// Without a command, pixseek browses FOLDER: type what you are looking for, move with the arrow keys, and press enter
/// to print the picture's path.
#[derive(Debug, Parser)]
#[command(
    name = "pixseek",
    version,
    after_long_help = EXAMPLES,
    after_help = "`pixseek --help` has examples, `pixseek COMMAND --help` the options of a command.",
    disable_help_subcommand = true
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
    /// Draw the demo gallery and browse it. It needs no network and no photos.
    Demo(DemoArgs),
    /// Bring the index of a folder up to date.
    Index(IndexArgs),
    /// Search by text, pictures, and what to leave out.
    Search(SearchArgs),
    /// Find pictures that look like one.
    Similar(SimilarArgs),
    /// Print the embedding of a text or a picture.
    Embed(EmbedArgs),
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
    /// Measure the speed of this machine.
    Bench(BenchArgs),
    /// Decode pictures for another pixseek, which asks over standard input.
    #[command(hide = true)]
    DecodeWorker,
}

#[cfg(test)]
mod tests;
