//! The contact sheet: small pictures, each above its name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts::centred_text;
use super::placement::place;
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
        draw_reason(state, theme, hit, grid.picture(place), buffer);
        if selected {
            let mut edge = grid.picture(place);
            (edge.x, edge.width) = (edge.x - 1, 1);
            edge.positions().for_each(|position| {
                buffer.set_string(position.x, position.y, "▌", theme.accent);
            });
        }
    }
}

/// Draws the pictures of the visible cells around the box over the results, which covers `covered`.
pub(super) fn draw_pictures(state: &State, grid: &Grid, covered: Option<Rect>, buffer: &mut Buffer) {
    let hits = state.results.hits.iter().skip(state.results.offset).take(grid.columns * grid.rows);
    for (at, hit) in hits.enumerate() {
        let area = grid.picture(at);
        if let Some(PreviewContent::Picture { drawn, .. }) = shown(state, hit, area) {
            place(drawn, area, covered, buffer);
        }
    }
}

/// What became of the small picture of a result.
fn shown<'a>(state: &'a State, hit: &Hit, area: Rect) -> Option<&'a PreviewContent> {
    let key = PreviewKey { path: state.root.join(&hit.path), size: area.as_size() };
    state.thumbnails.shown.get(&key)
}

/// Draws the reason why a cell has no picture, if it has none.
fn draw_reason(state: &State, theme: &Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    match shown(state, hit, area) {
        Some(PreviewContent::Picture { .. }) => {}
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
