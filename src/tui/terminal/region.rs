//! The part of the screen that the browser has: all of it, or some rows below the prompt (`--height`).
//!
//! Everything else draws on a screen of its own whose first row is 0. This backend moves it down to where the rows are.

use std::io::{self, Write};
use std::str::FromStr;

use crossterm::event::MouseEvent;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::usable_size::usable_size;
use crate::tui::layout::SMALLEST;

/// The number of rows that the browser has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Height {
    /// This many.
    Rows(u16),
    /// This many of a hundred of the terminal's.
    Percent(u16),
}

impl Height {
    /// The number of rows on a terminal with `all` rows: no fewer than the browser needs, and no more than there are.
    pub(crate) fn rows(self, all: u16) -> u16 {
        let wanted = match self {
            Self::Rows(rows) => rows,
            Self::Percent(percent) => (u32::from(all) * u32::from(percent) / 100) as u16,
        };
        wanted.max(SMALLEST.height).min(all)
    }
}

impl FromStr for Height {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, is_percent) = text.strip_suffix('%').map_or((text, false), |number| (number, true));
        match number.parse() {
            Ok(percent @ 1..=100) if is_percent => Ok(Self::Percent(percent)),
            Ok(rows @ 1..) if !is_percent => Ok(Self::Rows(rows)),
            _ => Err("a number of rows, such as 20, or a share of the terminal, such as 40%".to_owned()),
        }
    }
}

/// Rows of the screen, and where the cursor belongs when they are given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    /// The first of them, from 0.
    pub(crate) top: u16,
    /// Where the cursor stood before.
    pub(crate) cursor: Position,
}

impl Rows {
    /// Finds room for `rows` rows below the cursor on a terminal with `all` rows, for which it may have to scroll. Also
    /// returns by how many lines. A cursor within a line, as behind a prompt, keeps that line. Where the cursor is not
    /// known, the rows are the last ones.
    pub(crate) fn below(cursor: Option<Position>, rows: u16, all: u16) -> (Self, u16) {
        let last = all.saturating_sub(rows);
        let Some(cursor) = cursor else {
            return (Self { top: last, cursor: Position::new(0, last) }, rows);
        };
        let first = cursor.y + u16::from(cursor.x > 0);
        let scrolled = first.saturating_sub(last);
        let cursor = Position { y: cursor.y.saturating_sub(scrolled), ..cursor };
        (Self { top: first - scrolled, cursor }, scrolled)
    }

    /// The rows on a terminal that has another height now. What it shows above is its own business.
    fn moved(self, rows: u16, all: u16) -> Self {
        let top = self.top.min(all.saturating_sub(rows));
        let up = self.top - top;
        Self { top, cursor: Position { y: self.cursor.y.saturating_sub(up), ..self.cursor } }
    }
}

/// Draws on the browser's part of the screen.
pub(crate) struct RegionBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// The wanted height and the rows; `None` for the whole screen.
    region: Option<(Height, Rows)>,
    /// Where the cursor was put last.
    cursor: Position,
    /// Whether the terminal was given back.
    is_closed: bool,
}

impl<W: Write> RegionBackend<W> {
    /// Draws on the whole screen, or on rows of it.
    pub(crate) fn new(writer: W, region: Option<(Height, Rows)>) -> Self {
        Self { inner: CrosstermBackend::new(writer), region, cursor: Position::ORIGIN, is_closed: false }
    }

    /// Takes in that the terminal was given back, with its cursor. ratatui shows the cursor once more when it ends; if the
    /// terminal is gone, it prints that to standard error, which may be gone too, and panics.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Takes in where the rows are now.
    pub(crate) fn set_rows(&mut self, rows: Rows) {
        if let Some((_, known)) = &mut self.region {
            *known = rows;
        }
    }

    /// The rows, if the browser does not have the whole screen.
    pub(crate) fn rows(&self) -> Option<Rows> {
        self.region.map(|(_, rows)| rows)
    }

    /// Keeps the rows on a terminal that has `all` rows now.
    pub(crate) fn keep_on(&mut self, all: u16) {
        if let Some((height, rows)) = &mut self.region {
            *rows = rows.moved(height.rows(all), all);
        }
    }

    /// What the mouse did, as seen from the browser's first row; `None` if it was elsewhere.
    pub(crate) fn within(&self, mouse: MouseEvent) -> Option<MouseEvent> {
        let row = mouse.row.checked_sub(self.top())?;
        Some(MouseEvent { row, ..mouse })
    }

    /// The size of the browser's part on a terminal that reports this size.
    pub(crate) fn part_of(&self, screen: Size) -> Size {
        usable_size(match self.region {
            Some((height, _)) => Size { height: height.rows(screen.height), ..screen },
            None => screen,
        })
    }

    fn top(&self) -> u16 {
        self.region.map_or(0, |(_, rows)| rows.top)
    }
}

