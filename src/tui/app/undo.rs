//! The undoing of what went to the trash.

use super::effect::Effect;
use super::state::State;
use super::trashed::Move;

/// Brings back what went to the trash last.
pub(crate) fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    match state.trash_history.pop() {
        Some(Move { pictures, marked }) => effects.push(Effect::Restore { pictures, marked }),
        None => state.message.notify("nothing to undo: nothing went to the trash since pixseek was started"),
    }
}
