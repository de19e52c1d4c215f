//! The arguments of `pixseek [FOLDER] [QUERY]...`, which browses.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::args::{WalkArgs, parse_seconds};
use super::bindings::Binding;
use super::candidates;
use super::output::Format;
use crate::tui::{GraphicsProtocol, Height};

/// The arguments of the browser.
#[derive(Debug, Args)]
pub(super) struct BrowseArgs {
    /// The folder [default: .], or a picture, whose likes are shown, or `-` for a list of paths on standard input; then
    /// what to look for.
    #[arg(value_name = "[FOLDER] QUERY", add = candidates::folder_or_word())]
    pub(super) words: Vec<OsString>,
    /// The folder, where a word would be taken for something else.
    #[arg(short = 'C', long = "dir", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: Option<PathBuf>,
    /// Start with this query.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
    /// Print a single result without browsing.
    #[arg(long, short = '1', help_heading = "As fzf")]
    pub(super) select_1: bool,
    /// Leave with exit code 1 if there is no result.
    #[arg(long, help_heading = "As fzf")]
    pub(super) exit_0: bool,
    /// Print the query before the chosen paths.
    #[arg(long, help_heading = "As fzf")]
    pub(super) print_query: bool,
    /// Browse in this many rows below the prompt, or percent of the terminal's.
    #[arg(long, value_name = "N[%]", help_heading = "As fzf")]
    pub(super) height: Option<Height>,
    /// Bind keys to actions, with commas between, such as ctrl-g:leave.
    #[arg(long, value_name = "KEY:ACTION", value_parser = super::bindings::parse, help_heading = "As fzf")]
    pub(super) bind: Vec<Vec<Binding>>,
    /// Choose a single picture: nothing can be marked.
    #[arg(long, overrides_with = "multi", help_heading = "As fzf")]
    pub(super) no_multi: bool,
    /// Let several pictures be marked (the default).
    #[arg(long, overrides_with = "no_multi", hide_short_help = true, help_heading = "As fzf")]
    pub(super) multi: bool,
    /// End each printed path with a NUL instead of a line break.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
    /// Print one JSON object a line: rank, path.
    #[arg(long, conflicts_with = "print0")]
    pub(super) json: bool,
    /// With `-` in place of the folder: the paths on standard input end with NUL instead of a line break.
    #[arg(long, hide_short_help = true)]
    pub(super) read0: bool,
    /// How pictures are drawn.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(super) protocol: Option<GraphicsProtocol>,
    /// Browse what is indexed without looking for new pictures.
    #[arg(long, hide_short_help = true)]
    pub(super) no_index: bool,
    /// Download the model, if it is not here, without being asked. Every licence is accepted.
    #[arg(long, short = 'y', hide_short_help = true)]
    pub(super) yes: bool,
    /// Poll for changes every SECONDS (10), for folders whose changes the system does not report, such as network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, conflicts_with = "no_index", hide_short_help = true
    )]
    pub(super) poll: Option<Duration>,
    #[command(flatten)]
    pub(super) walk: WalkArgs,
}

impl BrowseArgs {
    /// How chosen paths are printed.
    pub(super) fn format(&self) -> Format {
        match (self.json, self.print0) {
            (true, _) => Format::Json,
            (false, true) => Format::Print0,
            (false, false) => Format::Paths,
        }
    }
}
