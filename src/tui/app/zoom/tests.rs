use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyCode, KeyModifiers, MouseEvent, MouseEventKind};
use image::RgbImage;
use ratatui::layout::Size;

use super::*;
use crate::tui::app::event::Event;
use crate::tui::app::keys_in_tests::{browser_of, ctrl, press};
use crate::tui::app::preview::Drawn;
use crate::tui::app::update::update;
use crate::tui::graphics::GraphicsEncoder;

/// A browser that shows a picture of 4000 x 3000 pixels alone, in cells of 10 x 20 pixels.
fn browser() -> State {
    let mut state = browser_of(Size { width: 100, height: 40 }, 3);
    update(&mut state, Event::CellPixels(Size { width: 10, height: 20 }));
    ctrl(&mut state, 'l');
    ctrl(&mut state, 'l');
    show(&mut state);
    state
}

fn content() -> PreviewContent {
    let size = Size { width: 2, height: 1 };
    let drawn = GraphicsEncoder::text().encode(RgbImage::new(20, 20), size).unwrap();
    PreviewContent::Picture { drawn: Drawn(Arc::new(drawn)), width: 4000, height: 3000 }
}

/// Delivers the whole picture.
fn show(state: &mut State) {
    let key = state.preview.wanted.clone().unwrap();
    update(state, Event::Preview { key, content: content() });
}

fn key(state: &mut State, c: char) -> Option<ZoomedPart> {
    press(state, KeyCode::Char(c));
    state.zoomed.wanted.clone()
}

#[test]
fn at_its_own_size_each_pixel_of_the_screen_is_one_of_the_picture() {
    let mut state = browser();
    let room = state.panes().unwrap().picture.unwrap().as_size();
    let part = key(&mut state, '=').unwrap();
    assert_eq!(part.room, room);
    assert_eq!(part.extent, (u32::from(room.width) * 10, u32::from(room.height) * 20));
    // The middle of the picture is in the middle.
    assert!(part.origin.0.abs_diff((4000 - part.extent.0) / 2) <= 1, "{part:?}");
    assert!(part.origin.1.abs_diff((3000 - part.extent.1) / 2) <= 1, "{part:?}");
    assert_eq!(in_words(&state).as_deref(), Some("100 %"));
    assert_eq!((key(&mut state, '0'), in_words(&state)), (None, None));
}

#[test]
fn steps_pass_the_pictures_own_size_and_end() {
    let mut state = browser();
    let mut seen = Vec::new();
    for _ in 0..20 {
        key(&mut state, '+');
        seen.push(in_words(&state).unwrap());
    }
    assert!(seen.contains(&"100 %".to_owned()) && seen.contains(&"200 %".to_owned()), "{seen:?}");
    assert_eq!(seen.last().map(String::as_str), Some("1600 %"));
    let mut steps = 0;
    while state.zoomed.zoom.is_some() {
        key(&mut state, '-');
        steps += 1;
        assert!(steps < 20, "the whole picture comes back");
    }
    assert!(steps > 5 && state.query.text().is_empty());
}

#[test]
fn nothing_beside_the_picture_is_shown() {
    let mut state = browser();
    key(&mut state, '=');
    for _ in 0..30 {
        press(&mut state, KeyCode::Right);
        key(&mut state, 'j');
    }
    let part = state.zoomed.wanted.clone().unwrap();
    assert_eq!((part.origin.0 + part.extent.0, part.origin.1 + part.extent.1), (4000, 3000));
    for _ in 0..30 {
        key(&mut state, 'h');
        press(&mut state, KeyCode::Up);
    }
    assert_eq!(state.zoomed.wanted.clone().unwrap().origin, (0, 0));
    assert_eq!((state.results.selected, state.query.text()), (0, ""), "arrows move over the picture");
}

#[test]
fn the_wheel_looks_closer_where_the_pointer_is() {
    let mut state = browser();
    let pane = state.panes().unwrap().picture.unwrap();
    // The upper left corner of the picture, which is as high as the pane.
    let (column, row) = (pane.x + 10, pane.y);
    let mut turn = |kind| {
        let mouse = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        update(&mut state, Event::Mouse(mouse, Instant::now()));
        state.zoomed.wanted.clone()
    };
    for _ in 0..6 {
        turn(MouseEventKind::ScrollUp);
    }
    let part = turn(MouseEventKind::ScrollUp).unwrap();
    assert!(part.origin.0 < 1000 && part.origin.1 < 100, "{part:?}");
    for _ in 0..7 {
        turn(MouseEventKind::ScrollDown);
    }
    assert_eq!(state.zoomed.wanted, None);
}

#[test]
fn esc_shows_the_whole_and_another_picture_is_shown_whole() {
    let mut state = browser();
    key(&mut state, '+');
    press(&mut state, KeyCode::Esc);
    assert_eq!((state.zoomed.wanted.is_none(), state.arrangement), (true, Arrangement::Picture));
    let part = key(&mut state, '+').unwrap();
    update(&mut state, Event::ZoomedPart { part: part.clone(), content: content() });
    assert!(state.zoomed.shown.is_some());
    let effects = press(&mut state, KeyCode::Char('n'));
    assert!(effects.contains(&Effect::ZoomedPart(None)), "{effects:?}");
    assert!(state.zoomed.shown.is_none());
    update(&mut state, Event::ZoomedPart { part, content: content() });
    assert!(state.zoomed.shown.is_none(), "too late");
    assert_eq!(key(&mut state, '+'), None, "what is not there yet can't be looked at closer");
}
