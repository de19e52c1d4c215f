//! A browser for tests, keys that they press, and pictures that they move to the trash.

use std::path::Path;
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use super::effect::Effect;
use super::event::Event;
use super::state::State;
use super::trashed::TrashedPicture;
use super::update::{start, update};
use crate::library::Hit;

/// A browser of this size that lists `0.jpg`, `1.jpg` and so on, as the answer to the empty query.
pub(crate) fn browser_of(size: Size, pictures: usize) -> State {
    let mut state = State::new(Path::new("/p"), "demo", "", size);
    start(&mut state, Instant::now());
    let ids = 0..i64::try_from(pictures).unwrap();
    let hits = ids.map(|id| Hit { id, path: format!("{id}.jpg").into(), score: None }).collect();
    update(&mut state, Event::Answered { generation: 1, hits, pictures, at: Instant::now() });
    state
}

/// Presses a key alone.
pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Event::Key(KeyEvent::from(code), Instant::now()))
}

/// Presses a letter with ctrl.
pub(crate) fn ctrl(state: &mut State, letter: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    update(state, Event::Key(key, Instant::now()))
}

/// Presses a character with alt.
pub(crate) fn alt(state: &mut State, letter: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
    update(state, Event::Key(key, Instant::now()))
}

/// Types a text.
pub(crate) fn type_in(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
}

/// Pictures with these ids that went to the trash.
pub(crate) fn trashed_pictures(ids: impl IntoIterator<Item = i64>) -> Vec<TrashedPicture> {
    let picture = |id: i64| {
        let path = std::path::PathBuf::from(format!("/p/{id}.jpg"));
        TrashedPicture { id, place: path.clone(), path, file: None }
    };
    ids.into_iter().map(picture).collect()
}
