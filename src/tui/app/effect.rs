//! What the state machine wants done; [`crate::tui::run`] carries it out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::preview::PreviewKey;
use super::reading::AskedTerm;
use super::script::Script;
use super::trashed::TrashedPicture;
use super::zoomed::ZoomedPart;
use crate::library::Narrowing;
use crate::query::Sign;

/// The number of pictures that are opened at once at most: each may get a window, or a program of its own.
pub(crate) const MAX_OPENED: usize = 10;

/// One thing to do. None of them blocks; answers come back as events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// List the names of the folder's pictures.
    List,
    /// Download the model.
    Download { generation: u64 },
    /// Answer queries with the model that was downloaded, and index with it.
    UseModel,
    /// Turn a query into a vector.
    Embed { generation: u64, text: String },
    /// Turn the texts and files of a query's terms into vectors.
    EmbedTerms { generation: u64, terms: Vec<AskedTerm> },
    /// Ask the index. The filters and the order do not apply to pictures that are like others.
    Search { generation: u64, question: Question, narrowing: Arc<Narrowing> },
    /// Find the values of a filter that pictures have and that begin with `typed`. `text` is the whole query.
    Complete { text: String, name: &'static str, typed: String },
    /// Count the pictures that have these words, one after the other, in their text.
    CountTexts { generation: u64, text: String },
    /// Find the text that was read from an indexed picture.
    ReadText(i64),
    /// Answer the last question again, since what filters know of pictures has changed.
    AnswerAgain,
    /// Fold look-alikes in the answers from now on, or not, and answer the last question again.
    Fold(bool),
    /// Have the search worker read what was committed, and answer its last question again if that changed anything.
    Refresh,
    /// Make the previews `wanted`, the most urgent first; `neighbours`, nearest first, are likely to be next.
    Preview { wanted: Vec<PreviewKey>, neighbours: Vec<PreviewKey> },
    /// Make the small pictures `wanted`; those of `ahead` are likely to be next.
    Thumbnails { wanted: Vec<PreviewKey>, ahead: Vec<PreviewKey> },
    /// Make this part of a picture; or, with none, forget the picture.
    ZoomedPart(Option<ZoomedPart>),
    /// Put these paths on the clipboard, one a line.
    Copy(Vec<PathBuf>),
    /// Open each of these pictures (at most [`MAX_OPENED`]) with the viewer of the system. `asked_for` counts all that
    /// the user asked for.
    Open { pictures: Vec<PathBuf>, asked_for: usize },
    /// Read the metadata of a file.
    ReadMetadata(PathBuf),
    /// Find the vector of an indexed picture.
    FindVector(i64),
    /// Find the words that are nearest to a picture with this id and this vector of unit length.
    NearestWords { id: i64, vector: Arc<[f32]> },
    /// Move these pictures, by id and absolute path, to the trash.
    Trash(Vec<(i64, PathBuf)>),
    /// Bring pictures back from the trash. Those with an id in `marked` were marked.
    Restore { pictures: Vec<TrashedPicture>, marked: Vec<i64> },
    /// Save a query under a name in the settings.
    SaveSearch { name: String, query: String },
    /// Delete the saved search of this name.
    DeleteSearch { name: String },
    /// Run a command in a shell that has the terminal meanwhile.
    Run(ShellCommand),
    /// Send [`super::event::Event::NoticeExpired`] with this number after a while.
    EndNotice { number: u64, after: Duration },
    /// Stop, as a job of the shell, until continued.
    Suspend,
    /// Paint every cell anew, also those that seem unchanged.
    Repaint,
}

/// A line for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShellCommand {
    /// The name that the user gave the command.
    pub name: String,
    /// The line, and the paths that it refers to.
    pub script: Script,
    /// The pictures that the line names, as absolute paths.
    pub pictures: Vec<PathBuf>,
    /// Whether to wait for enter after the command, so that its output can be read.
    pub wait: bool,
}

/// A term that has a vector, or is an indexed picture that has one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FoundTerm {
    /// Whether it is wanted.
    pub sign: Sign,
    /// How much it counts.
    pub weight: f32,
    /// What is similar to it.
    pub subject: FoundSubject,
}

/// What a term stands for in the space of vectors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FoundSubject {
    /// The vector of a text, of unit length.
    Text(Arc<[f32]>),
    /// The vector of a picture, of unit length.
    Picture(Arc<[f32]>),
    /// The indexed picture with this id.
    Indexed(i64),
}

/// A question that the index can answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    /// Which pictures are the newest?
    Newest,
    /// Which pictures are the most similar to this vector of unit length?
    Nearest(Arc<[f32]>),
    /// Which pictures fit these terms best?
    Terms(Arc<[FoundTerm]>),
    /// Which pictures look alike? Answered by the best of each group, with the others folded beneath.
    LookAlikes,
    /// Which pictures are the most similar to the mean of these indexed ones, which are left out?
    SimilarTo(Vec<i64>),
}
