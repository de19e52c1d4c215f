//! The whole screen.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::parts::{centred_text, rule};
use super::theme::Theme;
use super::{download, help, hints, list, menu, preview, query, saved, sheet, status, trash};
use crate::tui::app::overlay::Overlay;
use crate::tui::app::state::State;
use crate::tui::layout::{self, Panes};

/// Draws the whole screen.
pub(crate) fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    let area = frame.area();
    let Some(panes) = layout::panes(area.as_size(), state.contents()) else {
        let (width, height) = (layout::SMALLEST.width, layout::SMALLEST.height);
        let text = format!("pixseek needs {width} x {height}");
        centred_text(&text, theme.quiet, area, frame.buffer_mut());
        return;
    };
    let cursor = query::draw(state, theme, panes.query, frame.buffer_mut());
    query::draw_message(state, theme, panes.message, frame.buffer_mut());
    if state.results.hits.is_empty() {
        list::draw_why_empty(state, theme, panes.body, frame.buffer_mut());
    } else {
        draw_results(state, theme, &panes, frame.buffer_mut());
    }
    status::draw(state, theme, panes.status, frame.buffer_mut());
    if let Some(area) = panes.keys {
        hints::draw(state, theme, area, frame.buffer_mut());
    }
    let buffer = frame.buffer_mut();
    let covered = match &state.overlay {
        Some(Overlay::Help { first, sought }) => Some(help::draw(*first, sought, state, theme, area, buffer)),
        Some(Overlay::Menu { selected }) => Some(menu::draw(*selected, state, theme, area, buffer)),
        Some(Overlay::ConfirmTrash { pictures }) => Some(trash::draw(pictures, theme, area, buffer)),
        Some(Overlay::Naming(naming)) => Some(saved::draw_naming(naming, theme, area, buffer)),
        Some(Overlay::Picker(picker)) => Some(saved::draw_picker(picker, state, theme, area, buffer)),
        Some(Overlay::DownloadFailed) => download::draw_failure(state, theme, area, buffer),
        None => None,
    };
    if !state.results.hits.is_empty() {
        draw_pictures(state, &panes, covered, buffer);
    }
    if state.overlay.is_none() {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the pictures, which come last so that they stay around the box over the results, which covers `covered`.
fn draw_pictures(state: &State, panes: &Panes, covered: Option<Rect>, buffer: &mut Buffer) {
    if let Some(sheet) = state.sheet() {
        sheet::draw_pictures(state, &sheet, covered, buffer);
    }
    if let Some(pane) = panes.picture {
        preview::draw_picture(state, pane, covered, buffer);
    }
    if let Some((pane, _)) = panes.original {
        preview::draw_original(state, pane, covered, buffer);
    }
}

fn draw_results(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    if let Some(area) = panes.list {
        list::draw(state, theme, area, buffer);
    }
    if let (Some(sheet), Some(caption)) = (state.sheet(), panes.caption) {
        sheet::draw(state, theme, &sheet, buffer);
        preview::draw_caption(state, theme, None, caption, buffer);
    }
    if let Some(area) = panes.divider {
        rule(theme, area, buffer);
    }
    if let Some((pane, name)) = panes.original {
        preview::draw_original_name(state, theme, pane, name, buffer);
    }
    match (panes.picture, panes.caption) {
        (Some(picture), Some(caption)) => preview::draw(state, theme, picture, caption, buffer),
        (None, Some(caption)) if panes.sheet.is_none() => {
            preview::draw_caption(state, theme, None, caption, buffer);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
