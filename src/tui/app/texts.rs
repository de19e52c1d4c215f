//! The text in pictures: which of them have the query in theirs, and the text of the selected one.

use super::effect::Effect;
use super::known_texts::Texts;
use super::message::Shown;
use super::query_line::QueryLine;
use super::reading::Meaning;
use super::results::is_listed_only;
use super::state::State;
use crate::library::{ReadReport, TextNews};
use crate::query::{Test, misread};
use crate::tui::details::{self, ScrolledText};
use crate::tui::display::{counted, thousands};

/// Asks how many pictures have the query in their text, once there are results of a text and nothing else.
pub(super) fn count(state: &State, effects: &mut Vec<Effect>) {
    if let Some(text) = plain_text(state) {
        effects.push(Effect::CountTexts { generation: state.results.asked, text: text.to_owned() });
    }
}

/// Takes in how many pictures have the query in their text.
pub(super) fn note_count(state: &mut State, generation: u64, count: usize) {
    state.texts.matches = Some((generation, count));
}

/// The text that the last question was about, if about nothing else.
fn plain_text(state: &State) -> Option<&str> {
    let results = &state.results;
    let is_alone = results.asked_narrowing.filters.is_empty()
        && results.asked_similar.is_none()
        && !results.asked_look_alikes
        && state.beneath_marked.is_none();
    match &results.asked_meaning {
        Meaning::Text(text) if is_alone => Some(text),
        _ => None,
    }
}

/// The number of pictures that have the query in their text, if that is told below the query: nothing else is.
pub(crate) fn told(state: &State) -> Option<usize> {
    let (generation, count) = state.texts.matches?;
    let is_free = *state.message.shown() == Shown::Nothing
        && state.download.is_none()
        && state.reading.fault.is_none()
        && state.results.asked_narrowing.sort.is_none()
        && !state.results.hits.is_empty()
        && misread(state.query.text()).is_none();
    (is_free && count > 0 && generation == state.results.asked && plain_text(state).is_some())
        .then_some(count)
}

/// The line that tells so. `key` shows these pictures.
pub(crate) fn in_words(count: usize, key: Option<&str>) -> String {
    let (verb, them) = if count == 1 { ("contains", "it") } else { ("contain", "them") };
    let shows = match key {
        Some(key) => format!("{key} or a click shows {them}"),
        None => format!("a click shows {them}"),
    };
    format!("{} {verb} this text: {shows}", counted(count, "picture"))
}

/// Has the query ask for the pictures with this text in them; if it does so already, for what looks like it again.
pub(super) fn show(state: &mut State) {
    let filters = &state.reading.narrowing.filters;
    match (&state.reading.meaning, filters.as_slice()) {
        (Meaning::Newest, [filter]) if !filter.negated => {
            if let Test::Text(text) = &filter.test {
                let text = text.clone();
                state.query = QueryLine::new(&text);
            }
        }
        (Meaning::Text(text), []) => {
            let filter = Test::Text(text.clone()).to_string();
            state.query = QueryLine::new(&filter);
        }
        _ => state.message.notify("type what is written in the picture, and nothing else"),
    }
}

/// Takes in news of the reading.
pub(super) fn take_news(state: &mut State, news: TextNews, effects: &mut Vec<Effect>) {
    let is_new = match news {
        TextNews::Reading(report, total) => {
            let done = report.done();
            let before = state.texts.reading.replace((done, total)).map_or(0, |(done, _)| done);
            done > before
        }
        TextNews::Finished(ReadReport { with_text, .. }) => {
            state.texts.reading = None;
            state.texts.failed = None;
            with_text > 0
        }
        TextNews::Failed(reason) => {
            (state.texts.reading, state.texts.failed) = (None, Some(reason));
            false
        }
    };
    if !is_new {
        return;
    }
    // The text of the selected picture may be there by now.
    state.texts.wanted = None;
    let asks = |filter: &crate::query::Filter| matches!(filter.test, Test::Text(_));
    if state.results.asked_narrowing.filters.iter().any(asks) {
        effects.push(Effect::AnswerAgain);
    } else if !state.results.pending() {
        count(state, effects);
    }
}

/// How far the reading is, in words for the status line.
pub(crate) fn progress_in_words(texts: &Texts) -> Option<String> {
    let (done, total) = texts.reading?;
    Some(format!("reading text in pictures {}/{}", thousands(done), thousands(total)))
}

/// Asks for the text of the selected picture, if its details are shown and another was asked for last.
pub(super) fn request(state: &mut State, effects: &mut Vec<Effect>) {
    let hit = state.results.selected_hit().filter(|_| state.details.visible);
    let id = hit.map(|hit| hit.id).filter(|id| !is_listed_only(*id));
    if id == state.texts.wanted {
        return;
    }
    effects.extend(id.map(Effect::ReadText));
    state.texts.wanted = id;
    if state.texts.known.as_ref().map(|(id, _)| *id) != id {
        state.texts.first = 0;
    }
}

/// Takes in the text of a picture.
pub(super) fn receive(state: &mut State, id: i64, text: Option<String>) {
    state.texts.known = text.map(|text| (id, text));
}

