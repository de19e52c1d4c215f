//! What terminals are sent for pictures, and that no pixel of an old one stays.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use image::{DynamicImage, Rgb, RgbImage};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::{FontSize, Resize};

use super::super::draw;
use crate::library::Hit;
use crate::tui::app::event::Event;
use crate::tui::app::overlay::Overlay;
use crate::tui::app::preview::{Drawn, PreviewContent};
use crate::tui::app::state::State;
use crate::tui::app::update::{start, update};
use crate::tui::layout::Arrangement;
use crate::tui::view::parts::centred_picture;
use crate::tui::view::theme::Theme;

#[expect(deprecated, reason = "the one way to build a picker without a terminal")]
fn picker(protocol: ProtocolType) -> Picker {
    let mut picker = Picker::from_fontsize(FontSize::from((8, 16)));
    picker.set_protocol_type(protocol);
    picker
}

/// A terminal that knows which of its cells show pixels: a picture paints some, text written later erases its own.
struct Pixels {
    before: Buffer,
    painted: HashSet<(u16, u16)>,
    /// All that was sent for pictures.
    sent: String,
}

impl Pixels {
    fn new(size: Size) -> Self {
        let before = Buffer::empty(ratatui::layout::Rect::new(0, 0, size.width, size.height));
        Self { before, painted: HashSet::new(), sent: String::new() }
    }

    fn show(&mut self, state: &State) {
        let mut terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
        let frame = terminal.draw(|frame| draw(frame, state, &Theme::new(true))).unwrap();
        let after = frame.buffer.clone();
        if after.area != self.before.area {
            // As the terminal is cleared when its size changes.
            *self = Self { sent: std::mem::take(&mut self.sent), ..Self::new(state.size) };
        }
        let drawn = match &state.preview.shown {
            Some((_, PreviewContent::Picture { drawn, .. })) => drawn.0.size(),
            _ => Size::ZERO,
        };
        let (mut pictures, mut texts) = (Vec::new(), Vec::new());
        for (x, y, cell) in self.before.diff(&after) {
            let is_picture = cell.symbol().contains("\x1bP") || cell.symbol().contains("\x1b]1337");
            if is_picture {
                self.sent.push_str(cell.symbol());
                pictures.push((x, y));
            } else {
                texts.push((x, y));
            }
        }
        for (left, top) in pictures {
            for y in top..top + drawn.height {
                self.painted.extend((left..left + drawn.width).map(|x| (x, y)));
            }
        }
        for at in texts {
            self.painted.remove(&at);
        }
        self.before = after;
    }

    /// That exactly the picture on show, if there is one, has pixels.
    fn check(&self, state: &State, step: &str) {
        let area = state.panes().and_then(|panes| panes.picture).filter(|_| state.overlay.is_none());
        let mut expected = HashSet::new();
        if let (Some(area), Some((_, PreviewContent::Picture { drawn, .. }))) = (area, &state.preview.shown) {
            let size = drawn.0.size();
            if size.width <= area.width && size.height <= area.height {
                let left = area.x + (area.width - size.width) / 2;
                let top = area.y + (area.height - size.height) / 2;
                for y in top..top + size.height {
                    expected.extend((left..left + size.width).map(|x| (x, y)));
                }
            }
        }
        let stale: Vec<_> = self.painted.difference(&expected).collect();
        let missing: Vec<_> = expected.difference(&self.painted).collect();
        assert!(stale.is_empty(), "{step}: pixels stay at {stale:?}");
        assert!(missing.is_empty(), "{step}: no pixels at {missing:?}");
    }
}

fn deliver(state: &mut State, picker: &Picker, width: u32, height: u32, colour: u8) {
    let Some(key) = state.preview.wanted.clone() else { return };
    let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([colour, 90, 200])));
    let drawn = picker.new_protocol(image, key.size, Resize::Scale(None)).unwrap();
    let content = PreviewContent::Picture { drawn: Drawn(Arc::new(drawn)), width, height };
    update(state, Event::Preview { key, content });
}

