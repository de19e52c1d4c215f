//! What the keys for look-alikes do: a row stands for its group, and a key opens it; and the view of all groups, from which all
//! but the best can go to the trash.

use std::path::PathBuf;

use super::effect::Effect;
use super::folded_rows::{FoldPart, LookAlikesView};
use super::overlay::Overlay;
use super::state::State;
use super::{marked_view, selection};
use crate::tui::display::counted;

impl State {
    /// What the result at this index is among its look-alikes; `None` if there are none, or it is in the list of the marked.
    pub(crate) fn fold_part(&self, at: usize) -> Option<FoldPart> {
        if self.beneath_marked.is_some() {
            return None;
        }
        self.results.folding.part(self.results.hits.get(at)?.id)
    }
}

/// Opens the group that the selected row stands for, or closes it.
pub(crate) fn toggle_group(state: &mut State) {
    if state.beneath_marked.is_some() {
        state.message.notify("look-alikes are opened in the results: esc goes back");
        return;
    }
    let all_open = state.look_alikes.is_some();
    let results = &mut state.results;
    let Some(id) = results.selected_hit().map(|hit| hit.id) else { return };
    let folding = &mut results.folding;
    let row = folding.row_of.get(&id).copied().unwrap_or(id);
    let Some(beneath) = folding.beneath.get(&row) else {
        state.message.notify("no other picture of the results looks like this one");
        return;
    };
    let others: Vec<i64> = beneath.iter().map(|hit| hit.id).collect();
    let was_toggled = folding.toggled.remove(&row) | others.iter().any(|id| folding.toggled.remove(id));
    if !was_toggled {
        folding.toggled.insert(row);
    }
    let mut rows = std::mem::take(&mut results.hits);
    rows.retain(|hit| !folding.row_of.contains_key(&hit.id));
    results.hits = folding.unfold(rows, all_open);
    results.selected = results.hits.iter().position(|hit| hit.id == row).unwrap_or(0);
    results.moved = true;
}

/// Has look-alikes folded, or each picture in a row of its own.
pub(crate) fn toggle_folding(state: &mut State, effects: &mut Vec<Effect>) {
    let folding = &mut state.results.folding;
    folding.on = !folding.on;
    folding.toggled.clear();
    effects.push(Effect::Fold(folding.on));
    state.message.notify(if folding.on {
        "pictures that look alike share a row"
    } else {
        "every picture has a row of its own"
    });
}

/// Marks the selected picture with all that look like it; if all of them are marked, takes their marks away. Goes on to the
/// next row.
pub(crate) fn mark_group(state: &mut State) {
    if !state.multi {
        state.message.notify("only one picture can be chosen, so none is marked");
        return;
    }
    let results = &state.results;
    let Some(id) = results.selected_hit().map(|hit| hit.id) else { return };
    let row = results.folding.row_of.get(&id).copied().unwrap_or(id);
    let beneath = results.folding.beneath.get(&row).map(Vec::as_slice).unwrap_or_default();
    let own = results.hits.iter().filter(|hit| hit.id == row);
    let group: Vec<(i64, PathBuf)> = own.chain(beneath).map(|hit| (hit.id, hit.path.clone())).collect();
    let shown = results.hits.iter().filter(|hit| results.folding.row_of.get(&hit.id) == Some(&row)).count();
    let first = results.hits.iter().position(|hit| hit.id == row).unwrap_or(results.selected);
    let are_marked = group.iter().all(|(id, _)| state.marked.contains(*id));
    for (id, path) in &group {
        if are_marked == state.marked.contains(*id) {
            state.marked.toggle(*id, path.clone());
        }
    }
    let verb = if are_marked { "unmarked" } else { "marked" };
    state.message.notify(format!("{verb} {}", counted(group.len(), "look-alike")));
    selection::select(state, first);
    selection::move_by(state, isize::try_from(shown + 1).unwrap_or(1));
}

/// Opens the view of all groups of look-alikes, or closes it.
pub(crate) fn toggle_view(state: &mut State) {
    if close_view(state) {
        return;
    }
    if state.download.is_some() {
        state.message.notify("look-alikes are found once the model is here");
        return;
    }
    marked_view::close(state);
    state.similar_to.clear();
    let asked_from = state.results.selected_hit().map(|hit| hit.id);
    state.look_alikes = Some(LookAlikesView { asked_from });
    // Other pictures must not be taken for look-alikes meanwhile.
    state.results.hits.clear();
    state.results.folding.toggled.clear();
    (state.results.selected, state.results.offset) = (0, 0);
}

/// Closes the view of the groups, if it is open. Returns whether it was.
pub(crate) fn close_view(state: &mut State) -> bool {
    let Some(view) = state.look_alikes.take() else { return false };
    state.results.folding.toggled.clear();
    state.results.select_when_answered = view.asked_from;
    true
}

/// Asks whether all but the best picture of the selected group, or of all groups, go to the trash.
pub(crate) fn confirm_trash_of_rest(state: &mut State, of_all: bool) {
    if state.look_alikes.is_none() || state.beneath_marked.is_some() {
        state.message.notify("this is for the view of look-alikes (in the menu)");
        return;
    }
    let results = &state.results;
    let folding = &results.folding;
    let selected = results.selected_hit().map(|hit| folding.row_of.get(&hit.id).copied().unwrap_or(hit.id));
    let rows = results.hits.iter().filter(|hit| !folding.row_of.contains_key(&hit.id));
    let rows = rows.filter(|hit| of_all || Some(hit.id) == selected);
    let rest = rows.flat_map(|hit| folding.beneath.get(&hit.id).into_iter().flatten());
    let pictures: Vec<(i64, PathBuf)> = rest.map(|hit| (hit.id, state.root.join(&hit.path))).collect();
    if !pictures.is_empty() {
        state.overlay = Some(Overlay::ConfirmTrash { pictures });
    }
}

#[cfg(test)]
mod tests;
