//! Moving the selection, in a list or in the two dimensions of the contact sheet.

use super::state::State;
use crate::tui::layout::Arrangement;

/// The rows that a page key moves: those of the screen but one.
pub(crate) fn page(state: &State) -> isize {
    isize::try_from(state.columns_and_rows().1.max(2) - 1).unwrap_or(isize::MAX)
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
/// result there. In the contact sheet and among full-screen pictures, the keys move sideways too from then on.
pub(crate) fn move_rows(state: &mut State, rows: isize) {
    state.grid_navigation = matches!(state.arrangement, Arrangement::Grid | Arrangement::Picture);
    let (columns, _) = state.columns_and_rows();
    let results = &mut state.results;
    let last = results.hits.len().saturating_sub(1);
    let (row, column) = (results.selected / columns, results.selected % columns);
    let row = row.saturating_add_signed(rows).min(last / columns);
    results.selected = (row * columns + column).min(last);
    results.moved = true;
}

/// Scrolls just as far as the selection needs to be visible.
pub(crate) fn scroll_into_view(state: &mut State) {
    let (columns, rows) = state.columns_and_rows();
    let results = &mut state.results;
    let row = results.selected / columns;
    let lowest = results.hits.len().div_ceil(columns).saturating_sub(rows);
    let first = (results.offset / columns).clamp(row.saturating_sub(rows - 1), row).min(lowest);
    results.offset = first * columns;
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use crossterm::event::KeyCode;
    use ratatui::layout::Size;

    use super::*;
    use crate::library::Hit;
    use crate::tui::app::effect::Effect;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::press;
    use crate::tui::app::preview::PreviewContent;
    use crate::tui::app::update::{start, update};

    /// A contact sheet of four columns and three rows, of `count` pictures.
    fn sheet(count: i64) -> State {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 80, height: 35 });
        state.arrangement = Arrangement::Grid;
        start(&mut state, Instant::now());
        let hits: Vec<Hit> =
            (0..count).map(|id| Hit { id, path: format!("{id}.jpg").into(), score: None }).collect();
        update(&mut state, Event::Answered { generation: 1, hits, pictures: 0, at: Instant::now() });
        assert_eq!(state.columns_and_rows(), (4, 3));
        state
    }

    fn selected_after(state: &mut State, keys: &[KeyCode]) -> usize {
        keys.iter().for_each(|key| drop(press(state, *key)));
        state.results.selected
    }

    #[test]
    fn arrows_move_in_two_dimensions_once_down_was_pressed() {
        use KeyCode::{Char, Down, End, Home, Left, Right, Up};
        let mut state = sheet(30);
        assert_eq!(selected_after(&mut state, &[Right]), 0, "it edits the query");
        assert_eq!(selected_after(&mut state, &[Down]), 4);
        assert_eq!(selected_after(&mut state, &[Right, Right]), 6);
        assert_eq!(selected_after(&mut state, &[Left, Up]), 1);
        assert_eq!(selected_after(&mut state, &[Up]), 1, "there is no row above");
        assert_eq!(selected_after(&mut state, &[End, Up, Right, Right]), 27);
        assert_eq!(selected_after(&mut state, &[Down]), 29, "the last row is not full");
        assert_eq!(selected_after(&mut state, &[Home, Down]), 4);
        press(&mut state, Char('x'));
        let before = state.results.selected;
        assert_eq!(selected_after(&mut state, &[Left]), before, "after typing the arrows edit again");
        assert_eq!(state.query.before_cursor(), "");
    }

    #[test]
    fn the_sheet_scrolls_by_whole_rows() {
        let mut state = sheet(30);
        for row in 1..7 {
            press(&mut state, KeyCode::Down);
            assert_eq!(state.results.offset, 4 * (row as usize).saturating_sub(2));
        }
        press(&mut state, KeyCode::PageUp);
        assert_eq!((state.results.selected, state.results.offset), (16, 16));
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
