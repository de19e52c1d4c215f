//! The help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::app::help::{self, HelpLine, HelpPage};
use crate::tui::app::state::State;

/// Draws the lines of the help from the line `first` on, or from further up if the rest fits; those that have the text `sought`. Returns
/// what it covers.
pub(super) fn draw(
    first: usize,
    sought: &str,
    state: &State,
    theme: &Theme,
    screen: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let page = help::page(state, sought);
    let first = first.min(page.last_first());
    let lines = (first..page.len().min(first + page.visible)).map(|at| {
        let mut spans = Vec::new();
        for (number, column) in page.columns.iter().enumerate() {
            if number > 0 {
                spans.push(Span::raw(" ".repeat(HelpPage::between())));
            }
            spans.extend(column_of(column.get(at), &page, theme));
        }
        Line::from(spans)
    });
    let lines: Vec<Line> = lines.collect();
    let more = if first < page.last_first() { "down for more, " } else { "" };
    let title = match (sought, page.len()) {
        ("", _) => format!(" keys: {more}letters find, esc closes "),
        (_, 0) => format!(" keys with '{}': none, esc shows all ", escape::text(sought)),
        _ => format!(" keys with '{}': {more}esc shows all ", escape::text(sought)),
    };
    let columns = page.columns.len() * (page.width + HelpPage::between()) - HelpPage::between();
    Popup::new(columns, page.len(), screen).draw(lines, &title, theme, buffer)
}

/// A line of one column, as wide as the column.
fn column_of<'a>(line: Option<&'a HelpLine>, page: &HelpPage, theme: &Theme) -> Vec<Span<'a>> {
    let width = page.width;
    match line {
        Some(HelpLine::Heading(name)) => vec![Span::styled(format!("{name:width$}"), theme.accent)],
        Some(HelpLine::Row(names, help)) => {
            let (keys, room) = (page.keys, width.saturating_sub(page.keys + 2));
            vec![Span::styled(format!("{names:keys$}  "), theme.strong), Span::raw(format!("{help:room$}"))]
        }
        Some(HelpLine::Blank) | None => vec![Span::raw(" ".repeat(width))],
    }
}
