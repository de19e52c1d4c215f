//! Refining a query by pictures: results become more like these, or less.
//!
//! This is Rocchio's relevance feedback ([`RIGHT_WEIGHT`](crate::library::RIGHT_WEIGHT) has more on it). Each mark is a term of the query, so that the user
//! sees it and can change it.

use std::path::{Path, PathBuf};

use super::keymap::Action;
use super::query_draft::{Draft, Outcome};
use super::query_line::QueryLine;
use super::query_steps::Kind;
use super::results::is_listed_only;
use super::state::State;
use super::{marked_view, marking};
use crate::base::escape;
use crate::query::{self, Options, Sign};
use crate::tui::display::counted;

/// Adds the marked pictures, or else the selected one, to the query, so that results become more like them, or less. A
/// picture that is in the query already counts twice as much, or changes its sign.
pub(crate) fn refine(state: &mut State, sign: Sign) {
    let pictures = state.targets();
    if pictures.is_empty() {
        return;
    }
    if pictures.iter().any(|(id, _)| is_listed_only(*id)) {
        state.message.notify("refining needs the model, and the pictures indexed");
        return;
    }
    marked_view::close(state);
    if let Some(fault) = &state.reading.fault {
        let words = format!("the query has to be right first: {}", fault.words);
        state.message.notify(words);
        return;
    }
    let Some(mut draft) = Draft::of(state) else { return };
    let outcomes: Vec<Outcome> = pictures.iter().map(|picture| draft.add(state, picture, sign)).collect();
    let text = draft.written();
    let query = QueryLine::new(&text);
    if query.text() != text || query::read(&text, Options { numbered_results: true }).is_err() {
        state.message.notify("the query would be too long: take something out of it");
        return;
    }
    let selected = state.results.selected_hit().map(|hit| hit.id);
    let before = state.reading.bindings().clone();
    let kind = Kind::Refinement { after: text.clone(), selected };
    state.query_steps.note(state.query.text(), &before, &text, kind);
    state.similar_to.clear();
    state.query = query;
    state.reading.bind_next(draft.bindings());
    state.reading.read(&text, &state.results.hits);
    let were_marked = !state.marked.is_empty();
    if were_marked {
        marking::clear(state);
    }
    let mut words = in_words(state, &pictures, &outcomes, sign);
    if let Some(key) = state.keys.label(Action::Unmark).filter(|_| were_marked) {
        words = format!("{words}; {key} marks again");
    }
    state.message.notify(words);
}

