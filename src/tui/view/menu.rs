//! The menu of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::app::menu;
use crate::tui::app::state::State;

/// Draws the menu with the entry `selected` in view. The first nine entries have the digit that chooses them. Returns what
/// the menu covers.
pub(super) fn draw(selected: usize, state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Rect {
    let lines = menu::entries(state).into_iter().enumerate().map(|(at, name)| {
        let number = if at < 9 { format!("{} ", at + 1) } else { "  ".into() };
        let (edge, style) = if at == selected { ("▌", theme.selected) } else { (" ", Style::new()) };
        Line::from(vec![
            Span::styled(edge, theme.accent),
            Span::styled(number, theme.quiet),
            Span::styled(escape::text(&name), style),
        ])
    });
    Popup::draw_lines(lines.collect(), selected, &menu::title(state), theme, screen, buffer)
}
