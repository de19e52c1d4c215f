//! The help overlay, drawn from the table of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::display;
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::view::Overlay;

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
    let overlay = Overlay::new(keys + 2 + help, rows.len(), screen);
    let visible = overlay.visible;
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
    overlay.draw(lines, title, theme, buffer);
}
