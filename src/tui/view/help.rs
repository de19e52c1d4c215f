//! The help, drawn from the table of keys and the examples of queries.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::app::cheat_sheet;
use crate::tui::app::state::State;

/// The width from which on every row shows all of its keys; narrower screens have room for one key a row.
const WIDE: u16 = 66;

/// Draws the rows of the help from the row `first` on, or from further up if the rest fits. Returns what it
/// covers.
pub(super) fn draw(first: usize, state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Rect {
    let keys_shown = if screen.width < WIDE { 1 } else { usize::MAX };
    let table = state.keys.rows(state.commands.iter().map(|command| command.name.as_str()));
    let rows: Vec<(String, String)> = table
        .into_iter()
        .map(|(keys, help)| {
            let shown = &keys[..keys.len().min(keys_shown)];
            (shown.join(", "), escape::text(&help))
        })
        .chain(cheat_sheet::ROWS.iter().map(|(typed, help)| ((*typed).to_owned(), (*help).to_owned())))
        .collect();
    let keys = rows.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let help = rows.iter().map(|(_, help)| help.width()).max().unwrap_or(0);
    let popup = Popup::new(keys + 2 + help, rows.len(), screen);
    let visible = popup.visible;
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
    popup.draw(lines, title, theme, buffer)
}
