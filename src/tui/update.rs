//! The state machine: an event changes the state and may ask for effects. No I/O, no clock.
//!
//! Here: what each event and key does. `moving`: the selection. `previews`: which pictures are wanted.

pub mod dialog;
mod moving;
mod previews;

use std::path::PathBuf;
use std::time::Instant;

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Size};

use crate::library::Hit;
use crate::library::Progress;
use crate::tui::Outcome;
use crate::tui::effect::{Effect, Question};
use crate::tui::event::Event;
use crate::tui::history::History;
use crate::tui::keymap::{self, Action, Meaning};
use crate::tui::query_line::QueryLine;
use crate::tui::state::{Dialog, Indexing, Like, State};

/// Rows that one notch of the mouse wheel moves.
const WHEEL: isize = 3;
/// Pictures that are opened at once: each may be a window, or a program of its own.
pub const MOST_OPENED: usize = 10;

/// What to do first: ask for the initial query's results.
pub fn start(state: &mut State, now: Instant) -> Vec<Effect> {
    let mut effects = Vec::new();
    ask(state, now, &mut effects);
    effects
}

/// Applies one event.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut files_changed = false;
    match event {
        Event::Key(key, at) => press(state, &key, at, &mut effects),
        Event::Paste(text, at) => {
            (state.help, state.dialog) = (None, None);
            state.query.insert(&text);
            ask_if_changed(state, at, &mut effects);
        }
        Event::Mouse(mouse) => click(state, &mouse),
        Event::Resize(width, height) => state.size = Size { width, height },
        Event::Embedded { generation, vector } => {
            if generation == state.results.asked {
                effects.push(Effect::Search { generation, question: Question::Nearest(vector) });
            }
        }
        Event::EmbedFailed { generation, reason } => {
            if generation == state.results.asked {
                fail(state, reason);
            }
        }
        Event::ModelFailed(reason) => state.model_trouble = Some(reason),
        Event::SearchFailed(reason) => fail(state, reason),
        Event::Answered { generation, hits, pictures, at } => {
            state.pictures = Some(pictures);
            if generation == state.results.asked {
                files_changed = !state.results.pending();
                show(state, generation, hits, at);
            }
        }
        Event::Indexing { progress, committed, at } => {
            track(state, progress, at);
            if committed {
                effects.push(Effect::Refresh);
            }
        }
        Event::Indexed(summary) => {
            state.indexing = Indexing::Finished(summary);
            effects.push(Effect::Refresh);
        }
        Event::Stop => effects.push(Effect::Suspend),
        Event::Notice(words) => state.notice = Some(words),
        Event::Facts { path, facts } => state.facts = Some((path, facts)),
        Event::Trashed { ids, words } => {
            state.marked.retain(|(id, _)| !ids.contains(id));
            state.notice = Some(words);
            effects.push(Effect::Refresh);
        }
        Event::IndexFailed(reason) => state.indexing = Indexing::Failed(reason),
        Event::Preview { key, content } => previews::receive(state, key, content),
    }
    moving::keep_in_sight(state);
    previews::want(state, &mut effects);
    if files_changed {
        previews::look_again(state, &mut effects);
    }
    effects
}

fn press(state: &mut State, key: &KeyEvent, at: Instant, effects: &mut Vec<Effect>) {
    if key.kind == KeyEventKind::Release {
        return;
    }
    let meaning = state.keys.meaning(key, state.query.text().is_empty());
    state.results.accept_when_answered = false;
    state.notice = None;
    if let Some(line) = state.help {
        read_help(state, line, meaning);
        return;
    }
    if state.dialog.is_some() {
        dialog::answer(state, meaning, effects);
        ask_if_changed(state, at, effects);
        return;
    }
    match meaning {
        Meaning::Do(action) => act(state, action, effects),
        Meaning::Run(number) => dialog::run(state, number, effects),
        Meaning::Type(c) => state.query.insert(c.encode_utf8(&mut [0; 4])),
        Meaning::Nothing => {}
    }
    ask_if_changed(state, at, effects);
}

