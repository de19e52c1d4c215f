//! Which pictures and details are asked for, and what becomes of the answers.

use super::effect::Effect;
use super::preview::{PreviewContent, PreviewKey, Thumbnails};
use super::state::State;
use crate::library::Hit;
use crate::tui::sheet::{Part, Sheet};

/// The number of pictures before the selected one, and after it, that are made ready ahead of time.
const NEIGHBOURS: usize = 3;

/// Takes in a picture, if it is still wanted.
pub(crate) fn receive(state: &mut State, key: PreviewKey, content: PreviewContent) {
    if state.preview.wanted.as_ref() == Some(&key) {
        state.preview.shown = Some((key, content));
    } else if state.thumbnails.wanted.contains(&key) {
        state.thumbnails.shown.insert(key, content);
    }
}

/// Asks for the pictures and details that the layout shows, if others were asked for last.
pub(crate) fn request(state: &mut State, effects: &mut Vec<Effect>) {
    request_metadata(state, effects);
    let panes = state.panes();
    match state.sheet() {
        Some(sheet) => request_thumbnails(state, &sheet, effects),
        None => state.thumbnails = Thumbnails::default(),
    }
    let area = panes.and_then(|panes| panes.picture);
    let (Some(area), Some(hit)) = (area, state.results.selected_hit()) else {
        state.preview.wanted = None;
        state.preview.shown = None;
        return;
    };
    let key = |hit: &Hit| PreviewKey { path: state.root.join(&hit.path), size: area.as_size() };
    let wanted = key(hit);
    if state.preview.wanted.as_ref() == Some(&wanted) {
        return;
    }
    let (hits, selected) = (&state.results.hits, state.results.selected);
    let neighbours = (1..=NEIGHBOURS)
        .flat_map(|distance| [selected.checked_add(distance), selected.checked_sub(distance)])
        .flatten()
        .filter_map(|at| hits.get(at))
        .map(key)
        .collect();
    effects.push(Effect::Preview { wanted: wanted.clone(), neighbours });
    state.preview.wanted = Some(wanted);
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
