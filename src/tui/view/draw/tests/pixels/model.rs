//! A terminal that knows which part of which picture each of its cells shows.

use std::collections::BTreeMap;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Color;
use ratatui_image::protocol::Protocol;

use crate::tui::app::preview::{Drawn, PreviewContent, PreviewKey};
use crate::tui::app::state::State;
use crate::tui::graphics::{EncodedPicture, Placements};
use crate::tui::sheet::Part;
use crate::tui::view::draw;
use crate::tui::view::placeholder::PLACEHOLDER;
use crate::tui::view::theme::Theme;

/// Where a part of a picture is seen: the cell of the screen, and the column and row of the picture.
type Shown = BTreeMap<(u16, u16), (u16, u16)>;

/// A terminal. A sixel or iTerm2 picture paints cells, and text that is written later takes the pixels of its cell away;
/// kitty's placeholders show parts of what was transmitted; its placed pictures lie over the text until they are deleted;
/// half-blocks are recognised by their colours.
pub(super) struct Pixels {
    before: Buffer,
    painted: Shown,
    /// The placed pictures by their numbers.
    placed: BTreeMap<u32, Shown>,
    placements: Placements,
    /// All that was sent for pictures.
    pub sent: String,
    transmissions: usize,
}

impl Pixels {
    pub(super) fn new(size: Size) -> Self {
        let before = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        Self {
            before,
            painted: Shown::new(),
            placed: BTreeMap::new(),
            placements: Placements::default(),
            sent: String::new(),
            transmissions: 0,
        }
    }

    /// Draws the state as the browser would, sending only what changed.
    pub(super) fn show(&mut self, state: &State) {
        let mut terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
        let frame = terminal.draw(|frame| draw(frame, state, &Theme::new(true))).unwrap();
        let after = frame.buffer.clone();
        if after.area != self.before.area {
            // As the terminal is cleared when its size changes.
            let (sent, transmissions) = (std::mem::take(&mut self.sent), self.transmissions);
            *self = Self { sent, transmissions, ..Self::new(state.size) };
        }
        let known = pictures(state);
        let changes: Vec<_> = self.before.diff(&after);
        for (x, y, cell) in changes {
            self.write(Position { x, y }, cell.symbol(), &known);
        }
        for deleted in self.placements.update(&after).split_inclusive("\x1b\\") {
            self.write(Position::ORIGIN, deleted, &known);
        }
        self.before = after;
    }

