//! Everything that can happen to the browser, from the terminal and from the workers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Size;

use super::download::Step;
use super::effect::FoundTerm;
use super::preview::{Metadata, PreviewContent, PreviewKey};
use super::results::Days;
use super::trashed::TrashedPicture;
use super::zoomed::ZoomedPart;
use crate::library::{Cutoff, Folded, Hit, Progress, Summary, Tag, TextNews};
use crate::query::Searches;

/// One thing that happened. Events carry their times, so that the state machine needs no clock.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A key was pressed.
    Key(KeyEvent, Instant),
    /// Text was pasted.
    Paste(String, Instant),
    /// The mouse was clicked or its wheel turned.
    Mouse(MouseEvent, Instant),
    /// The terminal has a new size, in columns and rows.
    Resize(u16, u16),
    /// The names of the folder's pictures, newest first, with ids below 0, and their days; `pictures` counts all of them.
    Listed { hits: Vec<Hit>, days: Arc<Days>, pictures: usize },
    /// The folder can't be listed: the reason.
    ListFailed(String),
    /// News of the download of the model.
    Download { generation: u64, step: Step, at: Instant },
    /// The model is here. `indexes` says whether pictures are to be indexed in the background, `notice` what the user is to
    /// know of the model.
    ModelReady { generation: u64, indexes: bool, notice: Option<String>, at: Instant },
    /// The model can't be loaded, so that no query can be embedded: the reason.
    ModelFailed(String),
    /// A query became a vector of unit length.
    Embedded { generation: u64, vector: Arc<[f32]> },
    /// The model does not read the end of a text, which is too long.
    Unread { text: String, rest: String },
    /// The terms of a query have their vectors.
    TermsEmbedded { generation: u64, terms: Arc<[FoundTerm]> },
    /// A query could not be embedded: the reason, and the index of the term that it is about, if it is about one.
    EmbedFailed { generation: u64, term: Option<usize>, reason: String },
    /// The scores of texts were calibrated anew: where relevance ends in this collection, if that can be told.
    Calibrated { cutoff: Option<Cutoff>, at: Instant },
    /// The days of the pictures of the next answer, whose order is that of their dates.
    Dated { generation: u64, days: Arc<Days> },
    /// What is folded beneath the pictures of the next answer.
    Folded { generation: u64, folded: Arc<Folded> },
    /// The search worker answered a new question, or the last one again because pictures came or went. `hits` are best
    /// first; `pictures` counts all that are searchable.
    Answered { generation: u64, hits: Vec<Hit>, pictures: usize, at: Instant },
    /// So many pictures have the text of the question in theirs.
    TextsCounted { generation: u64, count: usize },
    /// The text of the picture with this id; `None` where it was not read.
    PictureText { id: i64, text: Option<String> },
    /// The reading of text in pictures made progress.
    Texts(TextNews),
    /// The values that complete what was typed at the end of the query `text`.
    Completions { text: String, values: Vec<String>, at: Instant },
    /// The index can't be read: the reason.
    SearchFailed(String),
    /// The indexing made progress. When `committed`, new pictures are searchable from now on.
    Indexing { progress: Progress, committed: bool, at: Instant },
    /// The index is up to date.
    Indexed(Summary),
    /// The indexing failed: the reason.
    IndexFailed(String),
    /// The system reports no changes of files, for this reason, so the folder is polled from now on.
    Polling { reason: String },
    /// The system asks the browser to stop until it is continued.
    Stop,
    /// Something was done, or could not be: the words for the user.
    Notice(String),
    /// The notice of this number was shown long enough.
    NoticeExpired(u64),
    /// The metadata of a file was read.
    Metadata { path: PathBuf, metadata: Metadata },
    /// The size of a cell of the terminal in pixels, as far as it is known.
    CellPixels(Size),
    /// A part of a picture is ready, or there can be none.
    ZoomedPart { part: ZoomedPart, content: PreviewContent },
    /// These pictures went to the trash. `words` tell the user how it went.
    Trashed { pictures: Vec<TrashedPicture>, words: String },
    /// These pictures came back from the trash, and those `kept` did not but may later. Those with an id in `marked` were
    /// marked. `words` tell the user how it went.
    Restored { restored: Vec<TrashedPicture>, kept: Vec<TrashedPicture>, marked: Vec<i64>, words: String },
    /// The saved searches are these by now. `words` tell the user what was done.
    Searches { searches: Searches, words: String },
    /// The vector of an indexed picture was found, of unit length.
    Vector { id: i64, vector: Arc<[f32]> },
    /// The words were found that are nearest to the picture with this id, nearest first.
    Words { id: i64, words: Vec<Tag> },
    /// A preview is ready, or there can be none.
    Preview { key: PreviewKey, content: PreviewContent },
}
