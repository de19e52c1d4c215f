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
        // A row of pictures is as high as some of a list.
        let rows = if state.sheet().is_some() { rows.signum() } else { rows };
        selection::move_rows(state, rows);
    }
}

/// Closes what lies over the results, or else selects the result under the pointer.
fn click(state: &mut State, at: Position) {
    if state.overlay.take().is_some() {
        return;
    }
    let offset = state.results.offset;
    let list = state.panes().and_then(|panes| panes.list).filter(|list| list.contains(at));
    let clicked = match (list, state.sheet()) {
        (Some(list), _) => Some(offset + usize::from(at.y - list.y)),
        (None, sheet) => sheet.and_then(|sheet| sheet.at(offset, at)),
    };
    if let Some(clicked) = clicked {
        selection::select(state, clicked);
    }
}
