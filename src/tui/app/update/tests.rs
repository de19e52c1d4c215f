use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::*;
use crate::library::{Hit, Progress, Summary};
use crate::query::Sign;
use crate::tui::app::effect::{FoundSubject, FoundTerm, MAX_OPENED};
use crate::tui::app::exit::Exit;
use crate::tui::app::history::History;
use crate::tui::app::keys_in_tests::{ctrl, press, type_in};
use crate::tui::app::overlay::Overlay;
use crate::tui::app::preview::PreviewContent;
use crate::tui::app::reading::{AskedSubject, AskedTerm};

const SIZE: Size = Size { width: 100, height: 30 };

fn browser() -> State {
    let mut state = State::new(Path::new("/pictures"), "demo", "", SIZE);
    start(&mut state, Instant::now());
    state
}

/// A browser showing `count` hits for the empty query.
fn filled(count: i64) -> State {
    let mut state = browser();
    answer(&mut state, 1, 0..count);
    state
}

fn hits(ids: impl IntoIterator<Item = i64>) -> Vec<Hit> {
    ids.into_iter().map(|id| Hit { id, path: format!("{id}.jpg").into(), score: Some(0.3) }).collect()
}

fn answer(state: &mut State, generation: u64, ids: impl IntoIterator<Item = i64>) -> Vec<Effect> {
    let hits = hits(ids);
    let pictures = hits.len();
    update(state, Event::Answered { generation, hits, pictures, at: Instant::now() })
}

fn selected_id(state: &State) -> Option<i64> {
    state.results.selected_hit().map(|hit| hit.id)
}

fn vector() -> Arc<[f32]> {
    Arc::from([1.0, 0.0])
}

#[test]
fn starts_with_the_newest_or_with_the_given_query() {
    let mut state = State::new(Path::new("/p"), "demo", " a dog ", SIZE);
    let effects = start(&mut state, Instant::now());
    assert_eq!(effects, [Effect::Embed { generation: 1, text: "a dog".into() }]);
    let mut state = State::new(Path::new("/p"), "demo", "", SIZE);
    let effects = start(&mut state, Instant::now());
    assert_eq!(
        effects,
        [Effect::Search { generation: 1, question: Question::Newest, narrowing: Arc::default() }]
    );
}

#[test]
fn a_key_becomes_an_embedding_then_a_search_then_results() {
    let mut state = filled(3);
    assert_eq!(type_in(&mut state, "d"), [Effect::Embed { generation: 2, text: "d".into() }]);
    let effects = update(&mut state, Event::Embedded { generation: 2, vector: vector() });
    assert_eq!(
        effects,
        [Effect::Search { generation: 2, question: Question::Nearest(vector()), narrowing: Arc::default() }]
    );
    assert_eq!(state.results.hits.len(), 3, "the old results stay until the new ones are there");
    answer(&mut state, 2, [7, 8]);
    assert_eq!(selected_id(&state), Some(7));
    assert!(!state.results.pending());
}

/// A term that is wanted, or not.
fn term(sign: Sign, subject: AskedSubject) -> AskedTerm {
    AskedTerm { sign, weight: 1.0, subject }
}

#[test]
fn terms_become_vectors_then_a_search() {
    let mut state = filled(3);
    type_in(&mut state, "a boat");
    answer(&mut state, 6, [7, 8]);
    assert!(type_in(&mut state, " ").is_empty());
    let text = |text: &str| AskedSubject::Text(text.into());
    // Where a sign only begins, it is text.
    assert_eq!(type_in(&mut state, "-"), [Effect::Embed { generation: 7, text: "a boat -".into() }]);
    assert!(type_in(&mut state, " ").is_empty(), "the last results stay while the query is unfinished");
    let fault = state.reading.fault.clone().unwrap();
    assert_eq!((fault.span, fault.is_wrong), (7..8, false));
    let terms = vec![term(Sign::Plus, text("a boat")), term(Sign::Minus, AskedSubject::Indexed(8))];
    let effects = type_in(&mut state, "@2");
    assert_eq!(effects, [Effect::EmbedTerms { generation: 8, terms }]);
    assert_eq!(state.reading.fault, None);
    let found = FoundTerm { sign: Sign::Minus, weight: 1.0, subject: FoundSubject::Indexed(8) };
    let terms: Arc<[FoundTerm]> = Arc::from([found]);
    let effects = update(&mut state, Event::TermsEmbedded { generation: 8, terms: Arc::clone(&terms) });
    assert_eq!(
        effects,
        [Effect::Search { generation: 8, question: Question::Terms(terms), narrowing: Arc::default() }]
    );
    // The number means the same picture when other results come.
    answer(&mut state, 8, [100, 101]);
    let terms = vec![term(Sign::Plus, text("a boat x")), term(Sign::Minus, AskedSubject::Indexed(8))];
    state.query.start();
    (0..6).for_each(|_| state.query.right());
    assert_eq!(type_in(&mut state, " x").last(), Some(&Effect::EmbedTerms { generation: 9, terms }));
}

