//! All that the browser knows, and nothing that does anything.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use ratatui_image::protocol::Protocol;

use crate::library::Hit;
use crate::library::{Progress, Summary};
use crate::tui::Outcome;
use crate::tui::command::Command;
use crate::tui::facts::Facts;
use crate::tui::history::History;
use crate::tui::keymap::Keymap;
use crate::tui::query_line::QueryLine;
use crate::tui::view::layout::{self, Arrangement, Panes};

/// The browser's state. Changed by [`crate::tui::update::update`] alone.
#[derive(Debug)]
pub struct State {
    /// The collection's folder; hits are relative to it.
    pub root: PathBuf,
    /// The part of it that is browsed.
    pub folder: PathBuf,
    /// The model's name.
    pub model: String,
    /// The terminal's size in columns and rows.
    pub size: Size,
    pub query: QueryLine,
    /// Queries of before.
    pub history: History,
    /// Stack of "more like this". The top one drives the results; when empty, the query does.
    pub likes: Vec<Like>,
    pub results: Results,
    /// Whether pictures can be marked.
    pub multi: bool,
    /// Marked pictures, in the order they were marked: id and path relative to the root.
    pub marked: Vec<(i64, PathBuf)>,
    pub preview: Preview,
    pub thumbnails: Thumbnails,
    /// The arrow keys move sideways too, in the contact sheet or from one full-screen picture to the next; until
    /// something is typed.
    pub roaming: bool,
    pub arrangement: Arrangement,
    /// The help overlay's first line, when it is open.
    pub help: Option<usize>,
    /// A menu or a question that is open.
    pub dialog: Option<Dialog>,
    pub keys: Keymap,
    /// The user's commands.
    pub commands: Vec<Command>,
    /// Whether the details of the selected picture are shown.
    pub details: bool,
    /// The file that they were asked of last.
    pub facts_wanted: Option<PathBuf>,
    /// Those that were found out last, and of which file.
    pub facts: Option<(PathBuf, Facts)>,
    pub indexing: Indexing,
    /// Searchable pictures, once known.
    pub pictures: Option<usize>,
    /// Why no query can be answered.
    pub model_trouble: Option<String>,
    /// Why the last question got no answer.
    pub trouble: Option<String>,
    /// What was just done; until the next key.
    pub notice: Option<String>,
    /// Set when the browser is to be left.
    pub outcome: Option<Outcome>,
}

/// What lies over the results and takes the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// What can be done with pictures; the selected entry.
    Menu(usize),
    /// Whether these, by id and absolute path, are to go to the trash.
    Trash(Vec<(i64, PathBuf)>),
}

/// Pictures that more like them were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// At least one: id and path relative to the root.
    pub pictures: Vec<(i64, PathBuf)>,
    /// The picture that was selected then.
    pub from: Option<i64>,
}

impl Like {
    /// The ids of the pictures.
    pub fn ids(&self) -> Vec<i64> {
        self.pictures.iter().map(|(id, _)| *id).collect()
    }
}

/// What was asked last, and the newest answer, which stays until the next one is there.
#[derive(Debug, Default)]
pub struct Results {
    /// Counts the questions asked.
    pub asked: u64,
    /// The trimmed query of the last question.
    pub asked_text: String,
    /// The pictures of the last question, if that was about some.
    pub asked_like: Option<Vec<i64>>,
    /// The picture to select when the answer is there.
    pub follow: Option<i64>,
    /// When the last question was asked, until it is answered.
    pub asked_at: Option<Instant>,
    /// The question that `hits` answer.
    pub answered: u64,
    /// Best first.
    pub hits: Vec<Hit>,
    /// Index into `hits`; 0 when there are none.
    pub selected: usize,
    /// First visible row of the list.
    pub offset: usize,
    /// Whether the selection was moved since the last question: if so it stays on its picture when
    /// new pictures join the results, otherwise on the best one.
    pub moved: bool,
    /// Enter was pressed before the answer was there: choose its best picture.
    pub accept_when_answered: bool,
    /// From the last key press to its answer.
    pub took: Option<Duration>,
}

impl Results {
    /// Whether the last question has no answer yet.
    pub fn pending(&self) -> bool {
        self.answered < self.asked
    }

    /// The selected hit.
    pub fn selected_hit(&self) -> Option<&Hit> {
        self.hits.get(self.selected)
    }
}

/// How far the background indexing is.
#[derive(Debug, Clone)]
pub enum Indexing {
    /// Not asked for.
    Off,
    /// `since`: when the encoding started and how many were done then, for the rate.
    Running { progress: Progress, since: Option<(Instant, usize)>, at: Option<Instant> },
    /// Up to date.
    Finished(Summary),
    /// Stopped: the reason.
    Failed(String),
}

impl Indexing {
    /// Nothing known yet.
    pub fn starting() -> Self {
        Self::Running { progress: Progress::default(), since: None, at: None }
    }

