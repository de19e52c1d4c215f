//! Small parts that several panes draw.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;

/// Draws a thin line: a vertical one in an area of one column, else a horizontal one.
pub(super) fn rule(theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let symbol = if area.width == 1 { "│" } else { "─" };
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_symbol(symbol).set_style(theme.quiet);
        }
    }
}

/// A bar of this many columns (at least 1), filled to a fraction from 0 to 1 in eighths of a column, at least one of them.
pub(super) fn bar(fraction: f32, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = ((fraction.clamp(0.0, 1.0) * (columns * 8) as f32).round() as usize).max(1);
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut bar = "█".repeat(full);
    if full < columns {
        bar.push_str(EIGHTHS[rest]);
        bar.push_str(&" ".repeat(columns - full - 1));
    }
    bar
}

/// A thin bar of this many columns, filled to a fraction from 0 to 1 in halves of a column, at least one of them.
pub(super) fn thin_bar(fraction: f32, columns: usize) -> String {
    let halves = ((fraction.clamp(0.0, 1.0) * (columns * 2) as f32).round() as usize).max(1);
    let line = "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" };
    format!("{line:columns$}")
}

/// Draws a short text in the middle of a pane.
pub(super) fn centred_text(text: &str, style: Style, area: Rect, buffer: &mut Buffer) {
    let inset = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let paragraph =
        Paragraph::new(Line::styled(text, style)).alignment(Alignment::Center).wrap(Wrap { trim: true });
    let columns = usize::from(inset.width.max(1));
    let lines = text.width().div_ceil(columns);
    let above = inset.height.saturating_sub(u16::try_from(lines).unwrap_or(u16::MAX)) / 2;
    let middle = Rect { y: inset.y + above, height: inset.height - above, ..inset };
    paragraph.render(middle, buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_eighths_and_keep_their_width() {
        let bar = |fraction| bar(fraction, 6);
        assert_eq!(bar(0.0), "▏     ", "no result is without a bar");
        assert_eq!(bar(1.0), "██████");
        assert_eq!(bar(0.5), "███   ");
        assert_eq!(bar(1.0 / 48.0), "▏     ");
        assert_eq!(
            [0.0, 0.5, 0.6, 1.0].map(|fraction| thin_bar(fraction, 6)),
            ["╸     ", "━━━   ", "━━━╸  ", "━━━━━━"]
        );
        for step in 0..=100 {
            assert_eq!(bar(step as f32 / 100.0).width(), 6);
            assert_eq!(thin_bar(step as f32 / 100.0, 6).width(), 6);
        }
    }
}