#[test]
fn a_term_that_can_not_be_answered_is_underlined() {
    let mut state = filled(3);
    let paste = Event::Paste("red - @gone.jpg".into(), Instant::now());
    let effects = update(&mut state, paste);
    assert!(matches!(effects.as_slice(), [Effect::EmbedTerms { generation: 2, .. }]), "{effects:?}");
    let failed = |generation| Event::EmbedFailed { generation, term: Some(1), reason: "no such".into() };
    update(&mut state, failed(1));
    assert_eq!(state.reading.fault, None, "an older query failed");
    update(&mut state, failed(2));
    let fault = state.reading.fault.clone().unwrap();
    assert_eq!((fault.span, fault.is_wrong, state.message.error()), (6..15, true, Some("no such")));
    assert_eq!(state.results.hits.len(), 3);
    type_in(&mut state, "x");
    assert_eq!((&state.reading.fault, state.message.error()), (&None, None));
}

#[test]
fn a_wrong_query_to_start_with_shows_the_newest() {
    let mut state = State::new(Path::new("/p"), "demo", "width>=banana", SIZE);
    let effects = start(&mut state, Instant::now());
    assert_eq!(
        effects,
        [Effect::Search { generation: 1, question: Question::Newest, narrowing: Arc::default() }]
    );
    assert!(state.reading.fault.is_some_and(|fault| fault.is_wrong));
}

#[test]
fn stale_answers_are_dropped() {
    let mut state = filled(3);
    type_in(&mut state, "do");
    assert!(update(&mut state, Event::Embedded { generation: 2, vector: vector() }).is_empty());
    answer(&mut state, 2, [7]);
    assert_eq!(selected_id(&state), Some(0));
    update(&mut state, Event::EmbedFailed { generation: 2, term: None, reason: "no model".into() });
    assert_eq!(state.message.error(), None);
    answer(&mut state, 3, [9]);
    assert_eq!(selected_id(&state), Some(9));
}

#[test]
fn blanks_around_the_query_ask_nothing_new() {
    let mut state = filled(3);
    type_in(&mut state, "dog");
    assert!(type_in(&mut state, " ").is_empty());
    let effects = ctrl(&mut state, 'u');
    assert_eq!(
        effects,
        [Effect::Search { generation: 5, question: Question::Newest, narrowing: Arc::default() }]
    );
}

#[test]
fn the_time_of_a_query_runs_from_its_key_press() {
    let mut state = filled(3);
    let pressed = Instant::now();
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE), pressed));
    let at = pressed + Duration::from_millis(20);
    update(&mut state, Event::Answered { generation: 2, hits: hits([1]), pictures: 1, at });
    assert_eq!(state.results.took, Some(Duration::from_millis(20)));
    // Being answered again, because pictures came, is no query.
    let later = at + Duration::from_secs(9);
    update(&mut state, Event::Answered { generation: 2, hits: hits([1, 2]), pictures: 2, at: later });
    assert_eq!(state.results.took, Some(Duration::from_millis(20)));
}

#[test]
fn new_pictures_join_without_moving_the_users_selection() {
    let mut state = filled(5);
    press(&mut state, KeyCode::Down);
    assert_eq!(selected_id(&state), Some(1));
    answer(&mut state, 1, [10, 0, 11, 1, 2]);
    assert_eq!(selected_id(&state), Some(1), "the picture that was gone to stays selected");
    answer(&mut state, 1, [10, 0]);
    assert_eq!(selected_id(&state), Some(0), "a picture that vanished leaves its place");

    let mut state = filled(5);
    answer(&mut state, 1, [10, 0]);
    assert_eq!(selected_id(&state), Some(10), "the best one while nothing was gone to");
}

#[test]
fn committed_batches_refresh_the_results() {
    let mut state = filled(0);
    let progress = Progress { total: 40, done: 10, ..Progress::default() };
    let event = |committed| Event::Indexing { progress, committed, at: Instant::now() };
    assert!(update(&mut state, event(false)).is_empty());
    assert_eq!(update(&mut state, event(true)), [Effect::Refresh]);
    assert_eq!(update(&mut state, Event::Indexed(Summary::default())), [Effect::Refresh]);
}

#[test]
fn moving_stops_at_both_ends_and_scrolls() {
    let mut state = filled(100);
    press(&mut state, KeyCode::Up);
    assert_eq!(state.results.selected, 0);
    press(&mut state, KeyCode::PageDown);
    assert_eq!(state.results.selected, state.list_rows() - 1);
    press(&mut state, KeyCode::End);
    assert_eq!((state.results.selected, state.results.offset), (99, 100 - state.list_rows()));
    ctrl(&mut state, 'n');
    assert_eq!(state.results.selected, 99);
    ctrl(&mut state, 'k');
    assert_eq!(state.results.selected, 98);
    press(&mut state, KeyCode::Home);
    assert_eq!((state.results.selected, state.results.offset), (0, 0));
}

