//! The selected picture, and below it what it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use ratatui_image::Image;

use crate::library::Hit;
use crate::tui::display;
use crate::tui::state::{Drawn, PreviewContent, State};
use crate::tui::theme::Theme;
use crate::tui::view::words;

/// Draws the picture, centred, or a word in its place; and the caption.
pub fn draw(state: &State, theme: &Theme, picture: Rect, caption: Rect, buffer: &mut Buffer) {
    let mut size = None;
    match &state.preview.shown {
        // One made for another size is left out until the right one is there.
        Some((_, PreviewContent::Picture { drawn, .. })) if !fits(drawn.0.size(), picture) => {}
        Some((key, PreviewContent::Picture { drawn, width, height })) => {
            draw_centred(drawn, picture, buffer);
            if state.preview.wanted.as_ref().is_some_and(|wanted| wanted.path == key.path) {
                size = Some((*width, *height));
            }
        }
        Some((_, PreviewContent::Unreadable(reason))) => {
            words(&display::escaped_text(reason), theme.trouble, picture, buffer);
        }
        None => {}
    }
    draw_caption(state, theme, size, caption, buffer);
}

/// Draws a picture in the middle of a pane that it fits.
pub(super) fn draw_centred(drawn: &Drawn, area: Rect, buffer: &mut Buffer) {
    let size = drawn.0.size();
    if !fits(size, area) {
        return;
    }
    let centred = Rect {
        x: area.x + (area.width - size.width) / 2,
        y: area.y + (area.height - size.height) / 2,
        width: size.width,
        height: size.height,
    };
    Image::new(&drawn.0).render(centred, buffer);
}

/// Draws the selected picture's path, and its size in pixels, if known, and score.
pub(super) fn draw_caption(
    state: &State,
    theme: &Theme,
    size: Option<(u32, u32)>,
    caption: Rect,
    buffer: &mut Buffer,
) {
    let Some(hit) = state.results.selected_hit() else { return };
    if state.details {
        return draw_details(state, theme, hit, caption, buffer);
    }
    let mut facts: Vec<String> =
        size.map(|(width, height)| format!("{width} x {height}")).into_iter().collect();
    facts.extend(hit.score.map(|score| format!("score {score:.3}")));
    let width = usize::from(caption.width);
    let name = display::fit_start(&display::escaped(&hit.path), width);
    let facts = display::fit(&facts.join("  "), width);
    for (y, text, style) in [(caption.y, name, Style::new()), (caption.y + 1, facts, theme.quiet)] {
        let indent = (width - unicode_width::UnicodeWidthStr::width(text.as_str())) / 2;
        buffer.set_stringn(caption.x + indent as u16, y, text, width - indent, style);
    }
}

/// Draws all that is known of the selected picture, as far as there is room.
fn draw_details(state: &State, theme: &Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    let mut rows = vec![("path", display::escaped(&hit.path))];
    rows.extend(hit.score.map(|score| ("score", format!("{score:.3}"))));
    let known = state.facts.as_ref().filter(|(path, _)| *path == state.root.join(&hit.path));
    rows.extend(known.into_iter().flat_map(|(_, facts)| facts).cloned());
    for (y, (name, value)) in (area.y..area.bottom()).zip(rows) {
        let (x, _) = buffer.set_stringn(area.x, y, format!("{name:<9}"), area.width.into(), theme.quiet);
        let room = usize::from(area.right().saturating_sub(x));
        let value = if name == "path" {
            display::fit_start(&value, room)
        } else {
            display::fit(&display::escaped_text(&value), room)
        };
        buffer.set_stringn(x, y, value, room, Style::new());
    }
}

fn fits(size: ratatui::layout::Size, area: Rect) -> bool {
    size.width <= area.width && size.height <= area.height
}
