//! Everything that the browser knows.

use std::path::{Path, PathBuf};

use ratatui::layout::Size;

use super::click::Click;
use super::command::Command;
use super::download::Download;
use super::exit::Exit;
use super::folded_rows::LookAlikesView;
use super::history::History;
use super::indexing::Indexing;
use super::keymap::{Keymap, Situation};
use super::known_texts::Texts;
use super::listing::Listing;
use super::marks::Marks;
use super::message::Message;
use super::overlay::Overlay;
use super::preview::{Details, Preview, Thumbnails};
use super::query_line::QueryLine;
use super::query_steps::QuerySteps;
use super::reading::Reading;
use super::results::{Results, SimilarTo};
use super::trashed::TrashHistory;
use super::zoomed::Zoomed;
use crate::clip::hub::find_known;
use crate::library::Cutoff;
use crate::tui::graphics::USUAL_CELL;
use crate::tui::layout::{self, Arrangement, Contents, Panes};
use crate::tui::sheet::{self, Sheet};

/// Where the picture alone was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FullPictureFrom {
    /// The panes that were shown.
    pub arrangement: Arrangement,
    /// The number of "more like this" at that time.
    pub depth: usize,
}

/// The state of the browser. Only [`super::update::update`] changes it.
#[derive(Debug)]
pub(crate) struct State {
    /// The folder of the collection; the paths of hits are relative to it.
    pub root: PathBuf,
    /// The folder that is browsed: the root or a part of it.
    pub folder: PathBuf,
    /// The name of the model.
    pub model: String,
    /// Whether the model learned from texts in many languages, as far as is known.
    pub knows_languages: bool,
    /// The download of the model; `None` once it is here.
    pub download: Option<Download>,
    /// The size of the terminal in columns and rows.
    pub size: Size,
    /// The query as it is typed.
    pub query: QueryLine,
    /// How the query is read.
    pub reading: Reading,
    /// The changes of the query, which can be taken back.
    pub query_steps: QuerySteps,
    /// The name of the saved search that the query was taken from, or was saved under last.
    pub search_name: Option<String>,
    /// Earlier queries.
    pub history: History,
    /// Stack of "more like this". The top one drives the results; when empty, the query does.
    pub similar_to: Vec<SimilarTo>,
    /// The view of the groups of look-alikes, while that drives the results.
    pub look_alikes: Option<LookAlikesView>,
    /// The last question and the newest answer.
    pub results: Results,
    /// Whether several pictures can be marked.
    pub multi: bool,
    /// Whether enter leaves also where it chooses no picture, since the query is what is wanted.
    pub accept_query: bool,
    /// The marked pictures.
    pub marked: Marks,
    /// The results that lie beneath the list of the marked, while that is open.
    pub beneath_marked: Option<Listing>,
    /// The picture in the preview pane.
    pub preview: Preview,
    /// The picture that the results are similar to, beside the results.
    pub original: Preview,
    /// The part of the full picture that is looked at.
    pub zoomed: Zoomed,
    /// The size of a cell of the terminal in pixels.
    pub cell_pixels: Size,
    /// The pictures of the contact sheet.
    pub thumbnails: Thumbnails,
    /// The least score at which a picture is about a text, once known.
    pub cutoff: Option<Cutoff>,
    /// Whether only what is above the cut-off is shown.
    pub only_relevant: bool,
    /// Whether the list has bars for scores.
    pub score_bars: bool,
    /// The width of the contact sheet's pictures, about, in columns.
    pub sheet_width: u16,
    /// Whether letters are commands while the picture is shown alone. Typing ends it, and moving begins it again.
    pub picture_keys: bool,
    /// Which panes are shown.
    pub arrangement: Arrangement,
    /// While the picture is shown alone, where esc goes back to.
    pub full_picture_from: Option<FullPictureFrom>,
    /// What lies over the results, if anything does.
    pub overlay: Option<Overlay>,
    /// What the keys do.
    pub keys: Keymap,
    /// The user's own commands.
    pub commands: Vec<Command>,
    /// The details of the selected picture.
    pub details: Details,
    /// What is known of the text in pictures.
    pub texts: Texts,
    /// What went to the trash, and can be brought back.
    pub trash_history: TrashHistory,
    /// How far the indexing is.
    pub indexing: Indexing,
    /// The number of searchable pictures, once known.
    pub pictures: Option<usize>,
    /// What the user is told.
    pub message: Message,
    /// The last click on a result, if the next one may be its second.
    pub last_click: Option<Click>,
    /// How the browser is left; set when it is time to leave.
    pub exit: Option<Exit>,
}

