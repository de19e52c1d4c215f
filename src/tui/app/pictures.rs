//! Which pictures and details are asked for, and what becomes of the answers.

use super::effect::Effect;
use super::preview::{Preview, PreviewContent, PreviewKey, Thumbnails};
use super::results::is_listed_only;
use super::state::State;
use super::texts;
use crate::library::Hit;
use crate::tui::details;
use crate::tui::sheet::{Part, Sheet};

/// The number of pictures before the selected one, and after it, that are made ready ahead of time.
const NEIGHBOURS: usize = 3;

/// Takes in a picture, if it is still wanted.
pub(crate) fn receive(state: &mut State, key: PreviewKey, content: PreviewContent) {
    let is_of = |preview: &Preview| preview.wanted.as_ref() == Some(&key);
    if is_of(&state.original) {
        state.original.shown = Some((key.clone(), content.clone()));
    }
    if is_of(&state.preview) {
        state.preview.shown = Some((key, content));
    } else if state.thumbnails.wanted.contains(&key) {
        state.thumbnails.shown.insert(key, content);
    }
}

/// Asks for the pictures and details that the layout shows, if others were asked for last.
pub(crate) fn request(state: &mut State, effects: &mut Vec<Effect>) {
    request_metadata(state, effects);
    request_words(state, effects);
    texts::request(state, effects);
    make_room_for_details(state);
    let panes = state.panes();
    match state.sheet() {
        Some(sheet) => request_thumbnails(state, &sheet, effects),
        None => state.thumbnails = Thumbnails::default(),
    }
    let area = panes.and_then(|panes| panes.picture);
    let (Some(area), Some(hit)) = (area, state.results.selected_hit()) else {
        state.preview = Preview::default();
        state.original = Preview::default();
        return;
    };
    let original = panes.and_then(|panes| panes.original).zip(state.original_path());
    let original =
        original.map(|((area, _), path)| PreviewKey { path: state.root.join(path), size: area.as_size() });
    let key = |hit: &Hit| PreviewKey { path: state.root.join(&hit.path), size: area.as_size() };
    let wanted = key(hit);
    if state.preview.wanted.as_ref() == Some(&wanted) && state.original.wanted == original {
        return;
    }
    let (hits, selected) = (&state.results.hits, state.results.selected);
    let neighbours = (1..=NEIGHBOURS)
        .flat_map(|distance| [selected.checked_add(distance), selected.checked_sub(distance)])
        .flatten()
        .filter_map(|at| hits.get(at))
        .map(key)
        .collect();
    // What is shown already is not asked for again.
    let is_other = state.preview.wanted.as_ref() != Some(&wanted);
    let is_missing =
        |preview: &Preview, key: &PreviewKey| preview.shown.as_ref().is_none_or(|(shown, _)| shown != key);
    let missing: Vec<PreviewKey> = [
        Some(&wanted).filter(|key| is_other || is_missing(&state.preview, key)),
        original.as_ref().filter(|key| is_missing(&state.original, key)),
    ]
    .into_iter()
    .flatten()
    .cloned()
    .collect();
    if is_other || missing.iter().any(|key| original.as_ref() == Some(key)) {
        effects.push(Effect::Preview { wanted: missing, neighbours });
    }
    state.preview.wanted = Some(wanted);
    if state.original.shown.as_ref().map(|(key, _)| &key.path) != original.as_ref().map(|key| &key.path) {
        state.original.shown = None;
    }
    state.original.wanted = original;
}

/// Makes room for the details of the selected picture, once they are known.
fn make_room_for_details(state: &mut State) {
    let Some(hit) = state.results.selected_hit().filter(|_| state.details.visible) else { return };
    let Some(width) = state.panes().and_then(|panes| panes.caption).map(|caption| caption.width) else {
        return;
    };
    let path = state.root.join(&hit.path);
    let Some((_, known)) = state.details.known.as_ref().filter(|(of, _)| *of == path) else { return };
    let (about, text) = ((hit.score, state.details.words_of(hit.id)), state.texts.of(hit.id));
    let lines = details::lines(&path, Some(known), about, text, width.into()).len();
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let panes = Some((state.size, state.arrangement));
    let before = if state.details.lines_of == panes { state.details.lines } else { 0 };
    (state.details.lines, state.details.lines_of) = (lines.max(before), panes);
}

/// Asks again for what is shown, since files changed; those that did not cost little.
pub(crate) fn request_again(state: &State, effects: &mut Vec<Effect>) {
    let asked = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Preview { .. } | Effect::Thumbnails { .. }))
    };
    if asked(effects) {
        return;
    }
    if !state.thumbnails.wanted.is_empty() {
        effects.push(Effect::Thumbnails { wanted: state.thumbnails.wanted.clone(), ahead: Vec::new() });
    } else if let Some(wanted) = state.preview.wanted.clone() {
        let wanted = std::iter::once(wanted).chain(state.original.wanted.clone()).collect();
        effects.push(Effect::Preview { wanted, neighbours: Vec::new() });
    }
}

fn request_metadata(state: &mut State, effects: &mut Vec<Effect>) {
    let hit = state.results.selected_hit().filter(|_| state.details.visible);
    let path = hit.map(|hit| state.root.join(&hit.path));
    if path != state.details.wanted {
        effects.extend(path.clone().map(Effect::ReadMetadata));
        state.details.wanted = path;
    }
}

