//! The selected picture with its caption or details.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::parts::centred_text;
use super::placement::{fits, place};
use super::theme::Theme;
use crate::base::escape;
use crate::library::Hit;
use crate::tui::app::preview::PreviewContent;
use crate::tui::app::state::State;
use crate::tui::app::zoom;
use crate::tui::display;

/// Draws the caption, and the reason why there is no picture if there is none.
pub(super) fn draw(state: &State, theme: &Theme, picture: Rect, caption: Rect, buffer: &mut Buffer) {
    let mut size = None;
    match &state.preview.shown {
        Some((_, PreviewContent::Picture { drawn, .. })) if !fits(drawn.0.size(), picture) => {}
        Some((key, PreviewContent::Picture { width, height, .. })) => {
            let is_wanted = state.preview.wanted.as_ref().is_some_and(|wanted| wanted.path == key.path);
            size = is_wanted.then_some((*width, *height));
        }
        Some((_, PreviewContent::Unreadable(reason))) => {
            centred_text(&escape::text(reason), theme.error, picture, buffer);
        }
        None => {}
    }
    draw_caption(state, theme, size, caption, buffer);
}

/// Draws the picture around the box over the results, which covers `covered`. A picture that was made for another size is not
/// shown: the right one is under way.
pub(super) fn draw_picture(state: &State, pane: Rect, covered: Option<Rect>, buffer: &mut Buffer) {
    // The whole picture stays until the part that is looked at is there.
    let part = state.zoomed.shown.as_ref().and_then(|(_, content)| match content {
        PreviewContent::Picture { drawn, .. } if fits(drawn.0.size(), pane) => Some(drawn),
        _ => None,
    });
    if let Some(drawn) = part {
        place(drawn, pane, covered, buffer);
    } else if let Some((_, PreviewContent::Picture { drawn, .. })) = &state.preview.shown {
        place(drawn, pane, covered, buffer);
    }
}

/// Draws the path of the selected picture, its size in pixels, if known, and its score; or its details.
pub(super) fn draw_caption(
    state: &State,
    theme: &Theme,
    size: Option<(u32, u32)>,
    caption: Rect,
    buffer: &mut Buffer,
) {
    let Some(hit) = state.results.selected_hit() else { return };
    if state.details.visible {
        return draw_details(state, theme, hit, caption, buffer);
    }
    let mut below: Vec<String> =
        size.map(|(width, height)| format!("{width} x {height}")).into_iter().collect();
    below.extend(zoom::in_words(state));
    below.extend(hit.score.map(|score| format!("score {}", display::score(score, 3))));
    let width = usize::from(caption.width);
    let name = display::truncate_start(&escape::path(&hit.path), width);
    let below = display::truncate_end(&below.join("  "), width);
    for (y, text, style) in [(caption.y, name, Style::new()), (caption.y + 1, below, theme.quiet)] {
        let indent = (width - text.width()) / 2;
        buffer.set_stringn(caption.x + indent as u16, y, text, width - indent, style);
    }
}

/// Draws everything that is known about the selected picture, as far as there is room.
fn draw_details(state: &State, theme: &Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    let mut rows = vec![("path", escape::path(&state.root.join(&hit.path)))];
    rows.extend(hit.score.map(|score| ("score", display::score(score, 3))));
    let known = state.details.known.as_ref().filter(|(path, _)| *path == state.root.join(&hit.path));
    rows.extend(known.into_iter().flat_map(|(_, metadata)| metadata).cloned());
    for (y, (name, value)) in (area.y..area.bottom()).zip(rows) {
        let (x, _) = buffer.set_stringn(area.x, y, format!("{name:<9}"), area.width.into(), theme.quiet);
        let room = usize::from(area.right().saturating_sub(x));
        let value = if name == "path" {
            display::truncate_start(&value, room)
        } else {
            display::truncate_end(&escape::text(&value), room)
        };
        buffer.set_stringn(x, y, value, room, Style::new());
    }
}