#[test]
fn enter_chooses_the_selected_picture() {
    let mut state = filled(3);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, Some(Exit::Chosen(vec!["/pictures/1.jpg".into()])));
}

#[test]
fn enter_right_after_typing_waits_for_the_answer() {
    let mut state = filled(3);
    type_in(&mut state, "dog");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, None);
    answer(&mut state, 4, [42]);
    assert_eq!(state.exit, Some(Exit::Chosen(vec!["/pictures/42.jpg".into()])));

    let mut state = filled(3);
    type_in(&mut state, "dog");
    press(&mut state, KeyCode::Enter);
    type_in(&mut state, "s");
    answer(&mut state, 5, [42]);
    assert_eq!(state.exit, None, "typing on takes the enter back");
}

#[test]
fn enter_without_results_chooses_nothing() {
    let mut state = filled(0);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, None);
}

#[test]
fn enter_chooses_the_marked_pictures_in_their_order() {
    let mut state = filled(4);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::BackTab);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::End);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Tab);
    type_in(&mut state, "something else");
    press(&mut state, KeyCode::Enter);
    let paths = vec!["/pictures/1.jpg".into(), "/pictures/0.jpg".into()];
    assert_eq!(state.exit, Some(Exit::Chosen(paths)));
}

#[test]
fn esc_closes_the_help_first_and_then_leaves() {
    let mut state = filled(3);
    press(&mut state, KeyCode::Char('?'));
    assert_eq!(state.overlay, Some(Overlay::Help { first: 0, sought: String::new() }));
    press(&mut state, KeyCode::Down);
    assert_eq!(
        (&state.overlay, state.results.selected),
        (&Some(Overlay::Help { first: 1, sought: String::new() }), 0)
    );
    press(&mut state, KeyCode::Esc);
    assert_eq!((&state.overlay, &state.exit), (&None, &None));
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.exit, Some(Exit::Left));
}

#[test]
fn the_selected_picture_and_its_neighbours_are_previewed() {
    let mut state = browser();
    let effects = answer(&mut state, 1, 0..10);
    let [Effect::Preview { wanted, neighbours }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted.iter().map(|key| &*key.path).collect::<Vec<_>>(), [Path::new("/pictures/0.jpg")]);
    assert_eq!(neighbours[0].path, Path::new("/pictures/1.jpg"));
    assert!(type_in(&mut state, " ").is_empty(), "nothing new to preview");
    assert_eq!(press(&mut state, KeyCode::Down).len(), 1);
    let resized = update(&mut state, Event::Resize(120, 40));
    assert!(matches!(resized.as_slice(), [Effect::Preview { .. }]), "another size is another picture");
}

#[test]
fn previews_of_pictures_left_behind_are_dropped() {
    let mut state = filled(10);
    let old = state.preview.wanted.clone().unwrap();
    press(&mut state, KeyCode::Down);
    let new = state.preview.wanted.clone().unwrap();
    let content = PreviewContent::Unreadable("broken".into());
    update(&mut state, Event::Preview { key: old, content: content.clone() });
    assert!(state.preview.shown.is_none());
    update(&mut state, Event::Preview { key: new.clone(), content });
    assert_eq!(state.preview.shown.as_ref().map(|(key, _)| key), Some(&new));
    update(&mut state, Event::Resize(20, 5));
    assert!(state.preview.wanted.is_none() && state.preview.shown.is_none());
}

#[test]
fn an_error_stays_until_the_next_question() {
    let mut state = filled(3);
    type_in(&mut state, "d");
    update(&mut state, Event::EmbedFailed { generation: 2, term: None, reason: "no model".into() });
    assert_eq!(state.message.error(), Some("no model"));
    assert_eq!(state.results.hits.len(), 3);
    type_in(&mut state, "o");
    assert_eq!(state.message.error(), None);
}

#[test]
fn a_click_selects_and_the_wheel_moves() {
    let mut state = filled(10);
    let mouse = |kind, row| {
        Event::Mouse(MouseEvent { kind, column: 3, row, modifiers: KeyModifiers::NONE }, Instant::now())
    };
    update(&mut state, mouse(MouseEventKind::Down(MouseButton::Left), 6));
    assert_eq!(state.results.selected, 4);
    update(&mut state, mouse(MouseEventKind::Down(MouseButton::Left), 20));
    assert_eq!(state.results.selected, 4, "below the last row there is nothing to select");
    update(&mut state, mouse(MouseEventKind::ScrollDown, 0));
    assert_eq!(state.results.selected, 7);
    update(&mut state, mouse(MouseEventKind::ScrollUp, 0));
    assert_eq!(state.results.selected, 4);
}

mod acting;
mod any_events;
