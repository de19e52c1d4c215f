//! What each action does, whether a key, the menu or the user's settings ask for it.

use super::effect::{Effect, MAX_OPENED, ShellCommand};
use super::exit::Exit;
use super::history::History;
use super::keymap::Action;
use super::overlay::Overlay;
use super::query_line::QueryLine;
use super::results::{SimilarTo, is_listed_only};
use super::state::{FullPictureFrom, State};
use super::zoom::{self, Scaling};
use super::{
    attempt, completion, folding, marked_view, marking, pictures, query_undo, refine, relevance, saved,
    selection, texts, undo,
};
use crate::query::Sign;
use crate::tui::layout::Arrangement;
use crate::tui::sheet;

/// Does what an action stands for.
pub(crate) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Accept => accept(state),
        Action::Back => back(state, effects),
        Action::Leave => state.exit = Some(Exit::Left),
        Action::Up => selection::move_rows(state, -1),
        Action::Down => selection::move_rows(state, 1),
        Action::PageUp => selection::move_rows(state, -selection::page(state)),
        Action::PageDown => selection::move_rows(state, selection::page(state)),
        Action::First => selection::move_by(state, isize::MIN),
        Action::Last => selection::move_by(state, isize::MAX),
        // Beside a list, they edit the query.
        Action::Left if moves_sideways(state) => selection::move_by(state, -1),
        Action::Right if moves_sideways(state) => selection::move_by(state, 1),
        Action::NextPicture => selection::move_by(state, 1),
        Action::PreviousPicture => selection::move_by(state, -1),
        Action::ZoomIn => zoom::scale(state, Scaling::Closer, None),
        Action::ZoomOut => zoom::scale(state, Scaling::Away, None),
        Action::ActualSize => zoom::scale(state, Scaling::Actual, None),
        Action::WholePicture => zoom::scale(state, Scaling::Whole, None),
        Action::PanLeft => zoom::pan(state, -1.0, 0.0),
        Action::PanRight => zoom::pan(state, 1.0, 0.0),
        Action::PanUp => zoom::pan(state, 0.0, -1.0),
        Action::PanDown => zoom::pan(state, 0.0, 1.0),
        Action::TypeQuery => state.picture_keys = false,
        Action::MarkAll => marking::mark_all(state),
        Action::InvertMarks => marking::invert(state),
        Action::Unmark => marking::clear_or_restore(state),
        Action::ShowMarked => marked_view::toggle(state),
        Action::OpenGroup => folding::toggle_group(state),
        Action::MarkGroup => folding::mark_group(state),
        Action::Fold => folding::toggle_folding(state, effects),
        Action::LookAlikes => folding::toggle_view(state),
        Action::TrashRest => folding::confirm_trash_of_rest(state, false),
        Action::TrashAllRest => folding::confirm_trash_of_rest(state, true),
        Action::MarkDown => {
            marking::toggle_selected(state);
            selection::move_by(state, 1);
        }
        Action::MarkUp => {
            marking::toggle_selected(state);
            selection::move_by(state, -1);
        }
        Action::Like => show_similar(state),
        Action::MoreLike => refine::refine(state, Sign::Plus),
        Action::LessLike => refine::refine(state, Sign::Minus),
        Action::SaveSearch => saved::begin(state),
        Action::Searches => saved::list(state),
        Action::UndoQuery => query_undo::undo(state),
        Action::Copy => {
            let paths = state.target_paths();
            effects.extend((!paths.is_empty()).then_some(Effect::Copy(paths)));
        }
        Action::Open => open(state, effects),
        Action::HistoryBack => recall(state, History::back),
        Action::HistoryForward => recall(state, History::forward),
        Action::Arrange => {
            let next = state.arrangement.next();
            show(state, next, effects);
        }
        Action::LayoutBoth => show(state, Arrangement::ListAndPicture, effects),
        Action::LayoutSheet => show(state, Arrangement::Grid, effects),
        Action::LayoutPicture => show(state, Arrangement::Picture, effects),
        Action::LayoutList => show(state, Arrangement::List, effects),
        Action::OnlyRelevant => relevance::toggle(state),
        Action::ScoreBars => state.score_bars = !state.score_bars,
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Details => {
            state.details.visible = !state.details.visible;
            // Whoever wants less of them closes them for a moment.
            state.details.lines_of = None;
        }
        Action::Words => pictures::toggle_words(state),
        Action::ShowText => texts::show(state),
        Action::TextUp => {
            texts::scroll(state, -1);
        }
        Action::TextDown => {
            texts::scroll(state, 1);
        }
        Action::Menu => state.overlay = Some(Overlay::Menu { selected: 0 }),
        Action::Trash => confirm_trash(state),
        Action::Undo => undo::undo(state, effects),
        Action::Retry => attempt::retry(state, effects),
        Action::Help => state.overlay = Some(Overlay::Help { first: 0, sought: String::new() }),
        Action::Nothing => {}
        Action::SheetLarger => selection::zoom_sheet(state, true),
        Action::SheetSmaller => selection::zoom_sheet(state, false),
        Action::SheetUsual => state.sheet_width = sheet::USUAL_WIDTH,
        Action::Left | Action::CursorLeft => state.query.left(),
        Action::Right | Action::CursorRight if state.query.is_at_end() => {
            completion::complete(state, effects);
        }
        Action::Right | Action::CursorRight => state.query.right(),
        Action::Complete => completion::complete(state, effects),
        Action::WordLeft => state.query.word_left(),
        Action::WordRight => state.query.word_right(),
        Action::LineStart => state.query.start(),
        Action::LineEnd => state.query.end(),
        Action::DeleteBack => state.query.delete_back(),
        Action::DeleteForward => state.query.delete_forward(),
        Action::DeleteWordBack => state.query.delete_word_back(),
        Action::DeleteWordForward => state.query.delete_word_forward(),
        Action::DeleteToStart => state.query.delete_to_start(),
    }
}

