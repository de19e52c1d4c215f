//! The download of the model: how far it is, and the box that says why it failed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::parts::bar;
use super::popup::Popup;
use super::theme::Theme;
use crate::base::escape;
use crate::tui::app::download::{Download, Step};
use crate::tui::app::keymap::Action;
use crate::tui::app::state::State;
use crate::tui::display::{self, duration};

/// The widest bar in columns.
const WIDEST_BAR: usize = 40;
/// The narrowest bar that is worth its place.
const NARROWEST_BAR: usize = 8;
/// The widest text of the box in columns; longer lines are hard to read.
const WIDEST_TEXT: usize = 72;
const BETWEEN: &str = "  ";

/// Draws how far the download is into one row: words, a bar while bytes arrive, figures.
pub(super) fn draw_progress(
    download: &Download,
    state: &State,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let width = usize::from(area.width);
    let style = if download.has_failed() { theme.error } else { theme.accent };
    let mut parts = vec![(words(&download.step, state), style)];
    if let Step::Receiving { received, total, .. } = &download.step {
        let (words, figures) = shorten(download, &parts[0].0, amount(*received, *total), width);
        let taken = words.width() + figures.width() + 2 * BETWEEN.len();
        let columns = width.saturating_sub(taken).min(WIDEST_BAR);
        parts = vec![(words, style)];
        if columns >= NARROWEST_BAR {
            let fraction = if *total == 0 { 0.0 } else { *received as f32 / *total as f32 };
            parts.push((bar(fraction, columns), theme.accent));
        }
        parts.push((figures, Style::new()));
    }
    let mut x = area.x;
    for (at, (text, style)) in parts.iter().enumerate() {
        let gap = if at == 0 { "" } else { BETWEEN };
        let room = usize::from(area.right().saturating_sub(x)).saturating_sub(gap.len());
        x += gap.len() as u16;
        (x, _) = buffer.set_stringn(x, area.y, display::truncate_end(text, room), room, *style);
    }
}

/// The words and figures on a file that fit into `width` columns: with its name and the speed, with the speed, or with
/// neither.
fn shorten(download: &Download, words: &str, amount: String, width: usize) -> (String, String) {
    const SHORT: &str = "downloading";
    let full = match speed(download) {
        Some(speed) => format!("{amount}{BETWEEN}{speed}"),
        None => amount.clone(),
    };
    let fits = |words: &str| words.width() + BETWEEN.len() + full.width() <= width;
    match [words, SHORT].into_iter().find(|words| fits(words)) {
        Some(words) => (words.to_owned(), full),
        None => (SHORT.to_owned(), amount),
    }
}

/// What is going on, in words.
fn words(step: &Step, state: &State) -> String {
    let file = |file: &str| escape::text(file);
    match step {
        Step::Starting => "asking for the model".to_owned(),
        Step::Receiving { file: name, .. } => format!("downloading {}", file(name)),
        Step::Checking { file: name } => format!("checking {}", file(name)),
        Step::Waiting { file: name } => {
            format!("waiting for another program that is downloading {}", file(name))
        }
        Step::Retrying { file: name, reason, wait } => {
            format!("{}: {}; trying again in {:.1} s", file(name), escape::text(reason), wait.as_secs_f32())
        }
        Step::Preparing => "the model is here: getting it ready".to_owned(),
        Step::Failed { .. } => match state.keys.label(Action::Retry) {
            Some(key) => format!("no model: {key} tries again"),
            None => "no model".to_owned(),
        },
    }
}

/// Bytes that are here and those of the whole file: `123 of 605 MB`.
fn amount(received: u64, total: u64) -> String {
    let (unit, digits, name) = match total {
        0..1_000_000 => (1e3, 0, "kB"),
        1_000_000..100_000_000 => (1e6, 1, "MB"),
        _ => (1e6, 0, "MB"),
    };
    format!("{:.digits$} of {:.digits$} {name}", received as f64 / unit, total as f64 / unit)
}

/// Bytes a second, and the time that the rest takes; none while that is not known.
fn speed(download: &Download) -> Option<String> {
    let rate = download.rate()?;
    let rate = if rate < 1e6 { format!("{:.0} kB/s", rate / 1e3) } else { format!("{:.1} MB/s", rate / 1e6) };
    let left = download.remaining().map(|remaining| format!("{} left", duration(remaining)));
    Some([Some(rate), left].into_iter().flatten().collect::<Vec<_>>().join(BETWEEN))
}

/// Draws the box that says why there is no model, and what can be done. Returns what the box covers.
pub(super) fn draw_failure(state: &State, theme: &Theme, screen: Rect, buffer: &mut Buffer) -> Option<Rect> {
    let Some(Download { step: Step::Failed { reason }, .. }) = &state.download else { return None };
    let width = usize::from(screen.width.saturating_sub(6)).min(WIDEST_TEXT);
    // On a small screen, the end is missing: it is told again when the browser is left.
    let room = usize::from(screen.height).saturating_sub(4);
    let text = display::wrap_within(&escape::text(reason), width, room);
    let mut lines: Vec<Line> = text.into_iter().map(Line::from).collect();
    lines.push(Line::default());
    let key = |name: &str| Span::styled(name.to_owned(), theme.strong);
    let mut keys = vec![key("enter"), Span::raw(" try again   "), key("esc"), Span::raw(" close")];
    if let Some(leave) = state.keys.label(Action::Leave) {
        keys.extend([Span::raw("   "), key(&leave), Span::raw(" leave")]);
    }
    lines.push(Line::from(keys));
    let last = lines.len() - 1;
    Some(Popup::draw_lines(lines, last, " no model ", theme, screen, buffer))
}
