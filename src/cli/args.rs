//! The arguments that several commands take.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{ArgAction, Args, ValueEnum, ValueHint, value_parser};

use super::candidates;
use crate::base::model_key::Precision;
use crate::catalog::WalkOptions;
use crate::clip::DeviceChoice;
use crate::library::{StoreUrl, StoreUrlError, check_exclude};
use crate::tui::GraphicsProtocol;

/// The heading of the options that say which files count.
pub(super) const FILES: &str = "Which files (remembered)";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct CommonArgs {
    /// The model: a Hugging Face id, a folder with a checkpoint, or `demo`.
    #[arg(
        long,
        short,
        value_name = "MODEL",
        env = "PIXSEEK_MODEL",
        hide_env_values = true,
        global = true,
        help_heading = "Common options",
        add = candidates::model()
    )]
    pub(super) model: Option<String>,
    /// Number of threads for decoding, encoding and searching [default: one a core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..), global = true, hide_short_help = true, help_heading = "Common options")]
    pub(super) threads: Option<u16>,
    /// Arithmetic of the encoder. Vectors of each kind are kept apart.
    #[arg(long, value_enum, value_name = "KIND", default_value_t = PrecisionChoice(None), global = true, hide_short_help = true, help_heading = "Common options")]
    pub(super) precision: PrecisionChoice,
    /// Device that the encoder runs on. A GPU needs a build with its feature.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Auto, global = true, hide_short_help = true, help_heading = "Common options")]
    pub(super) device: DeviceChoice,
    /// Where vectors and facts are, for index, search, similar, status and the browser: milvus://HOST:PORT/NAME, with TLS
    /// milvus+tls://, or `local` for this machine (remembered by index and the browser; a token belongs into
    /// PIXSEEK_STORE_TOKEN).
    #[arg(long, value_name = "URL", value_parser = parse_store, global = true, hide_short_help = true, help_heading = "Common options")]
    pub(super) store: Option<StoreChoice>,
    /// Print errors only: no progress, no notes.
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Common options")]
    pub(super) quiet: bool,
    /// Print more notes. Give it twice for debugging.
    #[arg(long, short, action = ArgAction::Count, global = true, help_heading = "Common options")]
    pub(super) verbose: u8,
}

/// What `--store` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoreChoice {
    /// The index of this machine.
    Local,
    /// A store elsewhere.
    At(StoreUrl),
}

fn parse_store(text: &str) -> Result<StoreChoice, String> {
    match text {
        "local" => Ok(StoreChoice::Local),
        url => url.parse().map(StoreChoice::At).map_err(|error: StoreUrlError| error.to_string()),
    }
}

/// What `--precision` asks for. `auto` leaves it to the collection and the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrecisionChoice(pub(super) Option<Precision>);

impl ValueEnum for PrecisionChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(None), Self(Some(Precision::F32)), Self(Some(Precision::F16)), Self(Some(Precision::Int8))]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            None => {
                "What the folder was last indexed with, else the fastest that is accurate on this machine"
            }
            Some(Precision::F32) => "32-bit floating point",
            Some(Precision::F16) => "16-bit floating point, on a GPU",
            Some(Precision::Int8 | Precision::OldInt8) => {
                "8-bit integers: faster, and nearly the same vectors"
            }
        };
        Some(PossibleValue::new(self.0.map_or("auto", Precision::as_str)).help(help))
    }
}

/// The folder that a command is about.
#[derive(Debug, Clone, Args)]
pub(super) struct FolderArgs {
    /// The folder [default: .]
    #[arg(value_hint = ValueHint::DirPath)]
    pub(super) folder: Option<PathBuf>,
    /// The folder, when its name could be taken for something else.
    #[arg(short = 'C', long = "dir", value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "folder")]
    pub(super) dir: Option<PathBuf>,
}

impl FolderArgs {
    /// The folder that was named one way or the other, else `.`.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.as_ref().or(self.folder.as_ref()).cloned().unwrap_or_else(|| PathBuf::from("."))
    }
}

