//! The arguments of every command.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, value_parser};

pub use super::transfer_args::{ExportArgs, ImportArgs};
use crate::base::paths;
use crate::catalog::WalkOptions;

const EXAMPLES: &str = "\
Examples:
  pixseek demo                          try it on drawn pictures, offline
  pixseek ~/photos                      browse a folder; it is indexed meanwhile
  pixseek ~/photos | xargs -d '\\n' cp -t /tmp/pick
  pixseek index ~/photos                bring the index up to date, for instance from cron
  pixseek search ~/photos red car in the snow

Exit codes: 0 done, 1 nothing found, left with esc or failed, 2 wrong usage.
Settings: pixseek/config.toml in the config folder. Environment: PIXSEEK_MODEL, PIXSEEK_DATA_DIR,
PIXSEEK_LOG (a filter such as debug), HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, NO_COLOR.";

/// Finds pictures by what is in them.
///
/// Without a command, browses FOLDER: type what you look for, move with the arrow keys, enter prints
/// the picture's path.
#[derive(Debug, Parser)]
#[command(
    name = "pixseek",
    version,
    after_long_help = EXAMPLES,
    after_help = "`pixseek --help` has examples, `pixseek COMMAND --help` the options of a command.",
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub browse: BrowseArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct CommonArgs {
    /// The model: `demo`, a Hugging Face id, or a folder with a checkpoint.
    #[arg(
        long,
        short,
        value_name = "MODEL",
        env = "PIXSEEK_MODEL",
        global = true,
        help_heading = "Common options"
    )]
    pub model: Option<String>,
    /// Threads for decoding, encoding and searching; all cores unless given.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..), global = true, help_heading = "Common options")]
    pub threads: Option<u16>,
    /// Arithmetic of the encoder; vectors of each are kept apart.
    #[arg(long, value_enum, default_value_t = PrecisionArg::Auto, global = true, help_heading = "Common options")]
    pub precision: PrecisionArg,
    /// Where the encoder runs; a GPU needs a build with its feature.
    #[arg(long, value_enum, default_value_t = DeviceArg::Auto, global = true, help_heading = "Common options")]
    pub device: DeviceArg,
    /// No progress and no notes, only errors.
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Common options")]
    pub quiet: bool,
    /// More notes; twice for debugging.
    #[arg(long, short, action = ArgAction::Count, global = true, help_heading = "Common options")]
    pub verbose: u8,
}

/// Arithmetic of the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// What the collection was last indexed with; at first, the fastest that is accurate on this machine.
    Auto,
    /// 32-bit floating point.
    F32,
    /// 8-bit integers: faster, and nearly the same vectors.
    Int8,
}

/// Where the encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeviceArg {
    /// A GPU if this build can use one that is there, else the CPU.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU (built with `--features cuda`).
    Cuda,
    /// An Apple GPU (built with `--features metal`).
    Metal,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draw the demo gallery and browse it, with no network and no photos of your own.
    Demo(DemoArgs),
    /// Bring the index of a folder up to date.
    Index(IndexArgs),
    /// Search by text.
    Search(SearchArgs),
    /// Find pictures that look like one.
    Similar(SimilarArgs),
    /// Print the embedding of a text or a picture.
    Embed(EmbedArgs),
    /// List, download and find models.
    Models(ModelsArgs),
    /// Show what is known of a folder.
    Status(StatusArgs),
    /// List or forget indexed folders.
    Collections(CollectionsArgs),
    /// Write the embeddings of a folder as a NumPy file.
    Export(ExportArgs),
    /// Take over embeddings from a NumPy file.
    Import(ImportArgs),
    /// Measure what this machine does with a model.
    Bench(BenchArgs),
}

/// Which files of a folder are looked at, as in fd; remembered with the collection.
#[derive(Debug, Clone, Args)]
pub struct WalkArgs {
    /// Also hidden files and folders.
    #[arg(long, short = 'H', overrides_with = "no_hidden", help_heading = "Which files (remembered)")]
    pub hidden: bool,
    /// Also what .gitignore, .ignore and the like leave out.
    #[arg(long, short = 'I', overrides_with = "ignore", help_heading = "Which files (remembered)")]
    pub no_ignore: bool,
    /// Follow symbolic links.
    #[arg(long, short = 'L', overrides_with = "no_follow", help_heading = "Which files (remembered)")]
    pub follow: bool,
    /// Undo a remembered --hidden.
    #[arg(long, hide_short_help = true, help_heading = "Which files (remembered)")]
    pub no_hidden: bool,
    /// Undo a remembered --no-ignore.
    #[arg(long, hide_short_help = true, help_heading = "Which files (remembered)")]
    pub ignore: bool,
    /// Undo a remembered --follow.
    #[arg(long, hide_short_help = true, help_heading = "Which files (remembered)")]
    pub no_follow: bool,
}

impl WalkArgs {
    /// The remembered options with what was asked for now.
    pub fn over(&self, remembered: &WalkOptions) -> WalkOptions {
        WalkOptions {
            hidden: (remembered.hidden || self.hidden) && !self.no_hidden,
            no_ignore: (remembered.no_ignore || self.no_ignore) && !self.ignore,
            follow: (remembered.follow || self.follow) && !self.no_follow,
        }
    }
}