/// While the help is open, moving scrolls it and every other key closes it.
fn read_help(state: &mut State, line: usize, meaning: Meaning) {
    let last = keymap::BINDINGS.len().saturating_sub(1);
    state.help = match meaning {
        Meaning::Do(Action::Up) => Some(line.saturating_sub(1)),
        Meaning::Do(Action::Down) => Some((line + 1).min(last)),
        Meaning::Do(Action::PageUp | Action::First) => Some(0),
        Meaning::Do(Action::PageDown | Action::Last) => Some(last),
        _ => None,
    };
}

fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Accept => accept(state),
        Action::Back => back(state),
        Action::Leave => state.outcome = Some(Outcome::Left),
        Action::Up => moving::by_rows(state, -1),
        Action::Down => moving::by_rows(state, 1),
        Action::PageUp => moving::by_rows(state, -moving::page(state)),
        Action::PageDown => moving::by_rows(state, moving::page(state)),
        Action::First => moving::by(state, isize::MIN),
        Action::Last => moving::by(state, isize::MAX),
        // In the contact sheet and the full-screen picture, the keys that edit the line move sideways.
        Action::CursorLeft if state.roaming => moving::by(state, -1),
        Action::CursorRight if state.roaming => moving::by(state, 1),
        Action::MarkDown => {
            mark(state);
            moving::by(state, 1);
        }
        Action::MarkUp => {
            mark(state);
            moving::by(state, -1);
        }
        Action::Like => like(state),
        Action::Copy => {
            let paths = state.chosen_paths();
            effects.extend((!paths.is_empty()).then_some(Effect::Copy(paths)));
        }
        Action::Open => open(state, effects),
        Action::HistoryBack => recall(state, History::back),
        Action::HistoryForward => recall(state, History::forward),
        Action::Arrange => {
            state.roaming = false;
            state.arrangement = state.arrangement.next();
            effects.push(Effect::Repaint);
        }
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Details => state.details = !state.details,
        Action::Menu => state.dialog = Some(Dialog::Menu(0)),
        Action::Trash => dialog::ask_to_trash(state),
        Action::Help => state.help = Some(0),
        Action::Nothing => {}
        Action::CursorLeft => state.query.left(),
        Action::CursorRight => state.query.right(),
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

fn ask_if_changed(state: &mut State, at: Instant, effects: &mut Vec<Effect>) {
    // Whoever types means the query again.
    let typed = state.query.text().trim() != state.results.asked_text;
    if typed {
        state.roaming = false;
        state.likes.clear();
    }
    if typed || state.likes.last().map(Like::ids) != state.results.asked_like {
        ask(state, at, effects);
    }
}

/// From more like a picture to where that was asked; from there out.
fn back(state: &mut State) {
    match state.likes.pop() {
        Some(like) => state.results.follow = like.from,
        None => state.outcome = Some(Outcome::Left),
    }
}

fn like(state: &mut State) {
    let pictures = state.targets();
    if pictures.is_empty() {
        return;
    }
    let like = Like { pictures, from: state.results.selected_hit().map(|hit| hit.id) };
    if state.likes.last().map(Like::ids) == Some(like.ids()) {
        state.notice = Some("already showing pictures like these".into());
    } else {
        state.likes.push(like);
    }
}

fn open(state: &State, effects: &mut Vec<Effect>) {
    let mut pictures = state.chosen_paths();
    let of = pictures.len();
    pictures.truncate(MOST_OPENED);
    if of > 0 {
        effects.push(Effect::Open { pictures, of });
    }
}

/// Puts another query of the history in place of the current one.
fn recall(state: &mut State, step: impl Fn(&mut History, &str) -> Option<String>) {
    if let Some(text) = step(&mut state.history, state.query.text()) {
        state.query = QueryLine::new(&text);
    }
}

fn ask(state: &mut State, at: Instant, effects: &mut Vec<Effect>) {
    let text = state.query.text().trim().to_owned();
    let results = &mut state.results;
    results.asked += 1;
    results.asked_at = Some(at);
    results.moved = false;
    results.asked_like = state.likes.last().map(Like::ids);
    let generation = results.asked;
    effects.push(if let Some(ids) = results.asked_like.clone() {
        Effect::Search { generation, question: Question::Like(ids) }
    } else if text.is_empty() {
        Effect::Search { generation, question: Question::Newest }
    } else {
        Effect::Embed { generation, text: text.clone() }
    });
    results.asked_text = text;
    state.trouble = None;
}

