//! The query line and the rule below it, which gives way to a word of trouble.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::tui::display::{self, counted};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::view::rule;

const PROMPT: &str = "> ";
/// Words of a query that surely fit into the 77 tokens of CLIP.
const LONGEST: usize = 50;
const INVITATION: &str = "what is in the picture?";

/// Draws the prompt and the query; returns where the cursor goes.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Position {
    buffer.set_string(area.x, area.y, PROMPT, theme.accent);
    if let Some(like) = state.likes.last() {
        let start = area.x + PROMPT.len() as u16;
        let width = usize::from(area.right() - start);
        let text = match like.pictures.as_slice() {
            [(_, path)] => format!("like {}", display::escaped(path)),
            many => format!("like {}", counted(many.len(), "picture")),
        };
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
        None => match odd(state.query.text()).filter(|_| state.likes.is_empty()) {
            Some(hint) => {
                buffer.set_string(area.x, area.y, display::fit(hint, usize::from(area.width)), theme.quiet);
            }
            None => rule(theme, area, buffer),
        },
    }
}

/// What is to be said of a query that is not likely to find what is meant.
fn odd(query: &str) -> Option<&'static str> {
    let letters = query.chars().filter(|c| c.is_alphabetic()).count();
    let foreign = query.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
    if query.trim().is_empty() {
        None
    } else if !query.chars().any(char::is_alphanumeric) {
        Some("no word to look for: say what is in the picture")
    } else if query.split_whitespace().count() > LONGEST {
        Some("long: CLIP models read about the first fifty words")
    } else if foreign * 2 > letters {
        Some("most CLIP models know English best")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_odd_queries_get_a_hint() {
        for fine in ["", "  ", "red car", "café au lait", "3 dogs", "東"] {
            assert_eq!(odd(fine).is_some(), fine == "東", "{fine}");
        }
        assert!(odd("?!").unwrap().contains("no word"));
        assert!(odd(&"word ".repeat(60)).unwrap().contains("fifty"));
    }
}
