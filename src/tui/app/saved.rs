//! Saving the query under a name, and the list of saved searches.

use ratatui::layout::{Margin, Position};
use unicode_width::UnicodeWidthStr;

use super::effect::Effect;
use super::keymap::{Action, Meaning};
use super::marked_view;
use super::overlay::Overlay;
use super::query_draft::Draft;
use super::query_line::QueryLine;
use super::saved_boxes::{Naming, Picker};
use super::state::State;
use crate::base::escape;
use crate::query::{SavedQuery, Searches, is_name};
use crate::tui::layout;

/// The blanks between a name and its query, and what stands before a name.
const BETWEEN: usize = 2;
const EDGE: usize = 1;

/// Asks for the name under which the query is to be saved.
pub(crate) fn begin(state: &mut State) {
    marked_view::close(state);
    if let Some(fault) = state.reading.fault.as_ref().filter(|_| state.similar_to.is_empty()) {
        let words = format!("the query has to be right first: {}", fault.words);
        state.message.notify(words);
        return;
    }
    let Some(draft) = Draft::of(state) else { return };
    let Some(query) = draft.lasting(state) else {
        state.message.notify("the name of a picture in the query is no text: it can't be saved");
        return;
    };
    if let Err(why) = SavedQuery::new(&query) {
        state.message.notify(why);
        return;
    }
    let name = QueryLine::new(state.search_name.as_deref().unwrap_or_default());
    state.overlay = Some(Overlay::Naming(Naming { name, query, replaces: false }));
}

/// Lists the saved searches.
pub(crate) fn list(state: &mut State) {
    if state.reading.searches().is_empty() {
        let how = state.keys.label(Action::SaveSearch);
        let how = how.map(|key| format!(": {key} saves the query")).unwrap_or_default();
        state.message.notify(format!("there are no saved searches{how}"));
    } else {
        state.overlay = Some(Overlay::Picker(Picker::default()));
    }
}

/// Applies a key to the question for a name.
pub(crate) fn apply_to_naming(
    state: &mut State,
    mut naming: Naming,
    meaning: Meaning,
    effects: &mut Vec<Effect>,
) {
    match meaning {
        Meaning::Do(Action::Accept) => {
            let name = naming.name.text().trim().to_owned();
            if is_name(&name) {
                let is_taken =
                    state.reading.searches().get(&name).is_some_and(|known| known.text() != naming.query);
                if !is_taken || naming.replaces {
                    state.search_name = Some(name.clone());
                    effects.push(Effect::SaveSearch { name, query: naming.query });
                    return;
                }
                naming.replaces = true;
            }
        }
        Meaning::Do(Action::Back | Action::Leave) => {
            state.message.notify("nothing was saved");
            return;
        }
        _ => {
            edit(&mut naming.name, meaning);
            naming.replaces = false;
        }
    }
    state.overlay = Some(Overlay::Naming(naming));
}

/// Edits a line in a box.
fn edit(line: &mut QueryLine, meaning: Meaning) {
    match meaning {
        Meaning::Type(c) => line.insert(c.encode_utf8(&mut [0; 4])),
        Meaning::Do(Action::Left | Action::CursorLeft) => line.left(),
        Meaning::Do(Action::Right | Action::CursorRight) => line.right(),
        Meaning::Do(Action::WordLeft) => line.word_left(),
        Meaning::Do(Action::WordRight) => line.word_right(),
        Meaning::Do(Action::LineStart | Action::First) => line.start(),
        Meaning::Do(Action::LineEnd | Action::Last) => line.end(),
        Meaning::Do(Action::DeleteBack) => line.delete_back(),
        Meaning::Do(Action::DeleteForward) => line.delete_forward(),
        Meaning::Do(Action::DeleteWordBack) => line.delete_word_back(),
        Meaning::Do(Action::DeleteWordForward) => line.delete_word_forward(),
        Meaning::Do(Action::DeleteToStart) => line.delete_to_start(),
        Meaning::Do(_) | Meaning::Run(_) | Meaning::Nothing => {}
    }
}