/// Asks for the words of the selected picture, if they are shown and others were asked for last.
fn request_words(state: &mut State, effects: &mut Vec<Effect>) {
    let shows = state.details.visible && state.details.has_words;
    let id = state.results.selected_hit().map(|hit| hit.id).filter(|id| shows && !is_listed_only(*id));
    if id != state.details.wanted_words {
        effects.extend(id.map(Effect::FindVector));
        state.details.wanted_words = id;
    }
}

/// Shows the words for the selected picture among its details, or hides them.
pub(crate) fn toggle_words(state: &mut State) {
    let details = &mut state.details;
    details.has_words = !(details.visible && details.has_words);
    details.visible |= details.has_words;
}

/// Asks for the visible pictures, and ahead of time for those of the next screen.
fn request_thumbnails(state: &mut State, sheet: &Sheet, effects: &mut Vec<Effect>) {
    let size = sheet.picture();
    let screen = sheet.screenful();
    let key = |hit: &Hit| PreviewKey { path: state.root.join(&hit.path), size };
    let parts = sheet.parts(state.results.offset);
    let cells = parts.iter().filter(|part| matches!(part, Part::Cell { .. })).count();
    let mut keys = state.results.hits.iter().skip(state.results.offset).map(key);
    let wanted: Vec<PreviewKey> = keys.by_ref().take(cells).collect();
    let ahead: Vec<PreviewKey> = keys.take(screen).collect();
    if wanted == state.thumbnails.wanted {
        return;
    }
    state.thumbnails.shown.retain(|key, _| wanted.contains(key));
    let shown = &state.thumbnails.shown;
    let missing = wanted.iter().filter(|key| !shown.contains_key(key)).cloned().collect();
    effects.push(Effect::Thumbnails { wanted: missing, ahead });
    state.thumbnails.wanted = wanted;
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crossterm::event::KeyCode;
    use ratatui::layout::Size;

    use super::*;
    use crate::library::Tag;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{alt, browser_of, ctrl, press};
    use crate::tui::app::update::update;

    /// The lines of the details once the selected picture's file was read, which has this many facts.
    fn lines_with(state: &mut State, facts: usize) -> u16 {
        let metadata = vec![("camera", "x".to_owned()); facts];
        let path: PathBuf = state.root.join(&state.results.selected_hit().unwrap().path);
        update(state, Event::Metadata { path, metadata });
        state.panes().unwrap().caption.unwrap().height
    }

    #[test]
    fn details_have_as_many_lines_as_they_need_and_keep_them() {
        let mut state = browser_of(Size { width: 100, height: 40 }, 9);
        ctrl(&mut state, 't');
        assert_eq!(lines_with(&mut state, 2), 3, "the path, too");
        press(&mut state, KeyCode::Down);
        assert_eq!(lines_with(&mut state, 6), 7);
        // The picture keeps its size when one with fewer facts follows.
        press(&mut state, KeyCode::Down);
        assert_eq!(lines_with(&mut state, 1), 7);
        let neighbours_fit = state.preview.wanted.as_ref().map(|key| key.size);
        press(&mut state, KeyCode::Down);
        assert_eq!(state.preview.wanted.as_ref().map(|key| key.size), neighbours_fit);
        assert_eq!(lines_with(&mut state, 99), 14, "not all of the pane");
        press(&mut state, KeyCode::Down);
        ctrl(&mut state, 't');
        ctrl(&mut state, 't');
        assert_eq!(lines_with(&mut state, 3), 4, "opened anew");
        update(&mut state, Event::Resize(100, 12));
        assert!(state.panes().unwrap().caption.unwrap().height <= 4, "a low screen has half of it for them");
    }

    #[test]
    fn words_are_asked_for_once_a_picture_while_they_are_shown() {
        let mut state = browser_of(Size { width: 100, height: 30 }, 3);
        let asked = |effects: &[Effect]| -> Vec<i64> {
            let id = |effect: &Effect| match effect {
                Effect::FindVector(id) => Some(*id),
                _ => None,
            };
            effects.iter().filter_map(id).collect()
        };
        assert!(asked(&press(&mut state, KeyCode::Down)).is_empty());
        assert_eq!(asked(&alt(&mut state, 't')), [1]);
        assert!(state.details.visible);
        assert_eq!(asked(&press(&mut state, KeyCode::Down)), [2]);
        // The vector of a picture that the user has left is of no use.
        let vector: std::sync::Arc<[f32]> = [1.0].into();
        let event = |id| Event::Vector { id, vector: vector.clone() };
        assert!(update(&mut state, event(1)).is_empty());
        assert_eq!(update(&mut state, event(2)), [Effect::NearestWords { id: 2, vector: vector.clone() }]);
        let words = vec![Tag { word: "boat".into(), score: 0.3 }];
        update(&mut state, Event::Words { id: 2, words });
        assert!(state.details.words.as_ref().is_some_and(|(id, words)| *id == 2 && words[0].word == "boat"));
        alt(&mut state, 't');
        assert!(state.details.visible && !state.details.has_words);
        assert!(asked(&press(&mut state, KeyCode::Up)).is_empty());
    }
}
