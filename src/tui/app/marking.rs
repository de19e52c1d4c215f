//! What the actions on marks do.

use std::path::PathBuf;

use super::keymap::Action;
use super::state::State;
use crate::tui::display::counted;

/// Marks the selected picture, or takes its mark away.
pub(crate) fn toggle_selected(state: &mut State) {
    if let Some(hit) = state.results.selected_hit().filter(|_| state.multi) {
        let (id, path) = (hit.id, hit.path.clone());
        state.marked.toggle(id, path);
    }
}

/// Marks all results.
pub(crate) fn mark_all(state: &mut State) {
    if is_refused(state) {
        return;
    }
    let before = state.marked.len();
    let results = listed(state);
    results.into_iter().for_each(|(id, path)| state.marked.insert(id, path));
    let words = match state.marked.len() - before {
        0 => "all results were marked already".to_owned(),
        added => format!("marked {}", counted(added, "picture")),
    };
    let words = match state.results.folding.folded() {
        folded if folded > 0 && state.beneath_marked.is_none() => {
            format!("{words}, without {} folded beneath", counted(folded, "look-alike"))
        }
        _ => words,
    };
    state.message.notify(words);
}

/// Of the results, marks those that are not marked, and takes the marks of the others away.
pub(crate) fn invert(state: &mut State) {
    if !is_refused(state) {
        let results = listed(state);
        state.marked.invert(results.into_iter());
    }
}

/// Takes all marks away; without marks, brings those back that were taken away last.
pub(crate) fn clear_or_restore(state: &mut State) {
    if !state.marked.is_empty() {
        clear(state);
        return;
    }
    let words = match state.marked.restore() {
        0 => "nothing is marked".to_owned(),
        restored => format!("marked {} again", counted(restored, "picture")),
    };
    state.message.notify(words);
}

/// Takes all marks away, and says how they come back.
pub(crate) fn clear(state: &mut State) {
    let cleared = counted(state.marked.clear(), "picture");
    state.message.notify(match state.keys.label(Action::Unmark) {
        Some(key) => format!("unmarked {cleared}: {key} marks them again"),
        None => format!("unmarked {cleared}"),
    });
}

fn listed(state: &State) -> Vec<(i64, PathBuf)> {
    state.results.hits.iter().map(|hit| (hit.id, hit.path.clone())).collect()
}

/// Whether only one picture may be chosen, which the user is told.
fn is_refused(state: &mut State) -> bool {
    if !state.multi {
        state.message.notify("only one picture can be chosen, so none is marked");
    }
    !state.multi
}
