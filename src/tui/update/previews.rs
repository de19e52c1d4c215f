//! Which pictures are to be shown, and what became of them.

use crate::library::Hit;
use crate::tui::effect::Effect;
use crate::tui::state::{PreviewContent, PreviewKey, State, Thumbnails};
use crate::tui::view::layout::Grid;

/// Pictures before and after the selected one that are likely to be looked at next.
const NEIGHBOURS: usize = 3;

/// Takes a picture that was made, if it is still wanted.
pub(super) fn receive(state: &mut State, key: PreviewKey, content: PreviewContent) {
    if state.preview.wanted.as_ref() == Some(&key) {
        state.preview.shown = Some((key, content));
    } else if state.thumbnails.wanted.contains(&key) {
        state.thumbnails.shown.insert(key, content);
    }
}

/// Asks for the pictures that the layout shows, if others were asked for last.
pub(super) fn want(state: &mut State, effects: &mut Vec<Effect>) {
    want_facts(state, effects);
    let panes = state.panes();
    match panes.and_then(|panes| panes.grid) {
        Some(grid) => want_thumbnails(state, &grid, effects),
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

/// Asks again for what is shown, since files changed: it costs little where they did not.
pub(super) fn look_again(state: &State, effects: &mut Vec<Effect>) {
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

fn want_facts(state: &mut State, effects: &mut Vec<Effect>) {
    let path = state.results.selected_hit().filter(|_| state.details).map(|hit| state.root.join(&hit.path));
    if path != state.facts_wanted {
        effects.extend(path.clone().map(Effect::Facts));
        state.facts_wanted = path;
    }
}

/// The visible ones, and ahead of time those of a screen below.
fn want_thumbnails(state: &mut State, grid: &Grid, effects: &mut Vec<Effect>) {
    let size = grid.picture(0).as_size();
    let screen = grid.columns * grid.rows;
    let key = |hit: &Hit| PreviewKey { path: state.root.join(&hit.path), size };
    let mut keys = state.results.hits.iter().skip(state.results.offset).map(key);
    let wanted: Vec<PreviewKey> = keys.by_ref().take(screen).collect();
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
