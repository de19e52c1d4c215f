//! What the mouse does.

use std::time::{Duration, Instant};

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::click::Click;
use super::effect::Effect;
use super::keymap::{Action, Meaning};
use super::overlay::Overlay;
use super::saved_boxes::Picker;
use super::state::State;
use super::zoom::{self, Scaling};
use super::{hints, marking, menu, overlay_keys, press, saved, selection, texts};
use crate::tui::layout::Arrangement;

/// Rows that one notch of the wheel moves.
const WHEEL: isize = 3;
/// The longest time between the two clicks of a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// Applies a click or a turn of the wheel.
pub(crate) fn apply(state: &mut State, mouse: &MouseEvent, at: Instant, effects: &mut Vec<Effect>) {
    let position = Position { x: mouse.column, y: mouse.row };
    match mouse.kind {
        MouseEventKind::ScrollUp => turn(state, -WHEEL, position),
        MouseEventKind::ScrollDown => turn(state, WHEEL, position),
        MouseEventKind::Down(MouseButton::Left) => click(state, position, at, effects),
        MouseEventKind::Down(MouseButton::Right) => mark(state, position),
        _ => {}
    }
}

fn turn(state: &mut State, rows: isize, pointer: Position) {
    if overlay_keys::scroll(state, rows) {
        return;
    }
    let caption = state.panes().and_then(|panes| panes.caption);
    if caption.is_some_and(|caption| caption.contains(pointer)) && texts::scroll(state, rows.signum()) {
        return;
    }
    if state.arrangement == Arrangement::Picture {
        let scaling = if rows < 0 { Scaling::Closer } else { Scaling::Away };
        zoom::scale(state, scaling, Some(pointer));
    } else {
        // A row of pictures is as high as some of a list.
        let rows = if state.sheet().is_some() { rows.signum() } else { rows };
        selection::move_rows(state, rows);
    }
}

/// Does what the hint or the entry of the menu under the pointer says; closes what lies over the results; or else selects the
/// result under the pointer, and opens it at the second click.
fn click(state: &mut State, position: Position, at: Instant, effects: &mut Vec<Effect>) {
    let before = state.last_click.take();
    if let Some(meaning) = hints::at(state, position) {
        press::apply(state, meaning, at, effects);
        return;
    }
    match &state.overlay {
        Some(Overlay::Menu { selected }) => {
            if let Some(entry) = menu::entry_at(state, *selected, position) {
                state.overlay = Some(Overlay::Menu { selected: entry });
                press::apply(state, Meaning::Do(Action::Accept), at, effects);
                return;
            }
        }
        Some(Overlay::Picker(picker)) if !picker.deletes => {
            if let Some(row) = saved::row_at(state, picker, position) {
                let picker = Picker { selected: row, ..picker.clone() };
                state.overlay = Some(Overlay::Picker(picker));
                press::apply(state, Meaning::Do(Action::Accept), at, effects);
                return;
            }
        }
        Some(Overlay::Help { .. }) if overlay_keys::is_in_help(state, position) => return,
        _ => {}
    }
    if state.overlay.is_some() {
        press::apply(state, Meaning::Do(Action::Back), at, effects);
        return;
    }
    let panes = state.panes();
    if panes.is_some_and(|panes| panes.message.contains(position)) && texts::told(state).is_some() {
        press::apply(state, Meaning::Do(Action::ShowText), at, effects);
        return;
    }
    if let Some(query) = panes.map(|panes| panes.query).filter(|query| query.contains(position)) {
        if state.similar_to.is_empty() && state.look_alikes.is_none() && state.beneath_marked.is_none() {
            state.picture_keys = false;
            // The prompt takes two columns.
            let width = usize::from(query.width).saturating_sub(2);
            state.query.place_cursor_in_window(width, usize::from(position.x.saturating_sub(2)));
        }
        return;
    }
    let Some(result) = result_at(state, position) else { return };
    selection::select(state, result);
    let is_second = before.is_some_and(|click| {
        click.result == result && at.saturating_duration_since(click.at) <= DOUBLE_CLICK
    });
    let Some(hit) = state.results.hits.get(result) else { return };
    if is_second {
        // The picture under the pointer is meant, whatever is marked.
        effects.push(Effect::Open { pictures: vec![state.root.join(&hit.path)], asked_for: 1 });
    } else {
        state.last_click = Some(Click { at, result });
    }
}