/// What was done, and how it is taken back.
fn in_words(state: &State, pictures: &[(i64, PathBuf)], outcomes: &[Outcome], sign: Sign) -> String {
    let done = match sign {
        Sign::Plus => "more like",
        Sign::Minus => "less like",
    };
    let of = match pictures {
        [(_, path)] => path.file_name().map_or_else(String::new, |name| escape::path(Path::new(name))),
        many => counted(many.len(), "picture"),
    };
    let how = match outcomes {
        [Outcome::Strengthened] => ", twice as much",
        [Outcome::Turned] => " now",
        _ => "",
    };
    let back = state.keys.label(Action::Back);
    let back = back.map_or_else(String::new, |key| format!(" ({key} takes it back)"));
    format!("{done} {of}{how}{back}")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crossterm::event::KeyCode;
    use ratatui::layout::Size;

    use super::super::query_draft::lasting_text;
    use super::*;
    use crate::library::{Hit, RIGHT_WEIGHT, WRONG_WEIGHT};
    use crate::tui::app::effect::Effect;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{alt, browser_of, ctrl, press, type_in};
    use crate::tui::app::message::Shown;
    use crate::tui::app::reading::{AskedSubject, AskedTerm};
    use crate::tui::app::update::update;

    /// A browser whose query is answered by the pictures with these ids.
    fn browser(query: &str, ids: impl IntoIterator<Item = i64>) -> State {
        let mut state = browser_of(Size { width: 100, height: 30 }, 3);
        type_in(&mut state, query);
        answer(&mut state, ids);
        state
    }

    fn answer(state: &mut State, ids: impl IntoIterator<Item = i64>) {
        let hit = |id: i64| Hit { id, path: format!("{id}.jpg").into(), score: Some(0.5) };
        let hits: Vec<Hit> = ids.into_iter().map(hit).collect();
        let (generation, pictures) = (state.results.asked, hits.len());
        update(state, Event::Answered { generation, hits, pictures, at: Instant::now() });
    }

    /// The terms that are asked for.
    fn asked(effects: &[Effect]) -> Vec<(char, f32, AskedSubject)> {
        let terms = effects.iter().find_map(|effect| match effect {
            Effect::EmbedTerms { terms, .. } => Some(terms.as_slice()),
            _ => None,
        });
        let term = |term: &AskedTerm| (term.sign.as_char(), term.weight, term.subject.clone());
        terms.unwrap_or_default().iter().map(term).collect()
    }

    fn text(words: &str) -> AskedSubject {
        AskedSubject::Text(words.into())
    }

    #[test]
    fn marks_are_added_to_the_query_and_stay_bound_to_their_pictures() {
        let mut state = browser("a boat", 10..20);
        press(&mut state, KeyCode::Down);
        press(&mut state, KeyCode::Down);
        let effects = alt(&mut state, 'y');
        assert_eq!(state.query.text(), "a boat + 0.75:@3");
        let first = [('+', 1.0, text("a boat")), ('+', RIGHT_WEIGHT, AskedSubject::Indexed(12))];
        assert_eq!(asked(&effects), first);
        assert!(
            matches!(state.message.shown(), Shown::Notice { text, .. } if text.contains("more like 12.jpg"))
        );
        answer(&mut state, (30..40).rev());
        press(&mut state, KeyCode::Down);
        press(&mut state, KeyCode::Down);
        let effects = alt(&mut state, 'n');
        assert_eq!(state.query.text(), "a boat + 0.75:@3 - 0.25:@3");
        assert_eq!(asked(&effects)[..2], first);
        assert_eq!(asked(&effects)[2], ('-', WRONG_WEIGHT, AskedSubject::Indexed(37)));
        // Typed on, all of it still means the same pictures.
        let effects = type_in(&mut state, " sort:newest");
        assert!(asked(&effects).iter().any(|term| term.2 == AskedSubject::Indexed(12)), "{effects:?}");
    }

    #[test]
    fn esc_takes_marks_back_one_by_one_and_then_leaves() {
        let mut state = browser("red", 10..20);
        alt(&mut state, 'y');
        answer(&mut state, 20..30);
        alt(&mut state, 'n');
        assert_eq!(state.query.text(), "red + 0.75:@1 - 0.25:@1");
        let effects = press(&mut state, KeyCode::Esc);
        assert_eq!(state.query.text(), "red + 0.75:@1");
        assert_eq!(
            asked(&effects),
            [('+', 1.0, text("red")), ('+', RIGHT_WEIGHT, AskedSubject::Indexed(10))]
        );
        press(&mut state, KeyCode::Esc);
        assert_eq!((state.query.text(), &state.exit), ("red", &None));
        press(&mut state, KeyCode::Esc);
        assert!(state.exit.is_some());
    }

    #[test]
    fn esc_unmarks_before_it_takes_a_refinement_back() {
        let mut state = browser("red", 10..20);
        alt(&mut state, 'y');
        answer(&mut state, 20..30);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Esc);
        assert_eq!((state.query.text(), state.marked.len()), ("red + 0.75:@1", 0));
        press(&mut state, KeyCode::Esc);
        assert_eq!((state.query.text(), &state.exit), ("red", &None));
    }

    #[test]
    fn what_numbers_stand_for_is_told_and_kept_when_the_browser_is_left() {
        let mut state = browser("red", 10..20);
        press(&mut state, KeyCode::Down);
        alt(&mut state, 'y');
        answer(&mut state, 20..30);
        alt(&mut state, 'n');
        assert_eq!(state.reading.bound_in_words().as_deref(), Some("@2: 11.jpg  @1: 20.jpg"));
        assert_eq!(lasting_text(&mut state), "red + 0.75:@/p/11.jpg - 0.25:@/p/20.jpg");
        let mut state = browser("red  car ", 10..20);
        assert_eq!((lasting_text(&mut state).as_str(), state.reading.bound_in_words()), ("red  car ", None));
    }

    #[test]
    fn edits_after_marks_are_kept_by_esc_and_taken_back_by_their_key() {
        let mut state = browser("red", 10..20);
        alt(&mut state, 'y');
        type_in(&mut state, " x");
        ctrl(&mut state, '_');
        assert_eq!(state.query.text(), "red + 0.75:@1 ");
        ctrl(&mut state, '_');
        assert_eq!(state.query.text(), "red + 0.75:@1");
        let effects = ctrl(&mut state, '_');
        assert_eq!(state.query.text(), "red");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Embed { text, .. } if text == "red")));
    }

    #[test]
    fn all_marked_pictures_are_added_and_unmarked() {
        let mut state = browser("after:2024", 10..20);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Tab);
        let effects = alt(&mut state, 'n');
        assert_eq!(state.query.text(), "after:2024 - 0.25:@1 - 0.25:@2");
        assert_eq!(asked(&effects).len(), 2);
        assert!(state.marked.is_empty());
        assert!(
            matches!(state.message.shown(), Shown::Notice { text, .. } if text.contains("alt-u marks again"))
        );
        alt(&mut state, 'u');
        assert_eq!(state.marked.len(), 2, "they can be marked again");
    }

    #[test]
    fn a_picture_that_is_in_the_query_counts_twice_or_changes_its_sign() {
        let mut state = browser("red", 10..20);
        alt(&mut state, 'y');
        alt(&mut state, 'y');
        assert_eq!(state.query.text(), "red + 1.5:@1");
        let effects = alt(&mut state, 'n');
        assert_eq!(state.query.text(), "red - 0.25:@1");
        assert_eq!(asked(&effects)[1], ('-', WRONG_WEIGHT, AskedSubject::Indexed(10)));
    }

    #[test]
    fn the_first_picture_needs_no_weight() {
        let mut state = browser("", 10..20);
        alt(&mut state, 'y');
        assert_eq!(state.query.text(), "@1");
        let mut state = browser("", 10..20);
        alt(&mut state, 'n');
        assert_eq!(state.query.text(), "- 0.25:@1");
    }

    #[test]
    fn text_that_reads_otherwise_with_terms_behind_it_is_quoted() {
        let mut state = browser("a boat -", 10..20);
        alt(&mut state, 'y');
        assert_eq!(state.query.text(), "\"a boat -\" + 0.75:@1");
    }

    #[test]
    fn pictures_like_others_are_refined_from_those() {
        let mut state = browser("red", 10..20);
        ctrl(&mut state, 's');
        answer(&mut state, 30..40);
        let effects = alt(&mut state, 'n');
        assert_eq!(state.query.text(), "@10.jpg - 0.25:@1");
        let subjects = [AskedSubject::Indexed(10), AskedSubject::Indexed(30)];
        assert_eq!(asked(&effects).into_iter().map(|term| term.2).collect::<Vec<_>>(), subjects);
        assert!(state.similar_to.is_empty());
    }

    #[test]
    fn a_query_with_a_fault_is_not_refined() {
        let mut state = browser("red width>=x", 10..20);
        let effects = alt(&mut state, 'y');
        assert_eq!(state.query.text(), "red width>=x");
        assert!(asked(&effects).is_empty());
        assert!(matches!(state.message.shown(), Shown::Notice { text, .. } if text.contains("right first")));
    }

    #[test]
    fn names_that_are_not_indexed_do_not_refine() {
        let mut state = browser("red", [-1]);
        alt(&mut state, 'y');
        assert_eq!(state.query.text(), "red");
    }
}
