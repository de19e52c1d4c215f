//! What a key does, or a click that stands for one.

use std::time::Instant;

use super::actions::{act, run_command};
use super::effect::Effect;
use super::keymap::{Action, Group, Meaning};
use super::state::State;
use super::{marked_view, overlay_keys, questions};

/// Does what a key means, for the overlay if there is one.
pub(crate) fn apply(state: &mut State, meaning: Meaning, at: Instant, effects: &mut Vec<Effect>) {
    state.results.accept_when_answered = false;
    state.message.end_notice();
    match (state.overlay.take(), meaning) {
        (Some(overlay), meaning) => overlay_keys::apply(state, overlay, meaning, effects),
        (None, Meaning::Do(action)) => {
            state.picture_keys |=
                action.group() == Group::Results || matches!(action, Action::Left | Action::Right);
            act(state, action, effects);
        }
        (None, Meaning::Run(number)) => run_command(state, number, effects),
        (None, Meaning::Type(c)) => state.query.insert(c.encode_utf8(&mut [0; 4])),
        (None, Meaning::Nothing) => {}
    }
    ask_if_changed(state, at, effects);
}

/// Asks what the query now calls for. Whoever changes the query leaves the list of the marked.
pub(crate) fn ask_if_changed(state: &mut State, at: Instant, effects: &mut Vec<Effect>) {
    if state.reading.is_of_other_than(state.query.text()) {
        marked_view::close(state);
        state.picture_keys = false;
    }
    questions::ask_if_changed(state, at, effects);
}
