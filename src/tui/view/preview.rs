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
use crate::tui::{details, display};

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

/// Draws the picture that the results are similar to, around the box over the results, which covers `covered`.
pub(super) fn draw_original(state: &State, pane: Rect, covered: Option<Rect>, buffer: &mut Buffer) {
    if let Some((_, PreviewContent::Picture { drawn, .. })) = &state.original.shown {
        place(drawn, pane, covered, buffer);
    }
}

/// Draws the name of the picture that the results are similar to, and the reason why it is not shown if it can't be.
pub(super) fn draw_original_name(state: &State, theme: &Theme, pane: Rect, name: Rect, buffer: &mut Buffer) {
    let (Some(path), Some(similar)) = (state.original_path(), state.similar_to.last()) else { return };
    if let Some((_, PreviewContent::Unreadable(reason))) = &state.original.shown {
        centred_text(&escape::text(reason), theme.error, pane, buffer);
    }
    let count = similar.pictures.len();
    let heading = if count == 1 { "original".to_owned() } else { format!("the first of {count} originals") };
    let width = usize::from(name.width);
    let shown = display::caption(path, width.saturating_sub(heading.width() + 2));
    let text = display::truncate_end(&format!("{heading}  {shown}"), width);
    let indent = (width - text.width()) / 2;
    buffer.set_stringn(name.x + indent as u16, name.y, text, width - indent, theme.quiet);
}

/// Draws everything that is known about the selected picture, as far as there is room.
fn draw_details(state: &State, theme: &Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    let path = state.root.join(&hit.path);
    let known = state.details.known.as_ref().filter(|(of, _)| *of == path).map(|(_, metadata)| metadata);
    let (about, text) = ((hit.score, state.details.words_of(hit.id)), state.texts.of(hit.id));
    let lines = details::lines(&path, known, about, text, area.width.into());
    for (y, (name, text)) in (area.y..area.bottom()).zip(lines) {
        let name = format!("{name:<width$}", width = details::NAMES);
        let (x, _) = buffer.set_stringn(area.x, y, name, area.width.into(), theme.quiet);
        buffer.set_stringn(x, y, text, usize::from(area.right().saturating_sub(x)), Style::new());
    }
}