impl<W: Write> Write for RegionBackend<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for RegionBackend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let top = self.top();
        self.inner.draw(content.map(|(x, y, cell)| (x, y.saturating_add(top), cell)))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.is_closed { Ok(()) } else { self.inner.show_cursor() }
    }

    /// Where the cursor was put last. The terminal is not asked: its answer would race the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let y = self.cursor.y.saturating_add(self.top());
        self.inner.set_cursor_position(Position { y, ..self.cursor })
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, part: ClearType) -> io::Result<()> {
        match (part, self.region) {
            (ClearType::All, Some((_, rows))) => {
                self.inner.set_cursor_position(Position::new(0, rows.top))?;
                self.inner.clear_region(ClearType::AfterCursor)
            }
            (part, _) => self.inner.clear_region(part),
        }
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.part_of(self.inner.size()?))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// Takes the answer to `ESC [ 6 n` out of what the terminal sent: the cursor's position, from 0. What else is there, such
/// as keys, stays.
pub(crate) fn take_cursor(received: &mut Vec<u8>) -> Option<Position> {
    let starts: Vec<usize> =
        received.windows(2).enumerate().filter(|(_, pair)| *pair == b"\x1b[").map(|(at, _)| at).collect();
    starts.into_iter().find_map(|start| {
        let body = &received[start + 2..];
        let end = body.iter().position(|byte| !byte.is_ascii_digit() && *byte != b';')?;
        let (row, column) = str::from_utf8(&body[..end]).ok()?.split_once(';')?;
        let (row, column) = (row.parse::<u16>().ok()?, column.parse::<u16>().ok()?);
        if body[end] != b'R' {
            return None;
        }
        received.drain(start..start + end + 3);
        Some(Position::new(column.checked_sub(1)?, row.checked_sub(1)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_rows_or_shares() {
        let height = |text: &str| text.parse::<Height>();
        assert_eq!((height("20"), height("40%")), (Ok(Height::Rows(20)), Ok(Height::Percent(40))));
        for wrong in ["", "0", "0%", "101%", "-5", "~40%", "x", "70000"] {
            assert!(height(wrong).is_err(), "{wrong}");
        }
        let rows = |text: &str, all| height(text).unwrap().rows(all);
        assert_eq!([rows("40%", 50), rows("100%", 50), rows("20", 50)], [20, 50, 20]);
        assert_eq!(
            [rows("40%", 20), rows("3", 50), rows("99", 50)],
            [10, 10, 50],
            "what the browser needs, or has"
        );
        assert_eq!(rows("50%", 6), 6);
    }

    #[test]
    fn rows_are_found_below_the_cursor() {
        let below = |cursor: Option<(u16, u16)>| {
            let (rows, scrolled) = Rows::below(cursor.map(Position::from), 10, 30);
            (rows.top, (rows.cursor.x, rows.cursor.y), scrolled)
        };
        assert_eq!(below(Some((0, 5))), (5, (0, 5), 0));
        // A prompt stays.
        assert_eq!(below(Some((7, 5))), (6, (7, 5), 0));
        assert_eq!(below(Some((0, 20))), (20, (0, 20), 0));
        // At the bottom the screen scrolls, and the cursor's line with it.
        assert_eq!(below(Some((7, 29))), (20, (7, 19), 10));
        assert_eq!(below(Some((0, 25))), (20, (0, 20), 5));
        assert_eq!(below(None), (20, (0, 20), 10));
        let full = Rows::below(Some(Position::new(3, 4)), 30, 30);
        assert_eq!(full, (Rows { top: 0, cursor: Position::new(3, 0) }, 5));
    }

    #[test]
    fn rows_stay_on_a_terminal_that_shrinks() {
        let rows = Rows { top: 20, cursor: Position::new(7, 19) };
        assert_eq!(rows.moved(10, 30), rows);
        assert_eq!(rows.moved(10, 25), Rows { top: 15, cursor: Position::new(7, 14) });
        assert_eq!(rows.moved(6, 6), Rows { top: 0, cursor: Position::new(7, 0) });
    }

    #[test]
    fn cells_and_the_cursor_are_moved_down() {
        let region = Some((Height::Rows(10), Rows { top: 20, cursor: Position::ORIGIN }));
        let mut bytes = Vec::new();
        let mut backend = RegionBackend::new(&mut bytes, region);
        let cell = Cell::new("x");
        backend.draw([(2, 1, &cell)].into_iter()).unwrap();
        backend.set_cursor_position((0, 3)).unwrap();
        assert_eq!(backend.get_cursor_position().unwrap(), Position::new(0, 3));
        backend.clear_region(ClearType::All).unwrap();
        Backend::flush(&mut backend).unwrap();
        let part = backend.part_of(Size::new(65535, 50));
        assert_eq!(part, Size::new(1000, 10), "a terminal that claims to be huge");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\x1b[22;3H") && text.contains("\x1b[24;1H"), "{text:?}");
        assert!(text.ends_with("\x1b[21;1H\x1b[J"), "{text:?}");
    }

    #[test]
    fn the_cursors_position_is_taken_out_of_the_keys() {
        let mut received = b"ab\x1b[A\x1b[12;40Rc".to_vec();
        assert_eq!(take_cursor(&mut received), Some(Position::new(39, 11)));
        assert_eq!(received, b"ab\x1b[Ac");
        for other in [&b"\x1b[12;4"[..], b"\x1b[A", b"\x1b[0;0R", b"x"] {
            assert_eq!(take_cursor(&mut other.to_vec()), None, "{other:?}");
        }
    }
}
