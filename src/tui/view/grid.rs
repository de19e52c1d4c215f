//! The contact sheet: small pictures, each above its name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts::{centred_picture, centred_text};
use super::theme::Theme;
use crate::base::escape;
use crate::library::Hit;
use crate::tui::app::preview::{PreviewContent, PreviewKey};
use crate::tui::app::state::State;
use crate::tui::display;
use crate::tui::layout::Grid;

/// Draws the visible cells.
pub(super) fn draw(state: &State, theme: &Theme, grid: &Grid, buffer: &mut Buffer) {
    let first = state.results.offset;
    let hits = state.results.hits.iter().enumerate().skip(first).take(grid.columns * grid.rows);
    for (place, (at, hit)) in hits.enumerate() {
        let selected = at == state.results.selected;
        draw_name(state, theme, hit, selected, grid.name(place), buffer);
        // Pictures of the graphics protocols lie above all text, so an overlay can't be drawn over them.
        if state.overlay.is_none() {
            draw_picture(state, theme, hit, grid.picture(place), buffer);
        }
        if selected {
            let mut edge = grid.picture(place);
            (edge.x, edge.width) = (edge.x - 1, 1);
            edge.positions().for_each(|position| {
                buffer.set_string(position.x, position.y, "▌", theme.accent);
            });
        }
    }
}

fn draw_picture(state: &State, theme: &Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    let key = PreviewKey { path: state.root.join(&hit.path), size: area.as_size() };
    match state.thumbnails.shown.get(&key) {
        Some(PreviewContent::Picture { drawn, .. }) => centred_picture(drawn, area, buffer),
        Some(PreviewContent::Unreadable(reason)) => {
            centred_text(&escape::text(reason), theme.error, area, buffer);
        }
        None => centred_text("…", theme.quiet, area, buffer),
    }
}

fn draw_name(state: &State, theme: &Theme, hit: &Hit, selected: bool, area: Rect, buffer: &mut Buffer) {
    let (edge, style) = if selected { ("▌", theme.selected) } else { (" ", Style::new()) };
    buffer.set_string(area.x, area.y, edge, theme.accent);
    let mut x = area.x + 1;
    if state.is_marked(hit.id) {
        buffer.set_string(x, area.y, "● ", theme.marked);
        x += 2;
    }
    let room = usize::from(area.right().saturating_sub(x));
    let name = hit.path.file_name().map_or(hit.path.as_path(), std::path::Path::new);
    buffer.set_stringn(x, area.y, display::truncate_middle(&escape::path(name), room), room, style);
}
