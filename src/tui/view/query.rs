//! The query line, and below it the line for messages and hints.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::download;
use super::parts::rule;
use super::theme::Theme;
use crate::base::escape;
use crate::query::{Sort, misread, unread_in_words};
use crate::tui::app::keymap::Action;
use crate::tui::app::message::Shown;
use crate::tui::app::reading::{Fault, Meaning};
use crate::tui::app::state::State;
use crate::tui::app::texts;
use crate::tui::display::{self, counted};

const PROMPT: &str = "> ";
/// What stands in place of an empty query.
const INVITATION: &str = "what is in the picture?";

/// Draws the prompt and the query, or what the results are similar to. Returns the position of the cursor.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Position {
    buffer.set_string(area.x, area.y, PROMPT, theme.accent);
    if state.beneath_marked.is_some() {
        let text = counted(state.marked.len(), "marked picture");
        let start = area.x + PROMPT.len() as u16;
        buffer.set_stringn(start, area.y, text, usize::from(area.right() - start), theme.strong);
        return Position { x: area.x, y: area.y };
    }
    if state.look_alikes.is_some() {
        let start = area.x + PROMPT.len() as u16;
        let text = look_alikes_in_words(state);
        buffer.set_stringn(start, area.y, text, usize::from(area.right() - start), theme.strong);
        return Position { x: area.x, y: area.y };
    }
    if let Some(similar) = state.similar_to.last() {
        let start = area.x + PROMPT.len() as u16;
        let width = usize::from(area.right() - start);
        let text = match similar.pictures.as_slice() {
            [(_, path)] => format!("like {}", escape::path(path)),
            many => format!("like {}", counted(many.len(), "picture")),
        };
        let (x, _) =
            buffer.set_stringn(start, area.y, display::truncate_middle(&text, width), width, theme.strong);
        let room = usize::from(area.right().saturating_sub(x));
        let way_back = state.keys.label_in(Action::Back, state.situation());
        if let Some(words) = way_back.map(|key| format!("   {key} goes back")).filter(|it| it.width() <= room)
        {
            buffer.set_stringn(x, area.y, words, room, theme.quiet);
        }
        return Position { x: area.x, y: area.y };
    }
    let start = area.x + PROMPT.len() as u16;
    let width = usize::from(area.right() - start);
    let (shown, column) = state.query.window(width);
    if state.query.text().is_empty() {
        buffer.set_stringn(start, area.y, INVITATION, width, theme.quiet);
    } else {
        buffer.set_stringn(start, area.y, &state.query.text()[shown.clone()], width, Style::new());
        if let Some(fault) = &state.reading.fault {
            underline(state.query.text(), &shown, fault, theme, Rect { x: start, ..area }, buffer);
        }
    }
    Position { x: start + column as u16, y: area.y }
}

/// Whether the results are those of the query.
fn asks_query(state: &State) -> bool {
    state.similar_to.is_empty() && state.look_alikes.is_none()
}

/// What the view of look-alikes shows.
fn look_alikes_in_words(state: &State) -> String {
    if state.results.pending() {
        return "look-alikes".to_owned();
    }
    let (groups, pictures) = state.results.folding.counts();
    format!("look-alikes: {} of {}, the best first", counted(groups, "group"), counted(pictures, "picture"))
}

/// Underlines the part of the query that is wrong or unfinished, as far as it is shown.
fn underline(
    text: &str,
    shown: &Range<usize>,
    fault: &Fault,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (from, until) = (fault.span.start.max(shown.start), fault.span.end.min(shown.end));
    let (Some(before), Some(part)) = (text.get(shown.start..from), text.get(from..until)) else { return };
    let columns = |text: &str| u16::try_from(text.width()).unwrap_or(u16::MAX);
    let x = area.x.saturating_add(columns(before));
    let width = columns(part).min(area.right().saturating_sub(x));
    let style = if fault.is_wrong { theme.error } else { Style::new() };
    buffer.set_style(Rect { x, width, height: 1, ..area }, style.add_modifier(Modifier::UNDERLINED));
}

/// Draws the message; without one, how far the download of the model is, what is wrong with the query, or a hint on it, or
/// which pictures its numbers stand for; without that, a rule. While there are no results, their pane has the error instead.
pub(super) fn draw_message(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let has_results = !state.results.hits.is_empty();
    let order = order_in_words(state);
    let fault = state.reading.fault.as_ref().filter(|_| asks_query(state));
    let found;
    let (text, style) = match (state.message.shown(), &state.download, fault) {
        (Shown::Notice { text, .. }, ..) => (text.as_str(), theme.accent),
        (Shown::Failed(failure), ..) if has_results => (failure.reason(), theme.error),
        (_, Some(known), _) => return download::draw_progress(known, state, theme, area, buffer),
        (_, _, Some(fault)) if fault.is_wrong => (fault.words.as_str(), theme.error),
        (_, _, Some(fault)) => (fault.words.as_str(), theme.quiet),
        _ if order.is_some() => (order.as_deref().unwrap_or_default(), theme.quiet),
        _ => {
            let told = texts::told(state).map(|count| {
                let key = state.keys.label_in(Action::ShowText, state.situation());
                Cow::Owned(texts::in_words(count, key.as_deref()))
            });
            found = told
                .or_else(|| hint(state.query.text(), state.reading.unread(), state.knows_languages))
                .or_else(|| state.reading.bound_in_words().map(Cow::Owned))
                .filter(|_| has_results && asks_query(state));
            match &found {
                Some(hint) => (hint.as_ref(), theme.quiet),
                None => return rule(theme, area, buffer),
            }
        }
    };
    let text = display::truncate_end(&escape::text(text), usize::from(area.width));
    buffer.set_string(area.x, area.y, text, style);
}

/// What an order does to results that are found by meaning; `None` where there is none, or all pictures are listed in it.
fn order_in_words(state: &State) -> Option<String> {
    let results = &state.results;
    let sort = results.asked_narrowing.sort.filter(|sort| *sort != Sort::Score)?;
    let is_found = results.asked_meaning != Meaning::Newest && asks_query(state);
    let count = results.hits.len();
    (is_found && count > 0).then(|| format!("the {count} best by meaning, by {}", sort.as_str()))
}

/// A hint on a query that is not likely to find what the user means.
fn hint(query: &str, unread: Option<&str>, knows_languages: bool) -> Option<Cow<'static, str>> {
    if let Some(misread) = misread(query) {
        return Some(misread.words.into());
    }
    let letters = query.chars().filter(|c| c.is_alphabetic()).count();
    let foreign = query.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
    let words = if query.trim().is_empty() {
        return None;
    } else if !query.chars().any(char::is_alphanumeric) {
        "no word to look for: describe what is in the picture"
    } else if let Some(rest) = unread {
        return Some(unread_in_words(rest).into());
    } else if foreign * 2 > letters && !knows_languages {
        "most CLIP models know English best"
    } else {
        return None;
    };
    Some(words.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_odd_queries_get_a_hint() {
        for fine in ["", "  ", "red car", "café au lait", "3 dogs", "東"] {
            assert_eq!(hint(fine, None, false).is_some(), fine == "東", "{fine}");
            assert_eq!(hint(fine, None, true), None, "{fine}");
        }
        assert!(hint("?!", None, true).unwrap().contains("no word"));
        assert!(hint("a long text", Some("text"), true).unwrap().contains("'text' does not count"));
        assert!(hint("dogs date:2024", None, true).unwrap().contains("did you mean on?"));
    }
}
