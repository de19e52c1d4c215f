//! The status line at the bottom: position, marks, pictures, indexing; on the right the model, the time of the last query, help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
use crate::base::escape;
use crate::library::POLL_INTERVAL;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::keymap::Action;
use crate::tui::app::relevance;
use crate::tui::app::state::State;
use crate::tui::app::texts;
use crate::tui::display::{self, counted, duration, thousands};

const BETWEEN: &str = "  ";

/// Draws the parts on the left, then those on the right that still fit.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x;
    for (text, style) in left(state, theme) {
        let room = usize::from(area.right().saturating_sub(x));
        let text = display::truncate_end(&text, room);
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
    if !state.results.hits.is_empty() {
        let (at, count) = (state.results.selected + 1, state.results.hits.len());
        parts.push((format!("{}/{}", thousands(at), thousands(count)), Style::new()));
    }
    match relevance::count(state) {
        Some(0) => parts.push(("nothing really matches".to_owned(), theme.accent)),
        Some(count) if count < state.results.hits.len() || state.only_relevant => {
            parts.push((format!("{} match", thousands(count)), Style::new()));
        }
        _ => {}
    }
    if !state.marked.is_empty() {
        parts.push((format!("{} marked", thousands(state.marked.len())), theme.marked));
    }
    let folded = state.results.folding.folded();
    if folded > 0 {
        parts.push((format!("{} folded", thousands(folded)), theme.quiet));
    }
    parts.extend(state.pictures.map(|pictures| (counted(pictures, "picture"), theme.quiet)));
    if state.download.is_some() && !state.results.asked_for_newest() {
        parts.push(("the query waits for the model".to_owned(), theme.accent));
    }
    parts.extend(indexing(&state.indexing, theme));
    parts.extend(texts::progress_in_words(&state.texts).map(|text| (text, theme.quiet)));
    let failed = state.texts.failed.as_ref();
    parts.extend(failed.map(|reason| (format!("no text is read: {}", escape::text(reason)), theme.quiet)));
    parts
}

fn indexing(indexing: &Indexing, theme: &Theme) -> Option<(String, Style)> {
    match indexing {
        Indexing::Off => None,
        Indexing::Running { progress, .. } if progress.walking => {
            Some((format!("reading folders: {}", counted(progress.found, "picture")), theme.accent))
        }
        Indexing::Running { progress, .. } if progress.total == 0 => None,
        Indexing::Running { progress, .. } if progress.checking => {
            let (done, total) = (thousands(progress.done), thousands(progress.total));
            Some((format!("looking at what newer rules see otherwise {done}/{total}"), theme.accent))
        }
        Indexing::Running { progress, .. } if progress.facts => {
            let (done, total) = (thousands(progress.done), thousands(progress.total));
            Some((format!("reading dates, cameras and tags {done}/{total}"), theme.accent))
        }
        Indexing::Running { progress, .. } if progress.thumbprints => {
            let (done, total) = (thousands(progress.done), thousands(progress.total));
            Some((format!("looking for copies of pictures {done}/{total}"), theme.accent))
        }
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
        Indexing::Finished(summary) => unreadable(summary.failed).map(|text| (text, theme.quiet)),
        Indexing::Polling { summary, reason } => {
            let unreadable = unreadable(summary.failed).map(|text| text + BETWEEN).unwrap_or_default();
            let (seconds, reason) = (POLL_INTERVAL.as_secs(), escape::text(reason));
            Some((format!("{unreadable}polling for changes every {seconds} s: {reason}"), theme.quiet))
        }
        Indexing::Failed(reason) => Some((format!("indexing failed: {}", escape::text(reason)), theme.error)),
    }
}

fn unreadable(files: usize) -> Option<String> {
    (files > 0).then(|| format!("{} unreadable", thousands(files)))
}

/// The parts on the right, the rightmost first.
fn right(state: &State) -> Vec<String> {
    let has_keys = state.panes().is_some_and(|panes| panes.keys.is_some());
    let help = state.keys.label_in(Action::Help, state.situation()).filter(|_| !has_keys);
    let mut parts: Vec<String> = help.map(|key| format!("{key} help")).into_iter().collect();
    parts.extend(state.results.took.map(|took| format!("{} ms", thousands(took.as_millis() as usize))));
    parts.push(display::truncate_start(&escape::text(&state.model), 40));
    parts
}
