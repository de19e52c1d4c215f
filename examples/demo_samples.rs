//! Draws the pictures and captions that `tools/demo-model/` trains and measures the demo model on, and streams them to
//! stdout in the format of `pixseek::demo::samples`.
//!
//! ```sh
//! cargo run --release --example demo_samples -- --split held-out --count 500 --write DIR
//! ```

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use pixseek::demo::samples::{self, SampleOptions};

/// Streams drawn pictures and captions to stdout.
#[derive(Debug, Parser)]
#[command(name = "demo_samples", version)]
struct Arguments {
    /// How many samples.
    #[arg(long, default_value_t = 500)]
    count: u64,
    /// Which scenes.
    #[arg(long, value_enum, default_value = "train")]
    split: Split,
    /// Equal seeds give equal samples.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Side of the pictures, in pixels.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(8..=1024))]
    size: u32,
    /// Draw the same held-out scenes anew.
    #[arg(long)]
    redraw: bool,
    /// Write large held-out pictures and `captions.tsv` into this folder instead.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Print the facts' numbers and names instead.
    #[arg(long)]
    facts: bool,
    /// Print the queries of one and two words, and the numbers of the facts that they ask for, instead.
    #[arg(long)]
    queries: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Split {
    /// Never a held-out combination.
    Train,
    /// Only held-out combinations; captions mention everything and fit one picture only.
    HeldOut,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo_samples: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let Arguments { count, split, seed, size, redraw, ref write, facts, queries } = *arguments;
    let options = SampleOptions { count, seed, size };
    if let Some(folder) = write {
        return samples::write_pictures(folder, &options, redraw);
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match split {
        _ if facts => samples::write_fact_names(&mut out)?,
        _ if queries => samples::write_short_queries(&mut out)?,
        Split::Train => samples::write_training(&mut out, &options)?,
        Split::HeldOut => samples::write_held_out(&mut out, &options, redraw)?,
    }
    out.flush()
}
