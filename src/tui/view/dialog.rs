//! The menu and the question, in a box in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::display::{self, counted};
use crate::tui::state::{Dialog, State};
use crate::tui::theme::Theme;
use crate::tui::update::dialog::{entries, heading};
use crate::tui::view::Overlay;

/// Draws what is open.
pub fn draw(dialog: &Dialog, state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) {
    match dialog {
        Dialog::Menu(selected) => {
            let entries = entries(state);
            let lines = entries.iter().enumerate().map(|(at, name)| {
                let number = if at < 9 { format!("{} ", at + 1) } else { "  ".into() };
                let (edge, style) =
                    if at == *selected { ("▌", theme.selected) } else { (" ", Style::new()) };
                Line::from(vec![
                    Span::styled(edge, theme.accent),
                    Span::styled(number, theme.quiet),
                    Span::styled(display::escaped_text(name), style),
                ])
            });
            let title = format!(" {} ", heading(state));
            boxed(lines.collect(), *selected, &title, theme, screen, buffer);
        }
        Dialog::Trash(pictures) => {
            let what = match pictures.as_slice() {
                [(_, path)] => display::escaped(path.file_name().map_or(path, std::path::Path::new)),
                many => counted(many.len(), "marked picture"),
            };
            let width = usize::from(screen.width.saturating_sub(6));
            let lines = vec![
                Line::styled(display::fit_middle(&what, width), theme.strong),
                Line::from(vec![
                    Span::styled("y", theme.strong),
                    Span::raw(" yes   "),
                    Span::styled("any other key", theme.strong),
                    Span::raw(" no"),
                ]),
            ];
            boxed(lines, 0, " to the trash? ", theme, screen, buffer);
        }
    }
}

/// `visible`: the line that has to be in sight.
fn boxed(lines: Vec<Line>, visible: usize, title: &str, theme: &Theme, screen: Rect, buffer: &mut Buffer) {
    let columns = lines.iter().map(Line::width).max().unwrap_or(0).max(title.len());
    let overlay = Overlay::new(columns, lines.len(), screen);
    let first = (visible + 1).saturating_sub(overlay.visible.max(1));
    overlay.draw(lines.into_iter().skip(first).collect(), title, theme, buffer);
}
