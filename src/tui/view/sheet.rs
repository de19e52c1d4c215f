//! The contact sheet: small pictures, each above its name, and a line where a day begins.

use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, BorderType, Widget};

use super::list::fold_marks;
use super::parts::centred_text;
use super::placement::place;
use super::theme::Theme;
use crate::base::escape;
use crate::library::Hit;
use crate::tui::app::preview::{PreviewContent, PreviewKey};
use crate::tui::app::relevance;
use crate::tui::app::state::State;
use crate::tui::display::{self, counted};
use crate::tui::sheet::{Cell, Part, Sheet};

/// Draws the lines of the days and the visible cells, but not their pictures.
pub(super) fn draw(state: &State, theme: &Theme, sheet: &Sheet, buffer: &mut Buffer) {
    for part in sheet.parts(state.results.offset) {
        match part {
            Part::Heading { day, pictures, line } => draw_day(day, pictures, theme, line, buffer),
            Part::Cell { at, cell } => {
                if let Some(hit) = state.results.hits.get(at) {
                    draw_cell(state, theme, (at, hit), &cell, buffer);
                }
            }
        }
    }
}

/// Draws the pictures of the visible cells around the box over the results, which covers `covered`.
pub(super) fn draw_pictures(state: &State, sheet: &Sheet, covered: Option<Rect>, buffer: &mut Buffer) {
    for part in sheet.parts(state.results.offset) {
        let Part::Cell { at, cell } = part else { continue };
        let shown = state.results.hits.get(at).and_then(|hit| shown(state, hit, cell.picture));
        if let Some(PreviewContent::Picture { drawn, .. }) = shown {
            place(drawn, cell.picture, covered, buffer);
        }
    }
}

/// What became of the small picture of a result.
fn shown<'a>(state: &'a State, hit: &Hit, area: Rect) -> Option<&'a PreviewContent> {
    let key = PreviewKey { path: state.root.join(&hit.path), size: area.as_size() };
    state.thumbnails.shown.get(&key)
}

/// Draws the line of a day: `Sunday, 12 May 2024  14 pictures`.
fn draw_day(day: Date, pictures: usize, theme: &Theme, line: Rect, buffer: &mut Buffer) {
    let width = usize::from(line.width.saturating_sub(1));
    let name = day.strftime("%A, %-d %B %Y").to_string();
    let (x, _) =
        buffer.set_stringn(line.x + 1, line.y, display::truncate_end(&name, width), width, theme.strong);
    let room = usize::from(line.right().saturating_sub(x));
    buffer.set_stringn(x, line.y, format!("  {}", counted(pictures, "picture")), room, theme.quiet);
}

/// Draws the frame, the name, and the reason why there is no picture.
fn draw_cell(state: &State, theme: &Theme, (at, hit): (usize, &Hit), cell: &Cell, buffer: &mut Buffer) {
    let selected = at == state.results.selected;
    if selected {
        Block::bordered()
            .border_type(BorderType::Thick)
            .border_style(theme.accent)
            .render(cell.frame.intersection(buffer.area), buffer);
    }
    match shown(state, hit, cell.picture) {
        Some(PreviewContent::Picture { .. }) => {}
        Some(PreviewContent::Unreadable(reason)) => {
            centred_text(&escape::text(reason), theme.error, cell.picture, buffer);
        }
        None => centred_text("…", theme.quiet, cell.picture, buffer),
    }
    draw_name(state, theme, (at, hit), cell.name, buffer);
}

/// Draws the name in the middle of its line, behind the mark if there is one.
fn draw_name(state: &State, theme: &Theme, (at, hit): (usize, &Hit), area: Rect, buffer: &mut Buffer) {
    let selected = at == state.results.selected;
    let (before, after) = fold_marks(state.fold_part(at));
    let mark = if state.is_marked(hit.id) { "● " } else { "" };
    let marks = mark.chars().count() + display::columns(before) + display::columns(&after);
    let room = usize::from(area.width).saturating_sub(marks);
    let name = display::caption(&hit.path, room);
    let taken = display::columns(&name) + marks;
    let x = area.x + (usize::from(area.width).saturating_sub(taken) / 2) as u16;
    let (x, _) = buffer.set_stringn(x, area.y, mark, area.width.into(), theme.marked);
    let style = match (selected, relevance::is_beyond(state, hit)) {
        (true, _) => theme.selected,
        (false, true) => theme.quiet,
        (false, false) => Style::new(),
    };
    let (x, _) = buffer.set_stringn(x, area.y, before, area.width.into(), theme.quiet);
    let (x, _) = buffer.set_stringn(x, area.y, name, room, style);
    let left = usize::from(area.right().saturating_sub(x));
    buffer.set_stringn(x, area.y, after, left, theme.accent);
}