impl State {
    /// A browser of `root` on a screen of `size`, before its first question.
    pub(crate) fn new(root: &Path, model: &str, query: &str, size: Size) -> Self {
        Self {
            root: root.to_owned(),
            folder: root.to_owned(),
            model: model.to_owned(),
            knows_languages: find_known(model).is_some_and(|known| known.languages != "en"),
            download: None,
            size,
            query: QueryLine::new(query),
            reading: Reading::default(),
            query_steps: QuerySteps::default(),
            search_name: None,
            history: History::default(),
            similar_to: Vec::new(),
            look_alikes: None,
            results: Results::default(),
            multi: true,
            accept_query: false,
            marked: Marks::default(),
            beneath_marked: None,
            preview: Preview::default(),
            original: Preview::default(),
            zoomed: Zoomed::default(),
            cell_pixels: Size { width: USUAL_CELL.0, height: USUAL_CELL.1 },
            thumbnails: Thumbnails::default(),
            cutoff: None,
            only_relevant: false,
            score_bars: true,
            sheet_width: sheet::USUAL_WIDTH,
            picture_keys: true,
            arrangement: Arrangement::default(),
            full_picture_from: None,
            overlay: None,
            keys: Keymap::default(),
            commands: Vec::new(),
            details: Details::default(),
            texts: Texts::default(),
            trash_history: TrashHistory::default(),
            indexing: Indexing::Off,
            pictures: None,
            message: Message::default(),
            last_click: None,
            exit: None,
        }
    }

    /// What the meaning of a key depends on.
    pub(crate) fn situation(&self) -> Situation {
        let is_free = self.overlay.is_none();
        Situation {
            query_is_empty: self.query.text().is_empty(),
            edits: !matches!(self.arrangement, Arrangement::Grid | Arrangement::Picture),
            zoomed: is_free && self.picture_keys && self.zoomed.zoom.is_some(),
            full_picture: is_free && self.picture_keys && self.arrangement == Arrangement::Picture,
        }
    }

    /// Whether a picture is marked.
    pub(crate) fn is_marked(&self, id: i64) -> bool {
        self.marked.contains(id)
    }

    /// Where everything is on the screen; `None` if the screen is too small.
    pub(crate) fn panes(&self) -> Option<Panes> {
        layout::panes(self.size, self.contents())
    }

    /// What the panes have to have room for.
    pub(crate) fn contents(&self) -> Contents {
        Contents {
            arrangement: self.arrangement,
            details: self.details.visible.then_some(self.details.lines),
            original: self.original_path().is_some(),
        }
    }

    /// The path, relative to the root, of the picture that the results are similar to: of several the first.
    pub(crate) fn original_path(&self) -> Option<&Path> {
        let similar = self.similar_to.last().filter(|_| self.beneath_marked.is_none())?;
        similar.pictures.first().map(|(_, path)| path.as_path())
    }

    /// The pictures that actions act on: the marked ones in the order they were marked, or else the selected one. Ids and
    /// paths relative to the root.
    pub(crate) fn targets(&self) -> Vec<(i64, PathBuf)> {
        let selected = || self.results.selected_hit().map(|hit| (hit.id, hit.path.clone()));
        if self.marked.is_empty() {
            selected().into_iter().collect()
        } else {
            self.marked.pictures().to_vec()
        }
    }

    /// The absolute paths of [`Self::targets`].
    pub(crate) fn target_paths(&self) -> Vec<PathBuf> {
        self.targets().iter().map(|(_, path)| self.root.join(path)).collect()
    }

    /// The contact sheet, if it is shown.
    pub(crate) fn sheet(&self) -> Option<Sheet> {
        let area = self.panes()?.sheet?;
        let results = &self.results;
        Some(Sheet::new(area, self.sheet_width, results.hits.len(), |at| results.day(at)))
    }

    /// The rows of the list on the screen, at least 1.
    pub(crate) fn list_rows(&self) -> usize {
        self.panes().and_then(|panes| panes.list).map_or(1, |list| usize::from(list.height).max(1))
    }
}
