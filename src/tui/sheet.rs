//! The contact sheet: where its cells and headings are. The view draws by it, and the state machine moves and clicks by it.

use jiff::civil::Date;
use ratatui::layout::{Position, Rect, Size};

/// The width of a cell's picture in columns, unless the user chose another.
pub(super) const USUAL_WIDTH: u16 = 18;
/// The narrowest picture of a cell, in columns.
const NARROWEST: u16 = 8;
/// The lines of a cell besides its picture: the name, and the frame or the gap above.
const BESIDES: u16 = 2;

/// A contact sheet: cells of one size in rows, and headings above rows where a day begins. Between the cells are gaps of one
/// column and one line, in which the frame of the selected one is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The whole sheet.
    area: Rect,
    /// The number of cells side by side, at least 1.
    columns: usize,
    /// The size of a picture in columns and rows.
    picture: Size,
    rows: Vec<Row>,
}

/// Some results side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    first: usize,
    count: usize,
    /// The day that begins with this row, and the number of its pictures.
    heading: Option<(Date, usize)>,
}

/// A part of the sheet on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The line for the day that begins here, and the number of its pictures.
    Heading { day: Date, pictures: usize, line: Rect },
    /// The cell of the result at this index.
    Cell { at: usize, cell: Cell },
}

/// The places in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// The frame, which shares its edges with those of the neighbours.
    pub frame: Rect,
    /// The picture.
    pub picture: Rect,
    /// The name below it.
    pub name: Rect,
}

impl Sheet {
    /// A sheet of `count` results in an area of at least 10 columns and 4 lines, with pictures about `width` columns wide.
    /// If the results are in the order of their days, `day` has the day of each.
    pub(super) fn new(area: Rect, width: u16, count: usize, day: impl Fn(usize) -> Option<Date>) -> Self {
        let columns = (area.width.saturating_sub(1) / (width.max(NARROWEST) + 1)).max(1);
        let width = (area.width.saturating_sub(1) / columns).saturating_sub(1).max(1);
        // A character is about twice as high as wide, and most pictures are about three quarters as high as wide.
        let room = area.height.saturating_sub(1);
        let rows = (room / (width * 3 / 8 + BESIDES)).max(1);
        // Lines left over make the pictures higher.
        let height = (room / rows).saturating_sub(BESIDES).max(1);
        let rows = rows_of(count, columns.into(), day);
        Self { area, columns: columns.into(), picture: Size { width, height }, rows }
    }

    /// The size of every picture in columns and rows.
    pub(super) fn picture(&self) -> Size {
        self.picture
    }

    /// The number of cells that the area has at least: a screenful.
    pub(super) fn screenful(&self) -> usize {
        self.columns * usize::from((self.area.height.saturating_sub(1) / self.height_of_cell()).max(1))
    }

    /// The parts on the screen, if `offset` is the first visible result.
    pub(super) fn parts(&self, offset: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut y = self.area.y;
        for row in self.rows.iter().skip(self.row_of(offset)) {
            if y + self.height_of(row) + 1 > self.area.bottom() && y > self.area.y {
                break;
            }
            if let Some((day, pictures)) = row.heading.filter(|_| self.height_of(row) < self.area.height) {
                parts.push(Part::Heading { day, pictures, line: Rect { y, height: 1, ..self.area } });
                y += 1;
            }
            let cells = (0..row.count).map(|column| (row.first + column, self.cell(column, y)));
            parts.extend(cells.map(|(at, cell)| Part::Cell { at, cell }));
            y += self.height_of_cell();
        }
        parts
    }

    /// The index of the result whose cell is at a position on the screen, if there is one.
    pub(super) fn at(&self, offset: usize, position: Position) -> Option<usize> {
        self.parts(offset).into_iter().find_map(|part| match part {
            Part::Cell { at, cell } if cell.frame.contains(position) => Some(at),
            _ => None,
        })
    }

    /// The result to go to from `selected` by this number of rows: in the same column if that row has one there.
    pub(super) fn moved(&self, selected: usize, rows: isize) -> usize {
        let (from, last) = (self.row_of(selected), self.rows.len().saturating_sub(1));
        let column = self.rows.get(from).map_or(0, |row| selected.saturating_sub(row.first));
        let to = self.rows.get(from.saturating_add_signed(rows).min(last));
        to.map_or(0, |row| row.first + column.min(row.count.saturating_sub(1)))
    }