fn browser() -> State {
    let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 90, height: 28 });
    start(&mut state, Instant::now());
    let hits = (0..9).map(|id| Hit { id, path: format!("{id}.jpg").into(), score: Some(0.3) }).collect();
    update(&mut state, Event::Answered { generation: 1, hits, pictures: 9, at: Instant::now() });
    state
}

fn play(protocol: ProtocolType) -> String {
    let picker = picker(protocol);
    let mut state = browser();
    let mut pixels = Pixels::new(state.size);
    let mut step = |state: &State, name: &str| {
        pixels.show(state);
        pixels.check(state, name);
    };
    step(&state, "nothing yet");
    for (at, (width, height)) in [(300, 100), (100, 300), (200, 200), (310, 100)].into_iter().enumerate() {
        state.results.selected = at;
        update(&mut state, Event::Notice(String::new()));
        step(&state, "scrolled, the next picture is under way");
        deliver(&mut state, &picker, width, height, at as u8 * 50);
        step(&state, "the next picture");
    }
    state.overlay = Some(Overlay::Help { first: 0 });
    step(&state, "help over it");
    state.overlay = None;
    step(&state, "help closed");
    state.overlay = Some(Overlay::Menu { selected: 0 });
    step(&state, "menu over it");
    state.overlay = None;
    step(&state, "menu closed");
    for arrangement in [Arrangement::List, Arrangement::Picture, Arrangement::ListAndPicture] {
        state.arrangement = arrangement;
        update(&mut state, Event::Notice(String::new()));
        step(&state, "another layout");
        deliver(&mut state, &picker, 300, 200, 77);
        step(&state, "another layout's picture");
    }
    state.details.visible = true;
    update(&mut state, Event::Notice(String::new()));
    step(&state, "details below it");
    for (width, height) in [(60, 30), (120, 20), (40, 10)] {
        update(&mut state, Event::Resize(width, height));
        step(&state, "resized");
        deliver(&mut state, &picker, 100, 300, 120);
        step(&state, "resized picture");
    }
    update(&mut state, Event::Answered { generation: 1, hits: Vec::new(), pictures: 0, at: Instant::now() });
    step(&state, "no results");
    pixels.sent
}

#[test]
fn sixel_leaves_no_pixels_behind() {
    let sent = play(ProtocolType::Sixel);
    assert!(sent.contains("\x1bP") && sent.contains('q') && sent.contains("\x1b\\"));
}

#[test]
fn iterm2_leaves_no_pixels_behind() {
    let sent = play(ProtocolType::Iterm2);
    assert!(sent.contains("\x1b]1337;File=inline=1"), "{}", &sent[..sent.len().min(200)]);
}

/// The text of the cells that a picture of 16 x 16 pixels is drawn with.
fn cells(picker: &Picker) -> String {
    let image = DynamicImage::ImageRgb8(RgbImage::from_fn(16, 32, |_, y| Rgb([200, 10, y as u8])));
    let size = Size { width: 2, height: 2 };
    let drawn = Drawn(Arc::new(picker.new_protocol(image, size, Resize::Scale(None)).unwrap()));
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 2, 2));
    centred_picture(&drawn, buffer.area, &mut buffer);
    buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
}

#[test]
fn kitty_is_sent_the_picture_once_and_placeholders_in_its_cells() {
    let sent = cells(&picker(ProtocolType::Kitty));
    assert!(sent.contains("\x1b_G") && sent.contains("\x1b\\"), "{sent:?}");
    assert!(sent.contains('\u{10eeee}'), "{sent:?}");
}

#[test]
fn half_blocks_are_text() {
    let sent = cells(&picker(ProtocolType::Halfblocks));
    assert!(sent.contains('▀') || sent.contains('▄'), "{sent:?}");
    assert!(!sent.contains('\x1b'));
}
