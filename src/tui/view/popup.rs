//! A box in the middle of the screen, over everything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget};
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
use crate::tui::layout;

/// A box in the middle of the screen, over everything else.
pub(super) struct Popup {
    area: Rect,
    /// The number of lines that fit.
    pub visible: usize,
}

impl Popup {
    /// A box with room for this many columns and lines, as far as the screen has it.
    pub(super) fn new(columns: usize, lines: usize, screen: Rect) -> Self {
        let area = layout::popup(columns, lines, screen.as_size());
        Self { area, visible: usize::from(area.height.saturating_sub(2)) }
    }

    /// Draws the box with these lines, from its top on, under a title. Returns what it covers.
    pub(super) fn draw(&self, lines: Vec<Line>, title: &str, theme: &Theme, buffer: &mut Buffer) -> Rect {
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.quiet)
            .title(title)
            .padding(Padding::horizontal(1));
        Clear.render(self.area, buffer);
        Paragraph::new(lines).block(block).render(self.area, buffer);
        self.area
    }

    /// Draws a box as large as its lines. If the screen is too small for all of them, the line `in_view` is visible. Returns
    /// what it covers.
    pub(super) fn draw_lines(
        lines: Vec<Line>,
        in_view: usize,
        title: &str,
        theme: &Theme,
        screen: Rect,
        buffer: &mut Buffer,
    ) -> Rect {
        let columns = lines.iter().map(Line::width).max().unwrap_or(0).max(title.width());
        let popup = Self::new(columns, lines.len(), screen);
        let first = (in_view + 1).saturating_sub(popup.visible.max(1));
        popup.draw(lines.into_iter().skip(first).collect(), title, theme, buffer)
    }
}