    /// The rows that are on the screen if the first is the one of `offset`, at least 1.
    pub(super) fn rows_shown(&self, offset: usize) -> usize {
        let first = self.row_of(offset);
        (self.row_after_screen(first) - first).max(1)
    }

    /// The first visible result for `selected` to be visible, scrolled from `offset` no farther than that takes, and no
    /// farther down than the last row needs.
    pub(super) fn scrolled(&self, offset: usize, selected: usize) -> usize {
        let row = self.row_of(selected);
        let mut first = self.row_of(offset).min(row);
        while first < row && self.row_after_screen(first) <= row {
            first += 1;
        }
        while first > 0 && self.row_after_screen(first - 1) >= self.rows.len() {
            first -= 1;
        }
        self.rows.get(first).map_or(0, |row| row.first)
    }

    /// The width of a cell's picture with which there are fewer, larger cells, or more, smaller ones; `None` if there is none.
    pub(super) fn zoomed(&self, larger: bool) -> Option<u16> {
        let step = (self.columns / 4).max(1);
        let columns = if larger {
            // A single row is as high as it can be; a single column as wide.
            self.columns.checked_sub(step).filter(|columns| *columns > 0)?
        } else {
            self.columns + step
        };
        let width = (self.area.width.saturating_sub(1) / u16::try_from(columns).ok()?).checked_sub(1)?;
        (width >= NARROWEST).then_some(width)
    }

    /// The index of the first row that is not on the screen any more, if `first` is the first one on it.
    fn row_after_screen(&self, first: usize) -> usize {
        let mut left = self.area.height.saturating_sub(1);
        let fits = self.rows.iter().skip(first).take_while(|row| {
            let height = self.height_of(row);
            let fits = height <= left;
            left = left.saturating_sub(height);
            fits
        });
        first + fits.count().max(1)
    }

    fn row_of(&self, at: usize) -> usize {
        self.rows.partition_point(|row| row.first <= at).saturating_sub(1)
    }

    fn height_of(&self, row: &Row) -> u16 {
        self.height_of_cell() + u16::from(row.heading.is_some())
    }

    fn height_of_cell(&self) -> u16 {
        self.picture.height + BESIDES
    }

    /// The places in the cell of a column whose frame begins at the line `y`.
    fn cell(&self, column: usize, y: u16) -> Cell {
        let Size { width, height } = self.picture;
        let x = self.area.x + column as u16 * (width + 1);
        Cell {
            frame: Rect { x, y, width: width + 2, height: height + BESIDES + 1 },
            picture: Rect { x: x + 1, y: y + 1, width, height },
            name: Rect { x: x + 1, y: y + 1 + height, width, height: 1 },
        }
    }
}