/// `pixseek [FOLDER]`
#[derive(Debug, Args)]
pub struct BrowseArgs {
    /// The folder to browse [default: .]
    pub folder: Option<PathBuf>,
    /// The folder, when its name could be taken for a command.
    #[arg(short = 'C', long = "dir", value_name = "DIR", conflicts_with = "folder")]
    pub dir: Option<PathBuf>,
    /// Start with this query.
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    /// Browse what is indexed, without looking for new pictures.
    #[arg(long)]
    pub no_index: bool,
    /// How pictures are drawn.
    #[arg(long, value_enum)]
    pub protocol: Option<ProtocolArg>,
    /// End each printed path with a NUL instead of a line break.
    #[arg(long, short = '0')]
    pub print0: bool,
    /// Print an object a line: the place among the chosen, and the path.
    #[arg(long, conflicts_with = "print0")]
    pub json: bool,
    /// Look for changes every SECONDS (10) instead of being told by the system, as on network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, conflicts_with = "no_index"
    )]
    pub poll: Option<Duration>,
    /// Choose one picture only: nothing can be marked.
    #[arg(long, overrides_with = "multi")]
    pub no_multi: bool,
    /// Several pictures can be marked, as without `--no-multi`.
    #[arg(long, overrides_with = "no_multi")]
    pub multi: bool,
    #[command(flatten)]
    pub walk: WalkArgs,
}

impl BrowseArgs {
    /// The first of these that was given, as the user wrote it; before a command they are out of place.
    pub fn first_given(&self) -> Option<String> {
        let Self { folder, dir, query, no_index, protocol, print0, json, poll, no_multi, multi, walk } = self;
        let WalkArgs { hidden, no_ignore, follow, no_hidden, ignore, no_follow } = walk;
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
            (*no_hidden, "--no-hidden"),
            (*ignore, "--ignore"),
            (*no_follow, "--no-follow"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then(|| name.to_owned()))
    }
}

/// How pictures are drawn in the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProtocolArg {
    /// Ask the terminal.
    Auto,
    Kitty,
    Iterm2,
    Sixel,
    /// Two coloured pixels a character: works everywhere.
    Halfblocks,
}

/// `pixseek demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek demo\n  pixseek demo /tmp/gallery --write   only write it")]
pub struct DemoArgs {
    /// Where to put the pictures and captions.tsv: a new or an empty folder, or one that they are in already; any other
    /// is refused, and nothing is written [default: the cache folder]
    pub dir: Option<PathBuf>,
    /// Only write the gallery and print its folder (so too when stdout is no terminal).
    #[arg(long)]
    pub write: bool,
    /// Start with this query.
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    /// How pictures are drawn.
    #[arg(long, value_enum)]
    pub protocol: Option<ProtocolArg>,
}

/// `pixseek index`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek index ~/photos
  pixseek index ~/photos --here       keep the index beside the pictures, to be moved along
  pixseek index . --model demo --json
  pixseek index ~/photos --watch      keep the index up to date until stopped
  pixseek index /mnt/nas --watch --poll=60

Only new and changed files are read; moved ones are recognised. It may be stopped at any time and goes on
from there. Unreadable pictures are skipped: `pixseek status --failed` lists them.")]
pub struct IndexArgs {
    /// The folder [default: .]
    pub folder: Option<PathBuf>,
    /// The folder, when its name could be taken for something else.
    #[arg(short = 'C', long = "dir", value_name = "DIR", conflicts_with = "folder")]
    pub dir: Option<PathBuf>,
    /// Keep the index in `.pixseek` beside the pictures.
    #[arg(long)]
    pub here: bool,
    /// Read and encode everything again.
    #[arg(long)]
    pub force: bool,
    /// Forget deleted pictures at once instead of after 30 days.
    #[arg(long)]
    pub prune: bool,
    /// Build graphs for approximate search however few pictures there are (remembered).
    #[arg(long, overrides_with = "exact")]
    pub approximate: bool,
    /// Delete the graphs and build none, so that all searches are exact (remembered).
    #[arg(long, overrides_with = "approximate")]
    pub exact: bool,
    /// Go on until stopped (ctrl-c), following what changes in the folder.
    #[arg(long)]
    pub watch: bool,
    /// With --watch: look every SECONDS (10) instead of being told by the system, as on network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, requires = "watch"
    )]
    pub poll: Option<Duration>,
    /// Print a summary as a JSON object; with --watch, one each time something changed.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// How results are printed.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// How many results.
    #[arg(long, short = 'n', value_name = "K", default_value_t = 10, value_parser = parse_count)]
    pub top: usize,
    /// One JSON object a line: rank, path, score.
    #[arg(long, conflicts_with_all = ["paths", "print0"])]
    pub json: bool,
    /// Only the paths.
    #[arg(long)]
    pub paths: bool,
    /// Only the paths, each ended by NUL instead of a line break.
    #[arg(long, short = '0')]
    pub print0: bool,
    /// Compare with every picture, as without `--approximate`: for one search that is quickest.
    #[arg(long, overrides_with = "approximate")]
    pub exact: bool,
    /// Follow the graphs that `pixseek index` built for large collections.
    #[arg(long, overrides_with = "exact")]
    pub approximate: bool,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=1e6).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1".to_owned())
}

fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number from 1".to_owned()),
        Ok(count) => Ok(count),
    }
}

/// `pixseek search`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek search ~/photos red car in the snow
  pixseek search -C ~/photos -n 50 --paths sunset | head
  pixseek search . 'two cats' -0 | xargs -0 ls -l

The first word is the folder only if it is one and more follows; -C leaves no doubt.
Answers come from the index; `--update` brings it up to date first.")]
pub struct SearchArgs {
    /// The folder (`.` if left out), then what to look for.
    #[arg(required = true, value_name = "[FOLDER] QUERY")]
    pub words: Vec<std::ffi::OsString>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Bring the index up to date first.
    #[arg(long)]
    pub update: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `pixseek similar`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek similar beach.jpg ~/photos\n  pixseek similar ~/Downloads/cat.png -C ~/photos --json"
)]
pub struct SimilarArgs {
    /// The picture to compare with; it need not be in the folder, and is left out if it is.
    pub image: PathBuf,
    /// The folder to search [default: .]
    pub folder: Option<PathBuf>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR", conflicts_with = "folder")]
    pub dir: Option<PathBuf>,
    /// Bring the index up to date first.
    #[arg(long)]
    pub update: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `pixseek embed`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek embed --text 'a red car' --json\n  pixseek embed --image car.jpg --model demo"
)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["text", "image"]))]
pub struct EmbedArgs {
    /// A text.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// A picture's file.
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Print an object with model, precision, dimension and embedding instead of one number a line.
    #[arg(long)]
    pub json: bool,
}

/// `pixseek models`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek models\n  pixseek models fetch openai/clip-vit-base-patch32")]
pub struct ModelsArgs {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the known models and those already here.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Download a model from the Hugging Face hub.
    Fetch {
        /// Such as openai/clip-vit-base-patch32.
        id: String,
    },
    /// Print the folder that a downloaded model is in.
    Path {
        /// Such as openai/clip-vit-base-patch32.
        id: String,
    },
}

/// `pixseek status`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek status ~/photos\n  pixseek status ~/photos --failed")]
pub struct StatusArgs {
    /// The folder [default: .]
    pub folder: Option<PathBuf>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR", conflicts_with = "folder")]
    pub dir: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    pub json: bool,
    /// List the pictures that could not be read, with the reasons.
    #[arg(long)]
    pub failed: bool,
}

/// `pixseek bench`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek bench encoder --model demo\n  pixseek bench encoder --threads 2 --json\n  pixseek bench search --n 100000 --dim 512"
)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub command: BenchCommand,
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Pictures a second at batches of 1, 8 and 32, and the time of a query of a few words (medians).
    Encoder(BenchEncoderArgs),
    /// The time of a search among many pictures, exact and approximate (medians), and what the latter misses.
    Search(BenchSearchArgs),
    /// From a key press to its results on the screen, in the browser's event loop, without a terminal.
    Tui(BenchTuiArgs),
}

/// `pixseek bench tui`
#[derive(Debug, Args)]
pub struct BenchTuiArgs {
    /// How many pictures are searched: hard links to the demo gallery, with vectors drawn in clusters.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = parse_count)]
    pub n: usize,
    /// Then the same while so many new pictures are indexed; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub indexing: usize,
    /// Print a JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `pixseek bench encoder`
#[derive(Debug, Args)]
pub struct BenchEncoderArgs {
    /// Print a JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `pixseek bench search`
#[derive(Debug, Args)]
pub struct BenchSearchArgs {
    /// How many vectors, drawn in clusters.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = parse_count, conflicts_with = "folder")]
    pub n: usize,
    /// How long they are.
    #[arg(long, value_name = "DIM", default_value_t = 512, value_parser = parse_count, conflicts_with = "folder")]
    pub dim: usize,
    /// Search the vectors of an indexed folder instead.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Leave the vectors, the queries and the answers in this folder as .npy files, for tools/bench/search.py.
    #[arg(long, value_name = "DIR", hide = true)]
    pub write: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `pixseek collections`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek collections\n  pixseek collections forget ~/old-photos")]
pub struct CollectionsArgs {
    #[command(subcommand)]
    pub command: Option<CollectionsCommand>,
    /// One JSON object a line: root, pictures, model.
    #[arg(long)]
    pub json: bool,
}

/// What to do with collections.
#[derive(Debug, Subcommand)]
pub enum CollectionsCommand {
    /// List the indexed folders (those that keep their index beside the pictures are not known here).
    List {
        /// One JSON object a line: root, pictures, model.
        #[arg(long)]
        json: bool,
    },
    /// Delete the index of a folder; the pictures stay.
    Forget {
        /// The folder, which may be gone already.
        dir: PathBuf,
    },
}

#[cfg(test)]
mod tests;
