//! `pixseek bench`: the speed of this machine. There is one file for each thing that is measured.

mod encoder;
mod facts;
mod photos;
mod search;
mod sets;
mod stage;
mod times;
mod tui;
mod vectors;

use anyhow::Result;

use clap::{Args, Subcommand};

use self::encoder::BenchEncoderArgs;
use self::search::BenchSearchArgs;
use self::tui::BenchTuiArgs;
use super::context::Context;
use super::outcome::Outcome;

/// The arguments of `pixseek bench`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek bench encoder --model demo\n  pixseek bench encoder --threads 2 --json\n  pixseek bench search --n 100000 --dim 512"
)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    pub(super) command: BenchCommand,
}

/// The things that can be measured.
#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    /// Measure pictures a second in batches of 1, 8 and 32, and the time of a query of a few words (medians).
    Encoder(BenchEncoderArgs),
    /// Measure the time of an exact and an approximate search among many pictures (medians), and what the latter misses.
    Search(BenchSearchArgs),
    /// Measure the time from a key press to its results, in the browser's event loop, without a terminal.
    Tui(BenchTuiArgs),
}

pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match &args.command {
        BenchCommand::Encoder(args) => encoder::run(context, args),
        BenchCommand::Search(args) => search::run(context, args),
        BenchCommand::Tui(args) => tui::run(context, args),
    }
}
