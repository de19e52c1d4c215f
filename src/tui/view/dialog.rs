//! The menu and the question, in a box in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget};

use crate::tui::display::{self, counted};
use crate::tui::state::{Dialog, State};
use crate::tui::theme::Theme;
use crate::tui::update::dialog::ENTRIES;

/// Draws what is open.
pub fn draw(dialog: &Dialog, state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) {
    match dialog {
        Dialog::Menu(selected) => {
            let commands = state.commands.iter().map(|command| display::escaped_text(&command.name));
            let entries: Vec<String> =
                commands.chain(ENTRIES.iter().map(|(_, name)| (*name).to_owned())).collect();
            let lines = entries.iter().enumerate().map(|(at, name)| {
                let number = if at < 9 { format!("{} ", at + 1) } else { "  ".into() };
                let (edge, style) =
                    if at == *selected { ("▌", theme.selected) } else { (" ", Style::new()) };
                Line::from(vec![
                    Span::styled(edge, theme.accent),
                    Span::styled(number, theme.quiet),
                    Span::styled(name.clone(), style),
                ])
            });
            let title = format!(" {} ", counted(state.chosen().len(), "picture"));
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
    let columns = lines.iter().map(Line::width).max().unwrap_or(0).max(title.len()) + 4;
    let size = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let (width, height) = (size(columns).min(screen.width), size(lines.len() + 2).min(screen.height));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    let rows = usize::from(height.saturating_sub(2)).max(1);
    let first = size((visible + 1).saturating_sub(rows));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.quiet)
        .title(title)
        .padding(Padding::horizontal(1));
    Clear.render(area, buffer);
    Paragraph::new(lines).scroll((first, 0)).block(block).render(area, buffer);
}
