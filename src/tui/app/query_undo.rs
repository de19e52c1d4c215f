//! Taking back changes of the query, step by step.

use super::marked_view;
use super::query_line::QueryLine;
use super::query_steps::Kind;
use super::state::State;

/// Takes the last change of the query back.
pub(crate) fn undo(state: &mut State) {
    let Some(step) = state.query_steps.pop() else {
        state.message.notify("the query has not been changed");
        return;
    };
    marked_view::close(state);
    state.similar_to.clear();
    state.query = QueryLine::new(&step.before);
    state.reading.bind_next(step.bindings);
    state.reading.read(&step.before, &state.results.hits);
    if let Kind::Refinement { selected, .. } = step.kind {
        state.results.select_when_answered = selected;
    }
}

/// Takes the last change of the query back if pictures made it and the text is still theirs. Returns whether it was so.
pub(crate) fn undo_refinement(state: &mut State) -> bool {
    let is_last = is_refined(state);
    if is_last {
        undo(state);
    }
    is_last
}

/// Whether the last change of the query was made by pictures, and the text is still theirs.
pub(crate) fn is_refined(state: &State) -> bool {
    state.query_steps.last_refined() == Some(state.query.text())
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::layout::Size;
    use std::time::Instant;

    use super::*;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{browser_of, ctrl, press, type_in};
    use crate::tui::app::update::update;

    /// What terminals send for ctrl-_ and ctrl-/ arrives as ctrl-7.
    fn take_back(state: &mut State) {
        let key = KeyEvent::new(KeyCode::Char('7'), KeyModifiers::CONTROL);
        update(state, Event::Key(key, Instant::now()));
    }

    #[test]
    fn words_are_taken_back_one_by_one() {
        let mut state = browser_of(Size { width: 100, height: 30 }, 3);
        type_in(&mut state, "a red boat");
        for _ in 0..3 {
            press(&mut state, KeyCode::Backspace);
        }
        ctrl(&mut state, 'u');
        let mut texts = Vec::new();
        for _ in 0..5 {
            take_back(&mut state);
            texts.push(state.query.text().to_owned());
        }
        assert_eq!(texts, ["a red b", "a red boat", "a red ", "a ", ""]);
        take_back(&mut state);
        assert!(state.query.text().is_empty() && state.exit.is_none());
    }
}