/// Distributes results over rows. A row begins with each day.
fn rows_of(count: usize, columns: usize, day: impl Fn(usize) -> Option<Date>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(count.div_ceil(columns));
    // The row with the last heading, and its day.
    let mut headed: Option<(usize, Date)> = None;
    for at in 0..count {
        let begins = day(at).filter(|day| headed.is_none_or(|(_, last)| last != *day));
        match rows.last_mut().filter(|row| row.count < columns && begins.is_none()) {
            Some(row) => row.count += 1,
            None => {
                headed = begins.map(|day| (rows.len(), day)).or(headed);
                rows.push(Row { first: at, count: 1, heading: begins.map(|day| (day, 0)) });
            }
        }
        if let Some((_, pictures)) = headed.and_then(|(row, _)| rows.get_mut(row)?.heading.as_mut()) {
            *pictures += 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: usize) -> Date {
        jiff::civil::date(2024, 5, 1).checked_add(jiff::Span::new().days(number as i64)).unwrap()
    }

    fn plain(size: (u16, u16), width: u16, count: usize) -> Sheet {
        Sheet::new(Rect::new(0, 2, size.0, size.1), width, count, |_| None)
    }

    #[test]
    fn cells_fill_every_size_without_overlap() {
        for (width, height, of_cell) in (10..260).step_by(7).flat_map(|width| {
            (4..90).flat_map(move |height| [8, 18, 60].map(|of_cell| (width, height, of_cell)))
        }) {
            let area = Rect::new(3, 2, width, height);
            let days = [0, 0, 1, 1, 1, 1, 1, 2, 3];
            for sheet in [
                Sheet::new(area, of_cell, 500, |_| None),
                Sheet::new(area, of_cell, 500, |at| Some(day(*days.get(at).unwrap_or(&9)))),
            ] {
                let parts = sheet.parts(0);
                assert!(parts.iter().any(|part| matches!(part, Part::Cell { at: 0, .. })), "{area}");
                let rects: Vec<Rect> = parts
                    .iter()
                    .flat_map(|part| match part {
                        Part::Heading { line, .. } => vec![*line],
                        Part::Cell { cell, .. } => {
                            assert_eq!(area.intersection(cell.frame), cell.frame, "in {area}");
                            vec![cell.picture, cell.name]
                        }
                    })
                    .collect();
                for (at, rect) in rects.iter().enumerate().take(40) {
                    assert!(!rect.is_empty() && area.intersection(*rect) == *rect, "{rect} in {area}");
                    assert!(rects[at + 1..].iter().all(|other| !rect.intersects(*other)), "{rect} in {area}");
                }
            }
        }
    }

    #[test]
    fn a_day_begins_a_row() {
        let days = [0, 0, 0, 0, 1, 2, 2];
        // Three cells side by side.
        let sheet = Sheet::new(Rect::new(0, 0, 60, 60), 18, days.len(), |at| Some(day(days[at])));
        let told: Vec<String> = sheet
            .parts(0)
            .iter()
            .map(|part| match part {
                Part::Heading { day, pictures, line } => format!("{} {pictures} at {}", day.day(), line.y),
                Part::Cell { at, cell } => format!("{at} at {}, {}", cell.frame.x, cell.frame.y),
            })
            .collect();
        let expected = [
            "1 4 at 0",
            "0 at 0, 1",
            "1 at 19, 1",
            "2 at 38, 1",
            "3 at 0, 9",
            "2 1 at 17",
            "4 at 0, 18",
            "3 2 at 26",
            "5 at 0, 27",
            "6 at 19, 27",
        ];
        assert_eq!(told, expected);
        assert_eq!(
            [sheet.moved(2, 1), sheet.moved(1, 2), sheet.moved(6, -1), sheet.moved(1, 9)],
            [3, 4, 4, 6]
        );
    }

    #[test]
    fn it_scrolls_no_farther_than_it_has_to() {
        let sheet = plain((80, 31), 18, 30);
        assert_eq!((sheet.columns, sheet.screenful(), sheet.rows_shown(0)), (4, 12, 3));
        assert_eq!(sheet.scrolled(0, 11), 0);
        assert_eq!(sheet.scrolled(0, 12), 4);
        assert_eq!(sheet.scrolled(16, 5), 4);
        assert_eq!(sheet.scrolled(0, 29), 20);
        assert_eq!(sheet.scrolled(28, 29), 20, "no empty rows at the end");
        assert_eq!(plain((80, 31), 18, 0).scrolled(3, 2), 0);
    }

    #[test]
    fn every_zoom_changes_the_columns_until_the_end() {
        let mut width = USUAL_WIDTH;
        let mut columns = vec![plain((120, 40), width, 9).columns];
        while let Some(larger) = plain((120, 40), width, 9).zoomed(true) {
            width = larger;
            columns.push(plain((120, 40), width, 9).columns);
        }
        assert_eq!(columns, [6, 5, 4, 3, 2, 1]);
        while let Some(smaller) = plain((120, 40), width, 9).zoomed(false) {
            width = smaller;
            columns.push(plain((120, 40), width, 9).columns);
        }
        assert_eq!(columns[6..], [2, 3, 4, 5, 6, 7, 8, 10, 13]);
    }

    #[test]
    fn a_click_finds_its_cell() {
        let sheet = plain((80, 31), 18, 30);
        let at = |x, y| sheet.at(4, Position { x, y });
        assert_eq!((at(1, 3), at(25, 3), at(1, 14), at(79, 1)), (Some(4), Some(5), Some(8), None));
    }
}