/// Changes the panes, and has all of the screen painted.
fn show(state: &mut State, arrangement: Arrangement, effects: &mut Vec<Effect>) {
    arrange(state, arrangement);
    effects.push(Effect::Repaint);
}

/// Whether the arrow keys move from picture to picture sideways too.
fn moves_sideways(state: &State) -> bool {
    matches!(state.arrangement, Arrangement::Grid | Arrangement::Picture)
}

/// Runs the user's command of this number on the marked pictures, or else the selected one.
pub(crate) fn run_command(state: &State, number: usize, effects: &mut Vec<Effect>) {
    let pictures = state.target_paths();
    if let Some(command) = state.commands.get(number).filter(|_| !pictures.is_empty()) {
        let (name, script, wait) = (command.name.clone(), command.script(&pictures), command.wait);
        effects.push(Effect::Run(ShellCommand { name, script, pictures, wait }));
    }
}

/// Chooses the marked pictures, or else the selected one. If the query has no answer yet, and the user did not go to a
/// picture since, the choice waits for the answer: what is selected now answers an older query.
pub(crate) fn accept(state: &mut State) {
    let results = &mut state.results;
    if state.marked.is_empty() && results.pending() && results.asked_at.is_some() && !results.moved {
        results.accept_when_answered = true;
        return;
    }
    let query_waits = state.download.is_some() && !results.asked_for_newest();
    if state.marked.is_empty() && query_waits && !results.moved {
        state.message.notify("the query is answered once the model is here");
        return;
    }
    let paths = state.target_paths();
    if !paths.is_empty() || state.accept_query {
        state.exit = Some(Exit::Chosen(paths));
    }
}

/// Changes the panes. The letters and arrows of the full picture are commands on it from the start.
fn arrange(state: &mut State, arrangement: Arrangement) {
    let is_full = arrangement == Arrangement::Picture;
    let from = FullPictureFrom { arrangement: state.arrangement, depth: state.similar_to.len() };
    state.full_picture_from = is_full.then_some(from);
    state.picture_keys = true;
    state.arrangement = arrangement;
}

/// Goes one step back: from a part of the picture to the whole of it, from the list of the marked, from similar pictures to
/// where they were asked for, from the full picture to where it was opened, and, when nothing is marked, from a query that
/// pictures refined to what it was. Where there is nothing to go back to, takes all marks away, and without marks leaves the browser.
fn back(state: &mut State, effects: &mut Vec<Effect>) {
    if state.zoomed.zoom.take().is_some() || marked_view::close(state) {
        return;
    }
    let from = state.full_picture_from.filter(|from| state.similar_to.len() <= from.depth);
    if let Some(FullPictureFrom { arrangement, .. }) = from {
        arrange(state, arrangement);
        effects.push(Effect::Repaint);
    } else if let Some(similar) = state.similar_to.pop() {
        state.results.select_when_answered = similar.asked_from;
    } else if folding::close_view(state) {
        // The question is asked anew.
    } else if state.marked.is_empty() && query_undo::undo_refinement(state) {
        state.message.notify("took back the last refinement");
    } else if state.marked.is_empty() {
        state.exit = Some(Exit::Left);
    } else {
        marking::clear(state);
    }
}

fn show_similar(state: &mut State) {
    let pictures = state.targets();
    if pictures.is_empty() {
        return;
    }
    if pictures.iter().any(|(id, _)| is_listed_only(*id)) {
        state.message.notify("more like this needs the model, and the pictures indexed");
        return;
    }
    marked_view::close(state);
    state.look_alikes = None;
    let asked_from = state.results.selected_hit().map(|hit| hit.id);
    let similar = SimilarTo { pictures, asked_from };
    if state.similar_to.last().is_some_and(|shown| shown.ids() == similar.ids()) {
        state.message.notify("already showing pictures like these");
    } else {
        state.similar_to.push(similar);
    }
}

fn open(state: &State, effects: &mut Vec<Effect>) {
    let mut pictures = state.target_paths();
    let asked_for = pictures.len();
    pictures.truncate(MAX_OPENED);
    if !pictures.is_empty() {
        effects.push(Effect::Open { pictures, asked_for });
    }
}

fn confirm_trash(state: &mut State) {
    let absolute = |(id, path)| (id, state.root.join(path));
    let pictures: Vec<_> = state.targets().into_iter().map(absolute).collect();
    if !pictures.is_empty() {
        state.overlay = Some(Overlay::ConfirmTrash { pictures });
    }
}

/// Puts another query of the history in place of the current one.
fn recall(state: &mut State, step: impl Fn(&mut History, &str) -> Option<String>) {
    if let Some(text) = step(&mut state.history, state.query.text()) {
        state.query = QueryLine::new(&text);
    }
}