    /// Writes the symbol of a cell.
    fn write(&mut self, cell: Position, symbol: &str, known: &[(Rect, Drawn)]) {
        let (mut at, mut rest) = (cell, symbol);
        let mut kept = cell;
        while let Some(c) = rest.chars().next() {
            let data = known.iter().find_map(|(_, drawn)| {
                let data = sequence(drawn)?;
                rest.starts_with(data).then(|| (data.to_owned(), drawn.0.size()))
            });
            if let Some((data, size)) = data {
                for (x, y) in cells(size) {
                    self.painted.insert((at.x + x, at.y + y), (x, y));
                }
                self.sent.push_str(&data);
                rest = &rest[data.len()..];
            } else if let Some(sequence) = rest.strip_prefix("\x1b_G") {
                let (command, after) = sequence.split_once("\x1b\\").unwrap();
                self.transmissions += usize::from(command.starts_with("q=2,i="));
                self.place(command, at, known);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("\x1b7") {
                kept = at;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("\x1b8") {
                at = kept;
                rest = after;
            } else if let Some(sequence) = rest.strip_prefix("\x1b[") {
                // Nothing but steps is known here: the browser does not know where on the terminal its rows are.
                let end = sequence.find(|c: char| !c.is_ascii_digit()).unwrap();
                let count = sequence[..end].parse::<u16>().unwrap_or(1);
                match &sequence[end..=end] {
                    "A" => at.y -= count,
                    "B" => at.y += count,
                    "C" => at.x += count,
                    "D" => at.x -= count,
                    other => panic!("{other:?} in {symbol:?}"),
                }
                rest = &sequence[end + 1..];
            } else {
                assert!(!c.is_control(), "{symbol:?}");
                assert_eq!(at, cell, "text is written where the screen expects it");
                self.painted.remove(&(at.x, at.y));
                rest = "";
            }
        }
    }

    /// Carries out a command on placed pictures; others are none of those.
    fn place(&mut self, command: &str, at: Position, known: &[(Rect, Drawn)]) {
        let keys = command.split(';').next().unwrap();
        let text = |name: &str| keys.split(',').find_map(|key| key.strip_prefix(name)?.strip_prefix('='));
        let number = |name: &str| text(name).map_or(0, |value| value.parse::<u32>().unwrap());
        match text("a") {
            Some("d") => drop(self.placed.remove(&number("i"))),
            // The whole picture comes with its size in pixels, and what is placed of it before is gone.
            Some("T") => drop(self.placed.insert(number("i"), Shown::new())),
            Some("p") => {}
            _ => return,
        }
        let Some(shown) = self.placed.get_mut(&number("i")) else { return };
        let holds_it = |(pane, drawn): &&(Rect, Drawn)| {
            matches!(*drawn.0, EncodedPicture::Placed(_)) && pane.contains(at)
        };
        let Some((pane, drawn)) = known.iter().find(holds_it) else { return };
        let size = drawn.0.size();
        let left = pane.x + (pane.width - size.width) / 2;
        let top = pane.y + (pane.height - size.height) / 2;
        for (x, y) in cells(Size { width: number("c") as u16, height: number("r") as u16 }) {
            shown.insert((at.x + x, at.y + y), (at.x + x - left, at.y + y - top));
        }
    }

    /// Which cells show which parts of pictures.
    fn shown(&self) -> Shown {
        let mut shown = self.painted.clone();
        shown.extend(self.placed.values().flatten().map(|(at, part)| (*at, *part)));
        let marks = marks();
        let area = self.before.area;
        for y in area.top()..area.bottom() {
            let mut left: Option<(u16, u16)> = None;
            for x in area.left()..area.right() {
                let symbol = self.before[(x, y)].symbol();
                left = symbol.rsplit_once(PLACEHOLDER).map(|(_, named)| {
                    let number = |c: Option<char>| marks.iter().position(|mark| Some(*mark) == c);
                    let mut named = named.chars();
                    match (number(named.next()), number(named.next()), left) {
                        (Some(row), Some(column), _) => (column as u16, row as u16),
                        (None, None, Some((column, row))) => (column + 1, row),
                        named => panic!("{named:?} at {x}, {y}"),
                    }
                });
                shown.extend(left.map(|part| ((x, y), part)));
            }
        }
        shown
    }

    /// That exactly the pictures on show have pixels, each cell its own, around the box over them.
    pub(super) fn check(&self, state: &State, step: &str) {
        let known = pictures(state);
        let covered = self.covered().filter(|_| state.overlay.is_some());
        assert_eq!(covered.is_some(), state.overlay.is_some(), "{step}: a box");
        let mut expected = Shown::new();
        for (pane, drawn) in &known {
            let size = drawn.0.size();
            if size.width > pane.width || size.height > pane.height {
                continue;
            }
            let (left, top) =
                (pane.x + (pane.width - size.width) / 2, pane.y + (pane.height - size.height) / 2);
            let parts = cells(size).map(|(x, y)| ((left + x, top + y), (x, y)));
            expected.extend(parts.filter(|((x, y), _)| {
                !covered.is_some_and(|covered| covered.contains(Position { x: *x, y: *y }))
            }));
        }
        if known.iter().any(|(_, drawn)| matches!(*drawn.0, EncodedPicture::Blocks(_))) {
            for at in self.before.area.positions() {
                // The theme has no colours of this kind.
                let cell = &self.before[at];
                let is_picture = [cell.fg, cell.bg].iter().any(|colour| matches!(colour, Color::Rgb(..)));
                assert_eq!(is_picture, expected.contains_key(&(at.x, at.y)), "{step}: half-blocks at {at}");
            }
            return;
        }
        let shown = self.shown();
        let stale: Vec<_> = shown
            .iter()
            .filter(|(at, part)| expected.get(at) != Some(part))
            .map(|(at, part)| (at, part, expected.get(at)))
            .collect();
        let missing: Vec<_> = expected.keys().filter(|at| !shown.contains_key(at)).collect();
        assert!(stale.is_empty(), "{step}: pixels stay at {stale:?}");
        assert!(missing.is_empty(), "{step}: no pixels at {missing:?}");
    }

    /// What a box covers, by its round corners.
    fn covered(&self) -> Option<Rect> {
        let corner = |symbol: char| {
            let mut positions = self.before.area.positions();
            positions.find(|at| self.before[*at].symbol().ends_with(symbol))
        };
        let (start, end) = (corner('╭')?, corner('╯')?);
        Some(Rect::new(start.x, start.y, end.x + 1 - start.x, end.y + 1 - start.y))
    }

    /// How many pictures were transmitted by kitty's protocol.
    pub(super) fn transmissions(&self) -> usize {
        self.transmissions
    }
}

/// The pictures on show, each with its pane.
fn pictures(state: &State) -> Vec<(Rect, Drawn)> {
    let panes = state.panes();
    let mut known = Vec::new();
    if let (Some(pane), Some((_, PreviewContent::Picture { drawn, .. }))) =
        (panes.and_then(|panes| panes.picture), &state.preview.shown)
    {
        known.push((pane, drawn.clone()));
    }
    if let (Some((pane, _)), Some((_, PreviewContent::Picture { drawn, .. }))) =
        (panes.and_then(|panes| panes.original), &state.original.shown)
    {
        known.push((pane, drawn.clone()));
    }
    for part in state.sheet().into_iter().flat_map(|sheet| sheet.parts(state.results.offset)) {
        let Part::Cell { at, cell } = part else { continue };
        let path = state.root.join(&state.results.hits[at].path);
        let key = PreviewKey { path, size: cell.picture.as_size() };
        if let Some(PreviewContent::Picture { drawn, .. }) = state.thumbnails.shown.get(&key) {
            known.push((cell.picture, drawn.clone()));
        }
    }
    known
}

/// The sequence that draws a sixel or iTerm2 picture at the cursor.
fn sequence(drawn: &Drawn) -> Option<&str> {
    match &*drawn.0 {
        EncodedPicture::Protocol(Protocol::Sixel(sixel)) => Some(&sixel.data),
        EncodedPicture::Protocol(Protocol::ITerm2(iterm2)) => Some(&iterm2.data),
        _ => None,
    }
}

fn cells(size: Size) -> impl Iterator<Item = (u16, u16)> {
    (0..size.height).flat_map(move |y| (0..size.width).map(move |x| (x, y)))
}

/// Kitty's marks for numbers, as the table in `rowcolumn-diacritics.txt` begins.
fn marks() -> Vec<char> {
    let marks = "\u{305}\u{30d}\u{30e}\u{310}\u{312}\u{33d}\u{33e}\u{33f}\u{346}\u{34a}\u{34b}\u{34c}\u{350}\u{351}\
                 \u{352}\u{357}\u{35b}\u{363}\u{364}\u{365}\u{366}\u{367}\u{368}\u{369}\u{36a}\u{36b}\u{36c}\u{36d}\
                 \u{36e}\u{36f}\u{483}\u{484}\u{485}\u{486}\u{487}\u{592}\u{593}\u{594}\u{595}\u{597}\u{598}\u{599}\
                 \u{59c}\u{59d}\u{59e}\u{59f}\u{5a0}\u{5a1}\u{5a8}\u{5a9}\u{5ab}\u{5ac}\u{5af}\u{5c4}\u{610}\u{611}\
                 \u{612}\u{613}\u{614}\u{615}\u{616}\u{617}\u{657}\u{658}\u{659}\u{65a}\u{65b}\u{65d}\u{65e}\u{6d6}\
                 \u{6d7}\u{6d8}\u{6d9}\u{6da}\u{6db}\u{6dc}\u{6df}\u{6e0}\u{6e1}\u{6e2}\u{6e4}\u{6e7}\u{6e8}\u{6eb}";
    marks.chars().collect()
}