/// Applies a key to the list.
pub(crate) fn apply_to_picker(
    state: &mut State,
    mut picker: Picker,
    meaning: Meaning,
    effects: &mut Vec<Effect>,
) {
    let listed = picker.listed(state.reading.searches());
    let last = listed.len().saturating_sub(1);
    picker.selected = picker.selected.min(last);
    let chosen = listed.get(picker.selected).map(|(name, query)| ((*name).to_owned(), (*query).to_owned()));
    if std::mem::take(&mut picker.deletes) {
        match (meaning, chosen) {
            (Meaning::Type('y' | 'Y'), Some((name, _))) => effects.push(Effect::DeleteSearch { name }),
            _ => state.message.notify("nothing was deleted"),
        }
        state.overlay = Some(Overlay::Picker(picker));
        return;
    }
    match meaning {
        Meaning::Do(Action::Accept) => {
            if let Some((name, query)) = chosen {
                run(state, name, &query);
                return;
            }
        }
        Meaning::Do(Action::DeleteForward | Action::Trash) => picker.deletes = chosen.is_some(),
        Meaning::Do(Action::Up) => picker.selected = picker.selected.saturating_sub(1),
        Meaning::Do(Action::Down) => picker.selected = (picker.selected + 1).min(last),
        Meaning::Do(Action::PageUp | Action::First | Action::LineStart) => picker.selected = 0,
        Meaning::Do(Action::PageDown | Action::Last | Action::LineEnd) => picker.selected = last,
        Meaning::Type(c) => {
            picker.sought.push(c);
            picker.selected = 0;
        }
        Meaning::Do(Action::DeleteBack) => drop(picker.sought.pop()),
        Meaning::Do(Action::DeleteWordBack | Action::DeleteToStart) => picker.sought.clear(),
        // esc takes the text back first.
        Meaning::Do(Action::Back) if !picker.sought.is_empty() => picker.sought.clear(),
        Meaning::Nothing | Meaning::Run(_) => {}
        Meaning::Do(_) => return,
    }
    state.overlay = Some(Overlay::Picker(picker));
}

/// Puts a saved search in place of the query.
fn run(state: &mut State, name: String, query: &str) {
    marked_view::close(state);
    state.similar_to.clear();
    state.query = QueryLine::new(query);
    state.search_name = Some(name);
}

/// Takes in the saved searches as they are by now.
pub(crate) fn receive(state: &mut State, searches: Searches, words: String) {
    state.reading.set_searches(searches, &state.results.hits);
    state.message.notify(words);
    if let Some(Overlay::Picker(picker)) = &state.overlay
        && state.reading.searches().is_empty()
        && !picker.deletes
    {
        state.overlay = None;
    }
}

/// The rows of the list: names as wide as the longest, and queries.
pub(crate) fn rows(picker: &Picker, searches: &Searches) -> Vec<(String, String)> {
    let listed: Vec<(String, String)> = picker
        .listed(searches)
        .into_iter()
        .map(|(name, query)| (escape::text(name), escape::text(query)))
        .collect();
    let widest = listed.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let padded = |name: &str| format!("{name}{}", " ".repeat(widest - name.width() + BETWEEN));
    listed.into_iter().map(|(name, query)| (padded(&name), query)).collect()
}

/// The search under this position, while the list is open.
pub(crate) fn row_at(state: &State, picker: &Picker, at: Position) -> Option<usize> {
    let rows = rows(picker, state.reading.searches());
    let columns = rows.iter().map(|(name, query)| EDGE + name.width() + query.width()).max().unwrap_or(0);
    let popup = layout::popup(columns.max(title(picker).width()), rows.len().max(1), state.size);
    let inside = popup.inner(Margin::new(1, 1));
    let first = (picker.selected + 1).saturating_sub(usize::from(inside.height).max(1));
    let row = first + usize::from(at.y.checked_sub(inside.y)?);
    (inside.contains(at) && row < rows.len()).then_some(row)
}

/// The title of the list.
pub(crate) fn title(picker: &Picker) -> String {
    match picker {
        Picker { deletes: true, .. } => " delete this search? y yes, any other key no ".to_owned(),
        Picker { sought, .. } if sought.is_empty() => " saved searches ".to_owned(),
        Picker { sought, .. } => format!(" saved searches: {} ", escape::text(sought)),
    }
}
