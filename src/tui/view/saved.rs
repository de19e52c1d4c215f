//! The question for the name of a search, and the list of the saved ones.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::app::saved;
use crate::tui::app::saved_boxes::{Naming, Picker};
use crate::tui::app::state::State;
use crate::tui::display;

/// The columns that a name has at least.
const NAME: usize = 30;

/// Draws the question under which name the query is to be saved. Returns what the box covers.
pub(super) fn draw_naming(naming: &Naming, theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Rect {
    let width = usize::from(screen.width.saturating_sub(6)).max(1);
    let (shown, _) = naming.name.window(width.saturating_sub(2));
    let (text, cursor) = (naming.name.text(), naming.name.before_cursor().len());
    let before = text.get(shown.start..cursor).unwrap_or_default();
    let mut after = text.get(cursor..shown.end).unwrap_or_default().chars();
    let under = after.next().map_or_else(|| " ".to_owned(), String::from);
    let name = Line::from(vec![
        Span::raw(before.to_owned()),
        Span::styled(under, Style::new().add_modifier(Modifier::REVERSED)),
        Span::raw(after.collect::<String>()),
        Span::raw(" ".repeat(NAME.saturating_sub(text.chars().count()))),
    ]);
    let words = if naming.replaces { "enter replaces the search of this name" } else { "enter saves it" };
    let lines = vec![
        Line::styled(display::truncate_end(&escape::text(&naming.query), width), theme.quiet),
        name,
        Line::styled(words, if naming.replaces { theme.error } else { theme.quiet }),
    ];
    Popup::draw_lines(lines, 1, " save the query as ", theme, screen, buffer)
}

/// Draws the saved searches. Returns what the box covers.
pub(super) fn draw_picker(
    picker: &Picker,
    state: &State,
    theme: &Theme,
    screen: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let rows = saved::rows(picker, state.reading.searches());
    let selected = picker.selected.min(rows.len().saturating_sub(1));
    let mut lines: Vec<Line> = rows
        .into_iter()
        .enumerate()
        .map(|(at, (name, query))| {
            let (edge, style) = if at == selected { ("▌", theme.selected) } else { (" ", Style::new()) };
            Line::from(vec![
                Span::styled(edge, theme.accent),
                Span::styled(name, style),
                Span::styled(query, theme.quiet),
            ])
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled("none has this in it", theme.quiet));
    }
    Popup::draw_lines(lines, selected, &saved::title(picker), theme, screen, buffer)
}
