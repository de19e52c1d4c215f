//! The help overlay, drawn from the table of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget};
use unicode_width::UnicodeWidthStr;

use crate::tui::display;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// Screens of this width have room for all keys and their explanations.
const WIDE: u16 = 66;

/// Draws the table from its line `first` on, in the middle of the screen.
pub fn draw(first: usize, state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) {
    // Narrow screens have room for one key of each row.
    let keys_shown = if screen.width < WIDE { 1 } else { usize::MAX };
    let table = state.keys.rows(state.commands.iter().map(|command| command.name.as_str()));
    let rows: Vec<(String, String)> = table
        .into_iter()
        .map(|(keys, help)| {
            let shown = &keys[..keys.len().min(keys_shown)];
            (shown.join(", "), display::escaped_text(&help))
        })
        .collect();
    let keys = rows.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let help = rows.iter().map(|(_, help)| help.width()).max().unwrap_or(0);
    let size = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX);
    let width = size(keys + 2 + help + 4).min(screen.width);
    let height = size(rows.len() + 2).min(screen.height);
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    let visible = usize::from(height.saturating_sub(2));
    let first = first.min(rows.len().saturating_sub(visible));
    let lines: Vec<Line> = rows
        .iter()
        .skip(first)
        .take(visible)
        .map(|(names, help)| {
            Line::from(vec![Span::styled(format!("{names:keys$}  "), theme.strong), Span::raw(help.as_str())])
        })
        .collect();
    let title =
        if first + visible < rows.len() { " keys: down for more, esc closes " } else { " keys: esc closes " };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.quiet)
        .title(title)
        .padding(Padding::horizontal(1));
    Clear.render(area, buffer);
    Paragraph::new(lines).block(block).render(area, buffer);
}