/// Scrolls the text of the selected picture among its details, if it is longer than what is shown of it. Returns whether
/// there is such a text.
pub(super) fn scroll(state: &mut State, lines: isize) -> bool {
    let width = state.panes().and_then(|panes| panes.caption).map(|caption| caption.width);
    let (Some(width), Some(hit)) = (width.filter(|_| state.details.visible), state.results.selected_hit())
    else {
        return false;
    };
    let Some(ScrolledText { text, .. }) = state.texts.of(hit.id) else { return false };
    let last = details::last_scroll(text, width.into());
    state.texts.first = state.texts.first.min(last).saturating_add_signed(lines).min(last);
    last > 0
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    use ratatui::layout::Size;

    use super::*;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{browser_of, ctrl, press, type_in};
    use crate::tui::app::update::update;

    /// A browser whose results answer this query.
    fn browser(query: &str) -> State {
        let mut state = browser_of(Size { width: 100, height: 30 }, 9);
        type_in(&mut state, query);
        answer(&mut state);
        state
    }

    fn answer(state: &mut State) -> Vec<Effect> {
        let (generation, hits) = (state.results.asked, state.results.hits.clone());
        update(state, Event::Answered { generation, hits, pictures: 9, at: Instant::now() })
    }

    fn alt(state: &mut State, key: KeyCode) {
        update(state, Event::Key(KeyEvent::new(key, KeyModifiers::ALT), Instant::now()));
    }

    fn counted(state: &mut State, count: usize) {
        let generation = state.results.asked;
        update(state, Event::TextsCounted { generation, count });
    }

    #[test]
    fn a_plain_query_is_counted_and_a_key_shows_the_pictures_and_the_results_again() {
        let mut state = browser("boarding pass");
        let asks =
            |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::CountTexts { .. }));
        assert!(asks(&answer(&mut state)));
        assert_eq!(told(&state), None);
        counted(&mut state, 3);
        assert_eq!(told(&state), Some(3));
        assert_eq!(in_words(3, Some("F7")), "3 pictures contain this text: F7 or a click shows them");
        press(&mut state, KeyCode::F(7));
        assert_eq!(state.query.text(), "text:\"boarding pass\"");
        assert!(!asks(&answer(&mut state)) && told(&state).is_none());
        press(&mut state, KeyCode::F(7));
        assert_eq!(state.query.text(), "boarding pass");
        // A click on the line does the same.
        answer(&mut state);
        counted(&mut state, 1);
        let message = state.panes().unwrap().message;
        let kind = MouseEventKind::Down(MouseButton::Left);
        let mouse = MouseEvent { kind, column: 3, row: message.y, modifiers: KeyModifiers::NONE };
        update(&mut state, Event::Mouse(mouse, Instant::now()));
        assert_eq!(state.query.text(), "text:\"boarding pass\"");
    }

    #[test]
    fn an_old_count_and_one_of_nothing_are_not_told() {
        let mut state = browser("gate");
        counted(&mut state, 0);
        assert_eq!(told(&state), None);
        counted(&mut state, 2);
        type_in(&mut state, "s");
        assert_eq!(told(&state), None, "it was about another query");
        for query in ["a boat - night", "gate in:x", "@1"] {
            let mut state = browser(query);
            counted(&mut state, 2);
            assert_eq!(told(&state), None, "{query}");
            let before = state.query.text().to_owned();
            press(&mut state, KeyCode::F(7));
            assert_eq!(state.query.text(), before);
        }
    }

    #[test]
    fn the_text_of_the_selected_picture_is_asked_for_with_its_details_and_scrolls() {
        let mut state = browser("gate");
        let asked = |effects: &[Effect]| {
            effects.iter().find_map(|effect| match effect {
                Effect::ReadText(id) => Some(*id),
                _ => None,
            })
        };
        let id = asked(&ctrl(&mut state, 't')).unwrap();
        let text = (1..=9).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
        update(&mut state, Event::PictureText { id, text: Some(text.clone()) });
        let first = |state: &State| state.texts.of(id).unwrap().first;
        for (key, expected) in [(KeyCode::Down, 1), (KeyCode::Down, 2), (KeyCode::Up, 1)] {
            alt(&mut state, key);
            assert_eq!(first(&state), expected);
        }
        for _ in 0..9 {
            alt(&mut state, KeyCode::Down);
        }
        assert_eq!(first(&state), 5, "the last four lines");
        assert_ne!(asked(&press(&mut state, KeyCode::Down)), Some(id));
        assert!(state.texts.of(id + 1).is_none() && state.texts.first == 0);
    }

    #[test]
    fn what_is_read_meanwhile_is_found_at_once() {
        let mut state = browser("text:gate");
        let report = |with_text| ReadReport { with_text, ..ReadReport::default() };
        assert!(update(&mut state, Event::Texts(TextNews::Reading(report(0), 9))).is_empty());
        assert_eq!(progress_in_words(&state.texts).unwrap(), "reading text in pictures 0/9");
        let effects = update(&mut state, Event::Texts(TextNews::Reading(report(4), 9)));
        assert!(effects.contains(&Effect::AnswerAgain), "{effects:?}");
        let effects = update(&mut state, Event::Texts(TextNews::Finished(report(9))));
        assert!(effects.contains(&Effect::AnswerAgain) && state.texts.reading.is_none());
        assert!(update(&mut state, Event::Texts(TextNews::Finished(report(0)))).is_empty());
        update(&mut state, Event::Texts(TextNews::Failed("no tesseract".into())));
        assert_eq!(state.texts.failed.as_deref(), Some("no tesseract"));
        let mut state = browser("gate");
        let effects = update(&mut state, Event::Texts(TextNews::Finished(report(1))));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::CountTexts { .. })));
    }
}