/// Marks the result under the pointer, or takes its mark away.
fn mark(state: &mut State, position: Position) {
    if let Some(result) = result_at(state, position).filter(|_| state.overlay.is_none()) {
        selection::select(state, result);
        marking::toggle_selected(state);
    }
}

/// The index of the result at a position: of a row, a cell, or the picture.
fn result_at(state: &State, position: Position) -> Option<usize> {
    let panes = state.panes()?;
    if panes.picture.is_some_and(|picture| picture.contains(position)) {
        return Some(state.results.selected);
    }
    let offset = state.results.offset;
    let list = panes.list.filter(|list| list.contains(position));
    let result = match (list, state.sheet()) {
        (Some(list), _) => Some(offset + usize::from(position.y - list.y)),
        (None, sheet) => sheet.and_then(|sheet| sheet.at(offset, position)),
    };
    result.filter(|result| *result < state.results.hits.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crossterm::event::{KeyCode, KeyModifiers};
    use ratatui::layout::Size;

    use super::*;

    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{browser_of, ctrl, press, type_in};
    use crate::tui::app::update::update;

    fn browser() -> State {
        browser_of(Size { width: 100, height: 30 }, 9)
    }

    fn down(state: &mut State, button: MouseButton, (column, row): (u16, u16), at: Instant) -> Vec<Effect> {
        let kind = MouseEventKind::Down(button);
        update(state, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }, at))
    }

    fn opened(effects: &[Effect]) -> Option<&Path> {
        effects.iter().find_map(|effect| match effect {
            Effect::Open { pictures, .. } => pictures.first().map(std::path::PathBuf::as_path),
            _ => None,
        })
    }

    #[test]
    fn a_second_click_in_time_on_the_same_picture_opens_it() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        let start = Instant::now();
        let mut click = |row, milliseconds| {
            down(&mut state, MouseButton::Left, (3, row), start + Duration::from_millis(milliseconds))
        };
        assert_eq!(opened(&click(4, 0)), None);
        assert_eq!(opened(&click(5, 100)), None, "another picture");
        assert_eq!(opened(&click(5, 900)), None, "too late");
        assert_eq!(opened(&click(5, 1200)), Some(Path::new("/p/3.jpg")), "not the marked one");
        assert_eq!(opened(&click(5, 1300)), None, "a third click begins anew");
    }

    #[test]
    fn a_right_click_marks() {
        let mut state = browser();
        down(&mut state, MouseButton::Right, (3, 6), Instant::now());
        assert_eq!((state.marked.pictures(), state.results.selected), (&[(4, "4.jpg".into())][..], 4));
        down(&mut state, MouseButton::Right, (3, 6), Instant::now());
        assert!(state.marked.is_empty());
        down(&mut state, MouseButton::Right, (3, 20), Instant::now());
        assert!(state.marked.is_empty(), "below the last row there is nothing");
    }

    #[test]
    fn a_click_on_an_entry_of_the_menu_does_it_and_one_beside_it_closes_it() {
        let mut state = browser();
        ctrl(&mut state, 'x');
        let entry =
            (0..30).find(|y| menu::entry_at(&state, 0, Position { x: 50, y: *y }) == Some(1)).unwrap();
        let effects = down(&mut state, MouseButton::Left, (50, entry), Instant::now());
        assert!(effects.contains(&Effect::Copy(vec!["/p/0.jpg".into()])), "{effects:?}");
        assert_eq!(state.overlay, None);
        ctrl(&mut state, 'x');
        down(&mut state, MouseButton::Left, (1, 5), Instant::now());
        assert_eq!((&state.overlay, state.results.selected), (&None, 0));
        press(&mut state, KeyCode::F(8));
        down(&mut state, MouseButton::Left, (1, 5), Instant::now());
        assert_eq!(state.message.notice(), Some("nothing was moved"));
    }

    #[test]
    fn a_click_in_the_query_puts_the_cursor_there() {
        let mut state = browser();
        type_in(&mut state, "日本 cats");
        down(&mut state, MouseButton::Left, (2 + 5, 0), Instant::now());
        assert_eq!(state.query.before_cursor(), "日本 ");
        down(&mut state, MouseButton::Left, (99, 0), Instant::now());
        assert_eq!(state.query.before_cursor(), "日本 cats");
        down(&mut state, MouseButton::Left, (0, 0), Instant::now());
        assert_eq!(state.query.before_cursor(), "");
    }
}
