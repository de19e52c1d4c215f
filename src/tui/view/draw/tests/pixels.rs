//! What terminals are sent for pictures, and that no pixel of an old one stays.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use image::{Rgb, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::library::Hit;
use crate::tui::app::event::Event;
use crate::tui::app::overlay::Overlay;
use crate::tui::app::preview::{Drawn, PreviewContent};
use crate::tui::app::results::SimilarTo;
use crate::tui::app::state::State;
use crate::tui::app::update::{start, update};
use crate::tui::graphics::{DrawingMethod, GraphicsEncoder};
use crate::tui::layout::Arrangement;
use crate::tui::view::placement::place;

mod model;

use model::Pixels;

fn encoder(method: DrawingMethod) -> GraphicsEncoder {
    GraphicsEncoder { method, cell: (8, 16), ..GraphicsEncoder::text() }
}

/// Delivers a picture of this size for each one that is wanted, but only the first `most` of a sheet.
fn deliver(state: &mut State, encoder: &GraphicsEncoder, (width, height): (u32, u32), most: usize) {
    let large = state.preview.wanted.iter().chain(&state.original.wanted);
    let wanted = large.chain(state.thumbnails.wanted.iter().take(most));
    for key in wanted.cloned().collect::<Vec<_>>() {
        let mut image = RgbImage::from_pixel(width, height, Rgb([5, 90, 200]));
        // No two pictures are the same.
        image.put_pixel(0, 0, Rgb([6, 90, key.path.as_os_str().len() as u8]));
        let drawn = encoder.encode(image, key.size).unwrap();
        let content = PreviewContent::Picture { drawn: Drawn(Arc::new(drawn)), width, height };
        update(state, Event::Preview { key, content });
    }
}

fn browser() -> State {
    let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 90, height: 28 });
    start(&mut state, Instant::now());
    let hits = (0..9).map(|id| Hit { id, path: format!("{id}.jpg").into(), score: Some(0.3) }).collect();
    update(&mut state, Event::Answered { generation: 1, hits, pictures: 9, at: Instant::now() });
    state
}

/// Boxes of several sizes, of which some cut pictures and some hide them.
fn boxes(state: &State) -> Vec<Overlay> {
    let absolute = |name: &str| (1, state.root.join(name));
    vec![
        Overlay::Menu { selected: 0 },
        Overlay::Menu { selected: 2 },
        Overlay::ConfirmTrash { pictures: vec![absolute("a.png")] },
        Overlay::ConfirmTrash { pictures: vec![absolute(&"long".repeat(15))] },
        Overlay::Help { first: 0, sought: String::new() },
        Overlay::Help { first: 3, sought: String::new() },
    ]
}

fn play(method: DrawingMethod) -> Pixels {
    let encoder = encoder(method);
    let mut state = browser();
    let mut pixels = Pixels::new(state.size);
    let mut step = |state: &State, name: &str| {
        pixels.show(state);
        pixels.check(state, name);
    };
    step(&state, "nothing yet");
    for (at, size) in [(300, 100), (100, 300), (200, 200), (310, 100)].into_iter().enumerate() {
        state.results.selected = at;
        update(&mut state, Event::Notice(String::new()));
        step(&state, "scrolled, the next picture is under way");
        deliver(&mut state, &encoder, size, 99);
        step(&state, "the next picture");
    }
    let arrangements =
        [Arrangement::ListAndPicture, Arrangement::List, Arrangement::Grid, Arrangement::Picture];
    for arrangement in arrangements {
        state.arrangement = arrangement;
        update(&mut state, Event::Notice(String::new()));
        step(&state, "another layout");
        deliver(&mut state, &encoder, (300, 200), 3);
        step(&state, "some pictures of another layout");
        for overlay in boxes(&state) {
            state.overlay = Some(overlay);
            step(&state, "a box over them");
            deliver(&mut state, &encoder, (280, 200), 99);
            step(&state, "other pictures under the box");
            step(&state, "nothing new");
        }
        state.overlay = None;
        step(&state, "no box");
        for overlay in boxes(&state) {
            state.overlay = Some(overlay);
            step(&state, "a box again");
            state.overlay = None;
            step(&state, "no box again");
        }
    }
    state.similar_to = vec![SimilarTo { pictures: vec![(5, "5.jpg".into())], asked_from: None }];
    for arrangement in [Arrangement::Picture, Arrangement::ListAndPicture] {
        state.arrangement = arrangement;
        update(&mut state, Event::Notice(String::new()));
        assert!(state.original.wanted.is_some());
        step(&state, "an original is under way");
        deliver(&mut state, &encoder, (300, 200), 99);
        step(&state, "the original beside a picture");
        for overlay in boxes(&state) {
            state.overlay = Some(overlay);
            step(&state, "a box over both");
            state.overlay = None;
            step(&state, "no box over both");
        }
        state.results.selected = 1;
        update(&mut state, Event::Notice(String::new()));
        deliver(&mut state, &encoder, (200, 300), 99);
        step(&state, "another picture beside it");
    }
    state.similar_to.clear();
    state.arrangement = Arrangement::ListAndPicture;
    state.details.visible = true;
    update(&mut state, Event::Notice(String::new()));
    step(&state, "details below it");
    for (width, height) in [(60, 30), (120, 20), (40, 10)] {
        update(&mut state, Event::Resize(width, height));
        step(&state, "resized");
        deliver(&mut state, &encoder, (100, 300), 99);
        step(&state, "resized picture");
    }
    update(&mut state, Event::Answered { generation: 1, hits: Vec::new(), pictures: 0, at: Instant::now() });
    step(&state, "no results");
    pixels
}

#[test]
fn sixel_leaves_no_pixels_behind() {
    let sent = play(DrawingMethod::Sixel).sent;
    assert!(sent.contains("\x1bP") && sent.contains('q') && sent.contains("\x1b\\"));
}

#[test]
fn iterm2_leaves_no_pixels_behind() {
    let sent = play(DrawingMethod::Iterm2).sent;
    assert!(sent.contains("\x1b]1337;File=inline=1"), "{}", &sent[..sent.len().min(200)]);
}

#[test]
fn kitty_leaves_no_pixels_behind() {
    assert!(play(DrawingMethod::Kitty).transmissions() > 20);
}

#[test]
fn placed_pictures_leave_no_pixels_behind() {
    assert_eq!(play(DrawingMethod::KittyDirect).sent, "");
}

#[test]
fn half_blocks_leave_no_pixels_behind() {
    assert_eq!(play(DrawingMethod::HALFBLOCKS).sent, "");
}

/// The text of the cells that a picture of 16 x 16 pixels is drawn with.
fn cells(encoder: &GraphicsEncoder) -> String {
    let image = RgbImage::from_fn(16, 32, |_, y| Rgb([200, 10, y as u8 * 8]));
    let size = Size { width: 2, height: 2 };
    let drawn = Drawn(Arc::new(encoder.encode(image, size).unwrap()));
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 2, 2));
    place(&drawn, buffer.area, None, &mut buffer);
    buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
}

#[test]
fn kitty_is_sent_the_picture_once_and_placeholders_in_its_cells() {
    let sent = cells(&encoder(DrawingMethod::Kitty));
    assert!(sent.contains("\x1b_G") && sent.contains("\x1b\\"), "{sent:?}");
    assert!(sent.contains('\u{10eeee}'), "{sent:?}");
}

#[test]
fn half_blocks_are_text() {
    let sent = cells(&encoder(DrawingMethod::HALFBLOCKS));
    assert!(sent.contains('▀') || sent.contains('▄'), "{sent:?}");
    assert!(!sent.contains('\x1b'));
}
