//! What the mouse does.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::state::State;
use super::{overlay_keys, selection};

/// Rows that one notch of the wheel moves.
const WHEEL: isize = 3;

/// Applies a click or a turn of the wheel.
pub(crate) fn apply(state: &mut State, mouse: &MouseEvent) {
    match mouse.kind {
        MouseEventKind::ScrollUp => turn(state, -WHEEL),
        MouseEventKind::ScrollDown => turn(state, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => click(state, Position { x: mouse.column, y: mouse.row }),
        _ => {}
    }
}

fn turn(state: &mut State, rows: isize) {
    if !overlay_keys::scroll_help(state, rows) {
        selection::move_by(state, rows);
    }
}

/// Closes what lies over the results, or else selects the result under the pointer.
fn click(state: &mut State, at: Position) {
    if state.overlay.take().is_some() {
        return;
    }
    let place = state.panes().and_then(|panes| match (panes.list, panes.grid) {
        (Some(list), _) => list.contains(at).then(|| usize::from(at.y - list.y)),
        (None, grid) => grid?.place_at(at),
    });
    if let Some(place) = place {
        selection::select(state, state.results.offset + place);
    }
}
