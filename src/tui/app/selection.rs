//! Moving the selection, in a list or in the two dimensions of the contact sheet.

use super::state::State;

/// The rows that a page key moves: those of the screen, in a list but one.
pub(crate) fn page(state: &State) -> isize {
    let rows = match state.sheet() {
        Some(sheet) => sheet.rows_shown(state.results.offset),
        None => state.list_rows().max(2) - 1,
    };
    isize::try_from(rows).unwrap_or(isize::MAX)
}

/// Selects the hit at this index, if there is one.
pub(crate) fn select(state: &mut State, at: usize) {
    if at < state.results.hits.len() {
        state.results.selected = at;
        state.results.moved = true;
    }
}

/// Moves the selection by this number of results, at most to the first or the last.
pub(crate) fn move_by(state: &mut State, count: isize) {
    let results = &mut state.results;
    let last = results.hits.len().saturating_sub(1);
    results.selected = results.selected.saturating_add_signed(count).min(last);
    results.moved = true;
}

/// Moves the selection by this number of rows, at most to the first or the last, in the same column if that row has a
/// result there.
pub(crate) fn move_rows(state: &mut State, rows: isize) {
    match state.sheet() {
        Some(sheet) => {
            state.results.selected = sheet.moved(state.results.selected, rows);
            state.results.moved = true;
        }
        None => move_by(state, rows),
    }
}

/// Scrolls just as far as the selection needs to be visible.
pub(crate) fn scroll_into_view(state: &mut State) {
    let (offset, selected) = (state.results.offset, state.results.selected);
    state.results.offset = match state.sheet() {
        Some(sheet) => sheet.scrolled(offset, selected),
        None => {
            let rows = state.list_rows();
            let lowest = state.results.hits.len().saturating_sub(rows);
            offset.clamp(selected.saturating_sub(rows - 1), selected).min(lowest)
        }
    };
}

/// Makes the pictures of the contact sheet larger or smaller, by one step of its columns.
pub(crate) fn zoom_sheet(state: &mut State, larger: bool) {
    match state.sheet().map(|sheet| sheet.zoomed(larger)) {
        Some(Some(width)) => state.sheet_width = width,
        Some(None) if larger => state.message.notify("the pictures are as large as the sheet has room for"),
        Some(None) => state.message.notify("the pictures are as small as they get"),
        None => state.message.notify("the contact sheet is not shown"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use crossterm::event::{KeyCode, KeyModifiers, MouseEvent, MouseEventKind};
    use ratatui::layout::Size;

    use super::*;
    use crate::library::Hit;
    use crate::tui::app::effect::Effect;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{alt, ctrl, press};
    use crate::tui::app::preview::PreviewContent;
    use crate::tui::app::update::{start, update};
    use crate::tui::layout::Arrangement;

    /// A contact sheet of four columns and three rows, of `count` pictures.
    fn sheet(count: i64) -> State {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 80, height: 35 });
        state.arrangement = Arrangement::Grid;
        start(&mut state, Instant::now());
        let hits: Vec<Hit> =
            (0..count).map(|id| Hit { id, path: format!("{id}.jpg").into(), score: None }).collect();
        update(&mut state, Event::Answered { generation: 1, hits, pictures: 0, at: Instant::now() });
        assert_eq!(state.sheet().unwrap().screenful(), 12);
        state
    }

    fn selected_after(state: &mut State, keys: &[KeyCode]) -> usize {
        keys.iter().for_each(|key| drop(press(state, *key)));
        state.results.selected
    }

    #[test]
    fn arrows_move_in_two_dimensions() {
        use KeyCode::{Char, Down, End, Home, Left, Right, Up};
        let mut state = sheet(30);
        assert_eq!(selected_after(&mut state, &[Right]), 1);
        assert_eq!(selected_after(&mut state, &[Down]), 5);
        assert_eq!(selected_after(&mut state, &[Right, Right]), 7);
        assert_eq!(selected_after(&mut state, &[Right]), 8, "on to the next row");
        assert_eq!(selected_after(&mut state, &[Left, Left, Up]), 2);
        assert_eq!(selected_after(&mut state, &[Up]), 2, "there is no row above");
        assert_eq!(selected_after(&mut state, &[End, Up, Right, Right]), 27);
        assert_eq!(selected_after(&mut state, &[Down]), 29, "the last row is not full");
        assert_eq!(selected_after(&mut state, &[Home, Down]), 4);
        press(&mut state, Char('x'));
        ctrl(&mut state, 'b');
        assert_eq!(state.query.before_cursor(), "", "the query has keys of its own");
        assert_eq!(selected_after(&mut state, &[Right]), 5);
        state.arrangement = Arrangement::List;
        assert_eq!(selected_after(&mut state, &[Right]), 5);
        assert_eq!(state.query.before_cursor(), "x", "beside a list, the arrows edit the query");
    }

    #[test]
    fn the_wheel_turns_by_rows() {
        let mut state = sheet(30);
        let wheel = |state: &mut State, kind| {
            let mouse = MouseEvent { kind, column: 5, row: 5, modifiers: KeyModifiers::NONE };
            update(state, Event::Mouse(mouse, Instant::now()));
            state.results.selected
        };
        assert_eq!(wheel(&mut state, MouseEventKind::ScrollDown), 4);
        assert_eq!(wheel(&mut state, MouseEventKind::ScrollDown), 8);
        assert_eq!(wheel(&mut state, MouseEventKind::ScrollUp), 4);
        state.arrangement = Arrangement::List;
        assert_eq!(wheel(&mut state, MouseEventKind::ScrollDown), 7);
    }

    #[test]
    fn zoom_changes_the_size_of_the_cells() {
        let mut state = sheet(30);
        let columns = |state: &State| state.sheet().unwrap().moved(0, 1);
        assert_eq!(columns(&state), 4);
        alt(&mut state, '+');
        assert_eq!(columns(&state), 3);
        alt(&mut state, '-');
        alt(&mut state, '-');
        assert_eq!(columns(&state), 5);
        alt(&mut state, '0');
        assert_eq!(columns(&state), 4);
        state.arrangement = Arrangement::List;
        alt(&mut state, '+');
        assert!(state.message.notice().is_some_and(|words| words.contains("not shown")));
    }

    #[test]
    fn the_sheet_scrolls_by_whole_rows() {
        let mut state = sheet(30);
        for row in 1..7 {
            press(&mut state, KeyCode::Down);
            assert_eq!(state.results.offset, 4 * (row as usize).saturating_sub(2));
        }
        press(&mut state, KeyCode::PageUp);
        assert_eq!((state.results.selected, state.results.offset), (12, 12));
    }

    #[test]
    fn only_what_is_not_there_is_asked_for_when_it_scrolls() {
        let mut state = sheet(30);
        let keys = state.thumbnails.wanted.clone();
        assert_eq!(keys.len(), 12);
        for key in &keys {
            let content = PreviewContent::Unreadable(String::new());
            update(&mut state, Event::Preview { key: key.clone(), content });
        }
        assert!(press(&mut state, KeyCode::Down).is_empty());
        press(&mut state, KeyCode::Down);
        let effects = press(&mut state, KeyCode::Down);
        let [Effect::Thumbnails { wanted, ahead }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(wanted.len(), 4, "a row");
        assert_eq!(ahead.len(), 12, "a screen");
        assert_eq!(state.thumbnails.shown.len(), 8, "the row that left the screen is dropped");
        update(&mut state, Event::Resize(90, 35));
        assert!(state.thumbnails.shown.is_empty(), "another size is another picture");
    }
}
