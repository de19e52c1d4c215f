//! The question before pictures go to the trash.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::display::{self, counted};

/// Draws the question about these pictures, given by id and absolute path. Returns what the box covers.
pub(super) fn draw(pictures: &[(i64, PathBuf)], theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Rect {
    let what = match pictures {
        [(_, path)] => escape::path(path.file_name().map_or(path, Path::new)),
        many => counted(many.len(), "marked picture"),
    };
    let width = usize::from(screen.width.saturating_sub(6));
    let lines = vec![
        Line::styled(display::truncate_middle(&what, width), theme.strong),
        Line::from(vec![
            Span::styled("y", theme.strong),
            Span::raw(" yes   "),
            Span::styled("any other key", theme.strong),
            Span::raw(" no"),
        ]),
    ];
    Popup::draw_lines(lines, 0, " move to the trash? ", theme, screen, buffer)
}
