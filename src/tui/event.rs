//! Everything that can happen to the browser, from the terminal and from the workers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::library::Hit;
use crate::library::{Progress, Summary};
use crate::tui::facts::Facts;
use crate::tui::state::{PreviewContent, PreviewKey};

/// One thing that happened. Times are carried along, so that the state machine needs no clock.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent, Instant),
    /// Text was pasted.
    Paste(String, Instant),
    /// The mouse was clicked or its wheel turned.
    Mouse(MouseEvent),
    /// The terminal has a new size, in columns and rows.
    Resize(u16, u16),
    /// No query can be embedded: the reason.
    ModelFailed(String),
    /// A query became a vector of unit length.
    Embedded { generation: u64, vector: Arc<[f32]> },
    /// A query could not be embedded: the reason.
    EmbedFailed { generation: u64, reason: String },
    /// The search worker's answer, to a new question or again because pictures came or went.
    Answered { generation: u64, hits: Vec<Hit>, pictures: usize, at: Instant },
    /// The index can't be read: the reason.
    SearchFailed(String),
    /// How far the indexing is. `committed`: new pictures can be searched from now on.
    Indexing { progress: Progress, committed: bool, at: Instant },
    /// The indexing came to its end.
    Indexed(Summary),
    /// The indexing stopped: the reason.
    IndexFailed(String),
    /// The system asks the browser to stop for a while.
    Stop,
    /// Something was done, or could not be: words for the status line.
    Notice(String),
    /// What was found out about a file.
    Facts { path: PathBuf, facts: Facts },
    /// These pictures went to the trash; and words on how it went.
    Trashed { ids: Vec<i64>, words: String },
    /// A preview was made, or can't be.
    Preview { key: PreviewKey, content: PreviewContent },
}
