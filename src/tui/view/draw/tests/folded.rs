//! Look-alikes: rows that stand for others, closed and open, in the list and in the sheet, and the view of all groups.

use super::*;
use crate::tui::app::keys_in_tests::{alt, press};
use crossterm::event::KeyCode;

/// A browser in which two pictures stand for others.
fn folded(width: u16, height: u16) -> State {
    let mut state = browser(width, height, "red circle");
    let beneath = [
        (
            0,
            vec![
                hit(20, b"2019/red circle (1).jpg", Some(0.31)),
                hit(21, b"sent/IMG-WA0007.jpg", Some(0.30)),
            ],
        ),
        (2, vec![hit(22, "旅行/copy.jpg".as_bytes(), Some(0.27))]),
    ];
    let folded = Arc::new(beneath.into_iter().collect());
    let generation = state.results.asked;
    update(&mut state, Event::Folded { generation, folded });
    answer(&mut state, found(), 12_345);
    if state.preview.wanted.is_some() {
        deliver_preview(&mut state);
    }
    state
}

#[test]
fn a_row_says_how_many_it_stands_for_and_shows_them_when_open() {
    let mut state = folded(80, 24);
    let closed = render(&state).backend().to_string();
    assert!(closed.contains(" +2") && closed.contains("3 folded"), "{closed}");
    alt(&mut state, 'g');
    insta::assert_snapshot!("folded_open_80x24", render(&state).backend());
    state.arrangement = layout::Arrangement::Grid;
    insta::assert_snapshot!("folded_sheet_80x24", render(&state).backend());
    // Names give way to what says that there are others.
    for width in [40, 50] {
        let narrow = render(&folded(width, 24)).backend().to_string();
        assert!(narrow.contains(" +2") && narrow.contains(" +1"), "{narrow}");
    }
}

#[test]
fn the_view_of_groups_says_how_many_there_are() {
    let mut state = folded(80, 24);
    press(&mut state, KeyCode::F(6));
    let looking = render(&state).backend().to_string();
    assert!(looking.contains("looking for look-alikes"), "{looking}");
    let others = [(0, vec![hit(20, b"sent/IMG-WA0007.jpg", Some(0.97)), hit(21, b"small.jpg", Some(0.93))])];
    let folded = Arc::new(others.into_iter().collect());
    let generation = state.results.asked;
    update(&mut state, Event::Folded { generation, folded });
    answer(&mut state, vec![hit(0, b"2019/summer/red circle on sand.jpg", None)], 12_345);
    insta::assert_snapshot!("look_alikes_80x24", render(&state).backend());
    let mut none = browser(80, 24, "");
    press(&mut none, KeyCode::F(6));
    answer(&mut none, Vec::new(), 5);
    assert!(render(&none).backend().to_string().contains("no pictures look alike"));
}