/// Which files of a folder count as its pictures. The flags are remembered for the folder; most are those of fd.
#[derive(Debug, Clone, Args)]
pub(super) struct WalkArgs {
    /// Include hidden files and folders.
    #[arg(long, short = 'H', overrides_with = "no_hidden", help_heading = FILES)]
    pub(super) hidden: bool,
    /// Include files that .gitignore, .ignore and the like leave out.
    #[arg(long, short = 'I', overrides_with = "ignore", help_heading = FILES)]
    pub(super) no_ignore: bool,
    /// Follow symbolic links.
    #[arg(long, short = 'L', overrides_with = "no_follow", help_heading = FILES)]
    pub(super) follow: bool,
    /// Leave out files and folders that match GLOB: a name anywhere, or with a slash a path relative to the indexed folder.
    /// May be given several times.
    #[arg(long, short = 'E', value_name = "GLOB", value_parser = parse_exclude, help_heading = FILES)]
    pub(super) exclude: Vec<String>,
    /// Include folders that are left out by default: thumbnails, recycle bins, previews of other programs, folders with a
    /// `.nomedia` file.
    #[arg(long, overrides_with = "ignore_defaults", help_heading = FILES)]
    pub(super) no_ignore_defaults: bool,
    /// Undo a remembered --hidden.
    #[arg(long, hide_short_help = true, help_heading = FILES)]
    pub(super) no_hidden: bool,
    /// Undo a remembered --no-ignore.
    #[arg(long, hide_short_help = true, help_heading = FILES)]
    pub(super) ignore: bool,
    /// Undo a remembered --follow.
    #[arg(long, hide_short_help = true, help_heading = FILES)]
    pub(super) no_follow: bool,
    /// Forget every remembered --exclude.
    #[arg(long, hide_short_help = true, help_heading = FILES)]
    pub(super) no_exclude: bool,
    /// Undo a remembered --no-ignore-defaults.
    #[arg(long, hide_short_help = true, help_heading = FILES)]
    pub(super) ignore_defaults: bool,
}

impl WalkArgs {
    /// The options of this run: those that are remembered, changed by what was asked for.
    pub(super) fn over(&self, remembered: &WalkOptions) -> WalkOptions {
        let mut exclude = if self.no_exclude { Vec::new() } else { remembered.exclude.clone() };
        for glob in &self.exclude {
            if !exclude.contains(glob) {
                exclude.push(glob.clone());
            }
        }
        WalkOptions {
            hidden: (remembered.hidden || self.hidden) && !self.no_hidden,
            no_ignore: (remembered.no_ignore || self.no_ignore) && !self.ignore,
            follow: (remembered.follow || self.follow) && !self.no_follow,
            no_ignore_defaults: (remembered.no_ignore_defaults || self.no_ignore_defaults)
                && !self.ignore_defaults,
            exclude,
        }
    }
}

/// How results are printed.
#[derive(Debug, Clone, Args)]
pub(super) struct OutputArgs {
    /// Print at most this many results.
    #[arg(long, short = 'n', value_name = "K", default_value_t = 10, value_parser = parse_count)]
    pub(super) top: usize,
    /// Print one JSON object a line: rank, path, score.
    #[arg(long, conflicts_with_all = ["paths", "print0"])]
    pub(super) json: bool,
    /// Print only the paths.
    #[arg(long)]
    pub(super) paths: bool,
    /// Print only the paths, each ended by NUL instead of a line break.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
    /// On a terminal, show small pictures of the results above their list.
    #[arg(long, short = 'p')]
    pub(super) preview: bool,
    /// How the pictures of --preview are drawn.
    #[arg(long, value_enum, value_name = "HOW", hide_short_help = true)]
    pub(super) protocol: Option<GraphicsProtocol>,
    /// Compare the query with every picture (the default: for a single search it is fastest).
    #[arg(long, overrides_with = "approximate")]
    pub(super) exact: bool,
    /// Search the graphs that `pixseek index` builds for large collections.
    #[arg(long, overrides_with = "exact")]
    pub(super) approximate: bool,
}

/// Parses a glob of files to leave out.
fn parse_exclude(text: &str) -> Result<String, String> {
    check_exclude(text).map(|()| text.to_owned())
}

/// Parses a number of seconds.
pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=1e6).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1".to_owned())
}

/// Parses a number of things of which at least one is wanted.
pub(super) fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number from 1".to_owned()),
        Ok(count) => Ok(count),
    }
}
