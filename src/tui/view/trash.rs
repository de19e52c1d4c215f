//! The question before pictures go to the trash.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::display::{self, counted, thousands};

/// The number of names, at most, that the question has.
const NAMES: usize = 5;

/// Draws the question about these pictures, given by id and absolute path. Returns what the box covers.
pub(super) fn draw(pictures: &[(i64, PathBuf)], theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Rect {
    let width = usize::from(screen.width.saturating_sub(6));
    let name = |path: &PathBuf| escape::path(path.file_name().map_or(path, Path::new));
    let shown = if pictures.len() <= NAMES { pictures.len() } else { NAMES - 1 };
    let mut lines: Vec<Line> = pictures
        .iter()
        .take(shown)
        .map(|(_, path)| Line::styled(display::truncate_middle(&name(path), width), theme.strong))
        .collect();
    if pictures.len() > shown {
        lines.push(Line::styled(format!("and {} more", thousands(pictures.len() - shown)), theme.strong));
    }
    lines.push(Line::from(vec![
        Span::styled("y", theme.strong),
        Span::raw(" yes   "),
        Span::styled("any other key", theme.strong),
        Span::raw(" no"),
    ]));
    let title = match pictures {
        [_] => " move to the trash? ".to_owned(),
        many => format!(" move {} to the trash? ", counted(many.len(), "picture")),
    };
    // On a low screen the answer counts more than the names.
    let answer = lines.len() - 1;
    Popup::draw_lines(lines, answer, &title, theme, screen, buffer)
}