/// The last question gets no answer; older results stay.
fn fail(state: &mut State, reason: String) {
    state.trouble = Some(reason);
    state.results.asked_at = None;
    state.results.accept_when_answered = false;
}

fn show(state: &mut State, generation: u64, hits: Vec<Hit>, at: Instant) {
    let results = &mut state.results;
    // A picture that the user went to stays selected while others come and go around it.
    let asked_for = results.follow.take().and_then(|id| hits.iter().position(|hit| hit.id == id));
    results.moved |= asked_for.is_some();
    let followed = results
        .selected_hit()
        .filter(|_| results.moved)
        .and_then(|hit| hits.iter().position(|new| new.id == hit.id))
        .or_else(|| results.moved.then_some(results.selected));
    let followed = asked_for.or(followed);
    results.hits = hits;
    results.selected = followed.unwrap_or(0).min(results.hits.len().saturating_sub(1));
    if !results.moved {
        results.offset = 0;
    }
    results.answered = generation;
    if let Some(asked_at) = results.asked_at.take() {
        results.took = Some(at.saturating_duration_since(asked_at));
    }
    state.trouble = None;
    if state.results.accept_when_answered {
        accept(state);
    }
}

/// Chooses the marked pictures, or the selected one. If what was typed has no answer yet, and the user
/// did not go to a picture since, the choice waits for it: what is selected now answers an older query.
fn accept(state: &mut State) {
    if !state.marked.is_empty() {
        state.outcome = Some(Outcome::Chosen(state.chosen_paths()));
    } else if state.results.pending() && state.results.asked_at.is_some() && !state.results.moved {
        state.results.accept_when_answered = true;
    } else if let Some(hit) = state.results.selected_hit() {
        state.outcome = Some(Outcome::Chosen(vec![state.root.join(&hit.path)]));
    }
}

fn mark(state: &mut State) {
    let Some(hit) = state.results.selected_hit().filter(|_| state.multi) else { return };
    let (id, path): (i64, PathBuf) = (hit.id, hit.path.clone());
    if state.is_marked(id) {
        state.marked.retain(|(marked, _)| *marked != id);
    } else {
        state.marked.push((id, path));
    }
}

fn click(state: &mut State, mouse: &MouseEvent) {
    let rows = match mouse.kind {
        MouseEventKind::ScrollUp => -WHEEL,
        MouseEventKind::ScrollDown => WHEEL,
        MouseEventKind::Down(MouseButton::Left) if state.is_covered() => {
            (state.help, state.dialog) = (None, None);
            return;
        }
        MouseEventKind::Down(MouseButton::Left) => {
            let panes = state.panes();
            let at = Position { x: mouse.column, y: mouse.row };
            let place = panes.and_then(|panes| match (panes.list, panes.grid) {
                (Some(list), _) => list.contains(at).then(|| usize::from(mouse.row - list.y)),
                (None, grid) => grid?.place_at(at),
            });
            let clicked = place.map(|place| state.results.offset + place);
            if let Some(clicked) = clicked.filter(|clicked| *clicked < state.results.hits.len()) {
                state.results.selected = clicked;
                state.results.moved = true;
            }
            return;
        }
        _ => return,
    };
    match state.help {
        Some(line) => {
            let last = keymap::BINDINGS.len().saturating_sub(1);
            state.help = Some(line.saturating_add_signed(rows).min(last));
        }
        None => moving::by(state, rows),
    }
}

fn track(state: &mut State, progress: Progress, at: Instant) {
    let since = match &state.indexing {
        Indexing::Running { since: Some(since), .. } => Some(*since),
        _ if progress.total > 0 && progress.done > 0 => Some((at, progress.done)),
        _ => None,
    };
    state.indexing = Indexing::Running { progress, since, at: Some(at) };
}

#[cfg(test)]
mod tests;
