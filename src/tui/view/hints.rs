//! The line of useful keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use crate::tui::app::hints;
use crate::tui::app::state::State;

/// Draws the keys, each with what it does.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for (place, hint) in hints::placed(state, area) {
        let room = usize::from(place.width);
        let (x, _) = buffer.set_stringn(place.x, place.y, &hint.key, room, theme.strong);
        let room = usize::from(place.right().saturating_sub(x));
        buffer.set_stringn(x, place.y, format!(" {}", hint.words), room, theme.quiet);
    }
}
