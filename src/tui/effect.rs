//! What the state machine wants done; `run` carries it out.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::tui::state::PreviewKey;

/// One thing to do. None of them blocks; answers come back as events.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Turn a query into a vector.
    Embed { generation: u64, text: String },
    /// Ask the index.
    Search { generation: u64, question: Question },
    /// Have the search worker read what was committed, and answer its last question again.
    Refresh,
    /// Show `wanted`; `neighbours`, nearest first, are likely to be next.
    Preview { wanted: PreviewKey, neighbours: Vec<PreviewKey> },
    /// Show small pictures: those of `wanted`, then those of `ahead`, which are likely to be next.
    Thumbnails { wanted: Vec<PreviewKey>, ahead: Vec<PreviewKey> },
    /// Put these paths on the clipboard, one a line.
    Copy(Vec<PathBuf>),
    /// Open each of these pictures with the system's viewer; `of`: how many were meant.
    Open { pictures: Vec<PathBuf>, of: usize },
    /// Find out about a file.
    Facts(PathBuf),
    /// Move these, by id and absolute path, to the trash.
    Trash(Vec<(i64, PathBuf)>),
    /// Run a line in a shell that has the terminal.
    Run(Errand),
    /// Stop, as a shell's job, until continued.
    Suspend,
    /// Paint every cell anew, also those that seem unchanged.
    Repaint,
}

/// A line for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// What the user calls it.
    pub name: String,
    pub line: OsString,
    /// The pictures that are named in it, absolute.
    pub pictures: Vec<PathBuf>,
    /// Whether to wait for enter then.
    pub wait: bool,
}

/// What can be asked of the index.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The newest pictures.
    Newest,
    /// The pictures most similar to a vector of unit length.
    Nearest(Arc<[f32]>),
    /// The pictures most similar to the mean of indexed ones, which are left out.
    Like(Vec<i64>),
}
