//! The query line and the rule below it, which gives way to a word of trouble.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::tui::display;
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::view::rule;

const PROMPT: &str = "> ";
const INVITATION: &str = "what is in the picture?";

/// Draws the prompt and the query; returns where the cursor goes.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Position {
    buffer.set_string(area.x, area.y, PROMPT, theme.accent);
    if let Some(like) = state.likes.last() {
        let start = area.x + PROMPT.len() as u16;
        let width = usize::from(area.right() - start);
        let text = format!("like {}", display::escaped(&like.path));
        buffer.set_string(start, area.y, display::fit_middle(&text, width), theme.strong);
        return Position { x: area.x, y: area.y };
    }
    let start = area.x + PROMPT.len() as u16;
    let width = usize::from(area.right() - start);
    let (text, column) = state.query.window(width);
    if state.query.text().is_empty() {
        buffer.set_stringn(start, area.y, INVITATION, width, theme.quiet);
    } else {
        buffer.set_stringn(start, area.y, text, width, Style::new());
    }
    Position { x: start + column as u16, y: area.y }
}

/// Draws the rule, or what went wrong.
pub fn draw_hint(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    match state.worst_trouble() {
        Some(trouble) => {
            let text = display::fit(&display::escaped_text(trouble), usize::from(area.width));
            buffer.set_string(area.x, area.y, text, theme.trouble);
        }
        None => rule(theme, area, buffer),
    }
}