    /// Pictures a second so far, once there is enough to tell.
    pub fn rate(&self) -> Option<f64> {
        let Self::Running { progress, since: Some((start, done)), at: Some(at) } = self else { return None };
        let seconds = at.saturating_duration_since(*start).as_secs_f64();
        let pictures = progress.done.saturating_sub(*done);
        (seconds >= 1.0 && pictures > 0).then(|| pictures as f64 / seconds)
    }

    /// Time left at this rate.
    pub fn remaining(&self) -> Option<Duration> {
        let Self::Running { progress, .. } = self else { return None };
        let left = progress.total.saturating_sub(progress.done);
        self.rate().map(|rate| Duration::from_secs((left as f64 / rate).ceil() as u64))
    }
}

/// The preview pane.
#[derive(Debug, Default)]
pub struct Preview {
    /// What was asked for last.
    pub wanted: Option<PreviewKey>,
    /// What is there; an older picture stays until the next one is ready.
    pub shown: Option<(PreviewKey, PreviewContent)>,
}

/// The small pictures of the contact sheet.
#[derive(Debug, Default)]
pub struct Thumbnails {
    /// Those that are on the screen.
    pub wanted: Vec<PreviewKey>,
    /// What is there of them.
    pub shown: HashMap<PreviewKey, PreviewContent>,
}

/// A picture in a size in cells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PreviewKey {
    /// Absolute.
    pub path: PathBuf,
    pub size: Size,
}

/// What the preview worker made of a picture.
#[derive(Debug, Clone)]
pub enum PreviewContent {
    /// The picture, encoded for the terminal, and its full size in pixels.
    Picture { drawn: Drawn, width: u32, height: u32 },
    /// Why there is nothing to see.
    Unreadable(String),
}

/// A picture encoded for the terminal; cheap to clone.
#[derive(Clone)]
pub struct Drawn(pub Arc<Protocol>);

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Drawn({})", self.0.size())
    }
}

impl State {
    /// A browser of `root` on a screen of `size`, with nothing asked yet.
    pub fn new(root: &Path, model: &str, query: &str, size: Size) -> Self {
        Self {
            root: root.to_owned(),
            folder: root.to_owned(),
            model: model.to_owned(),
            size,
            query: QueryLine::new(query),
            history: History::default(),
            likes: Vec::new(),
            results: Results::default(),
            multi: true,
            marked: Vec::new(),
            preview: Preview::default(),
            thumbnails: Thumbnails::default(),
            roaming: false,
            arrangement: Arrangement::default(),
            help: None,
            dialog: None,
            keys: Keymap::default(),
            commands: Vec::new(),
            details: false,
            facts_wanted: None,
            facts: None,
            indexing: Indexing::Off,
            pictures: None,
            model_trouble: None,
            trouble: None,
            notice: None,
            outcome: None,
        }
    }

    /// Whether a picture is marked.
    pub fn is_marked(&self, id: i64) -> bool {
        self.marked.iter().any(|(marked, _)| *marked == id)
    }

    /// Whether something lies over the results. Pictures of the graphics protocols lie above all text, so they have to
    /// go meanwhile.
    pub fn is_covered(&self) -> bool {
        self.help.is_some() || self.dialog.is_some()
    }

    /// Where everything is; none if the screen is too small.
    pub fn panes(&self) -> Option<Panes> {
        layout::panes(self.size, self.arrangement, self.details)
    }

    /// What actions act on: the marked pictures in the order they were marked, or else the selected one. Id and path
    /// relative to the root.
    pub fn targets(&self) -> Vec<(i64, PathBuf)> {
        let selected = || self.results.selected_hit().map(|hit| (hit.id, hit.path.clone()));
        if self.marked.is_empty() { selected().into_iter().collect() } else { self.marked.clone() }
    }

    /// As [`Self::targets`], with absolute paths.
    pub fn chosen(&self) -> Vec<(i64, PathBuf)> {
        self.targets().into_iter().map(|(id, path)| (id, self.root.join(path))).collect()
    }

    /// The absolute paths of [`Self::targets`].
    pub fn chosen_paths(&self) -> Vec<PathBuf> {
        self.chosen().into_iter().map(|(_, path)| path).collect()
    }

    /// What is to be told in red.
    pub fn worst_trouble(&self) -> Option<&str> {
        self.trouble.as_deref().or(self.model_trouble.as_deref())
    }

    /// Results side by side, and rows of them on the screen: of the list or the contact sheet.
    pub fn shape(&self) -> (usize, usize) {
        match self.panes() {
            Some(Panes { grid: Some(grid), .. }) => (grid.columns, grid.rows),
            Some(Panes { list: Some(list), .. }) => (1, usize::from(list.height)),
            _ => (1, 1),
        }
    }
}
