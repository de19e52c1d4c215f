//! Draws the state; changes nothing. `layout` says where, the other files draw one pane each.

mod dialog;
mod grid;
mod help;
pub mod layout;
mod list;
mod preview;
mod query;
mod status;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget, Wrap};

use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::view::layout::Panes;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    let Some(panes) = layout::panes(frame.area().as_size(), state.arrangement, state.details) else {
        let (width, height) = (layout::SMALLEST.width, layout::SMALLEST.height);
        let text = format!("pixseek needs {width} x {height}");
        words(&text, theme.quiet, frame.area(), frame.buffer_mut());
        return;
    };
    let cursor = query::draw(state, theme, panes.query, frame.buffer_mut());
    if state.results.hits.is_empty() {
        rule(theme, panes.hint, frame.buffer_mut());
        list::draw_why_empty(state, theme, panes.body, frame.buffer_mut());
    } else {
        query::draw_hint(state, theme, panes.hint, frame.buffer_mut());
        draw_results(state, theme, &panes, frame.buffer_mut());
    }
    status::draw(state, theme, panes.status, frame.buffer_mut());
    match (&state.dialog, state.help) {
        (Some(dialog), _) => dialog::draw(dialog, state, theme, frame.area(), frame.buffer_mut()),
        (None, Some(line)) => help::draw(line, state, theme, frame.area(), frame.buffer_mut()),
        (None, None) => frame.set_cursor_position(cursor),
    }
}

fn draw_results(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    if let Some(area) = panes.list {
        list::draw(state, theme, area, buffer);
    }
    if let (Some(grid), Some(caption)) = (panes.grid, panes.caption) {
        grid::draw(state, theme, &grid, buffer);
        preview::draw_caption(state, theme, None, caption, buffer);
    }
    if let Some(area) = panes.divider {
        rule(theme, area, buffer);
    }
    // Pictures of the graphics protocols lie above the text, so the help can't be drawn over them.
    match (panes.picture, panes.caption) {
        (Some(picture), Some(caption)) if !state.is_covered() => {
            preview::draw(state, theme, picture, caption, buffer);
        }
        (None, Some(caption)) if panes.grid.is_none() => {
            preview::draw_caption(state, theme, None, caption, buffer);
        }
        _ => {}
    }
}

/// A box in the middle of the screen over everything else, with room for so many columns and lines if there is any.
struct Overlay {
    area: Rect,
    /// Lines there is room for.
    visible: usize,
}

impl Overlay {
    fn new(columns: usize, lines: usize, screen: Rect) -> Self {
        let size = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let (width, height) = (size(columns + 4).min(screen.width), size(lines + 2).min(screen.height));
        let area = Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + (screen.height - height) / 2,
            width,
            height,
        };
        Self { area, visible: usize::from(height.saturating_sub(2)) }
    }

    fn draw(&self, lines: Vec<Line>, title: &str, theme: &Theme, buffer: &mut Buffer) {
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.quiet)
            .title(title)
            .padding(Padding::horizontal(1));
        Clear.render(self.area, buffer);
        Paragraph::new(lines).block(block).render(self.area, buffer);
    }
}

/// A thin line, along the longer side.
fn rule(theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let symbol = if area.width == 1 { "│" } else { "─" };
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_symbol(symbol).set_style(theme.quiet);
        }
    }
}

/// A few words in the middle of a pane.
fn words(text: &str, style: Style, area: Rect, buffer: &mut Buffer) {
    let inset = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let paragraph =
        Paragraph::new(Line::styled(text, style)).alignment(Alignment::Center).wrap(Wrap { trim: true });
    let columns = usize::from(inset.width.max(1));
    let lines = unicode_width::UnicodeWidthStr::width(text).div_ceil(columns);
    let above = inset.height.saturating_sub(u16::try_from(lines).unwrap_or(u16::MAX)) / 2;
    let middle = Rect { y: inset.y + above, height: inset.height - above, ..inset };
    paragraph.render(middle, buffer);
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod pixel_tests;
