//! The bottom line: pictures, indexing, marks; model, time of the last query, help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

use crate::tui::display::{self, counted, thousands};
use crate::tui::state::{Indexing, State};
use crate::tui::theme::Theme;

const BETWEEN: &str = "  ";

/// Draws the parts that fit: the left ones first, then those on the right.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x;
    for (text, style) in left(state, theme) {
        let room = usize::from(area.right().saturating_sub(x));
        let text = display::fit(&text, room);
        (x, _) = buffer.set_stringn(x, area.y, &text, room, style);
        (x, _) = buffer.set_stringn(x, area.y, BETWEEN, usize::from(area.right().saturating_sub(x)), style);
    }
    let mut end = area.right();
    for text in right(state) {
        let Ok(width) = u16::try_from(text.width()) else { continue };
        if x + width > end {
            continue;
        }
        end -= width;
        buffer.set_string(end, area.y, &text, theme.quiet);
        end = end.saturating_sub(BETWEEN.len() as u16);
    }
}

fn left(state: &State, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = Vec::new();
    parts.extend(state.notice.as_ref().map(|notice| (display::escaped_text(notice), theme.accent)));
    if !state.marked.is_empty() {
        parts.push((format!("{} marked", thousands(state.marked.len())), theme.marked));
    }
    parts.extend(state.pictures.map(|pictures| (counted(pictures, "picture"), theme.quiet)));
    parts.extend(indexing(&state.indexing, theme));
    parts
}

fn indexing(indexing: &Indexing, theme: &Theme) -> Option<(String, Style)> {
    match indexing {
        Indexing::Off => None,
        Indexing::Running { progress, .. } if progress.walking => {
            Some((format!("looking at files: {}", thousands(progress.found)), theme.accent))
        }
        Indexing::Running { progress, .. } if progress.total == 0 => None,
        Indexing::Running { progress, .. } => {
            let mut text = format!("indexing {}/{}", thousands(progress.done), thousands(progress.total));
            if let Some(rate) = indexing.rate() {
                text.push_str(&format!("  {rate:.0}/s"));
            }
            if let Some(remaining) = indexing.remaining() {
                text.push_str(&format!("  {} left", duration(remaining)));
            }
            Some((text, theme.accent))
        }
        Indexing::Finished(summary) if summary.failed > 0 => {
            Some((format!("{} unreadable", thousands(summary.failed)), theme.quiet))
        }
        Indexing::Finished(_) => None,
        Indexing::Failed(reason) => {
            Some((format!("indexing: {}", display::escaped_text(reason)), theme.trouble))
        }
    }
}

/// The rightmost first.
fn right(state: &State) -> Vec<String> {
    let mut parts = vec!["F1 help".to_owned()];
    parts.extend(state.results.took.map(|took| format!("{} ms", thousands(took.as_millis() as usize))));
    parts.push(display::fit_start(&display::escaped_text(&state.model), 40));
    parts
}

/// `40 s`, `12 min`, `3 h 05 min`.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let texts = [5, 59, 61, 3599, 11_100].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(texts, ["5 s", "59 s", "2 min", "60 min", "3 h 05 min"]);
    }
}
