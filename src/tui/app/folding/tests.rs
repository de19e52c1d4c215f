use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use super::*;
use crate::library::Hit;
use crate::tui::app::effect::Question;
use crate::tui::app::event::Event;
use crate::tui::app::keys_in_tests::{alt, press, trashed_pictures, type_in};
use crate::tui::app::update::{start, update};

fn hit(id: i64) -> Hit {
    Hit { id, path: format!("{id}.jpg").into(), score: Some(0.5) }
}

/// Answers the last question: rows, and the ids that are folded beneath some of them.
fn answer(state: &mut State, rows: &[i64], folded: &[(i64, &[i64])]) {
    let generation = state.results.asked;
    let beneath = |ids: &[i64]| ids.iter().map(|id| hit(*id)).collect();
    let folded = folded.iter().map(|(row, ids)| (*row, beneath(ids))).collect();
    update(state, Event::Folded { generation, folded: Arc::new(folded) });
    let hits: Vec<Hit> = rows.iter().map(|id| hit(*id)).collect();
    update(state, Event::Answered { generation, hits, pictures: 20, at: Instant::now() });
}

/// A browser with rows 0 to 4; 10 and 11 are folded beneath 1, and 12 beneath 3.
fn browser() -> State {
    let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 100, height: 30 });
    start(&mut state, Instant::now());
    answer(&mut state, &[0, 1, 2, 3, 4], &[(1, &[10, 11]), (3, &[12])]);
    state
}

fn listed(state: &State) -> Vec<i64> {
    state.results.hits.iter().map(|hit| hit.id).collect()
}

fn selected(state: &State) -> i64 {
    state.results.selected_hit().unwrap().id
}

fn questions(effects: &[Effect]) -> Vec<Question> {
    let question = |effect: &Effect| match effect {
        Effect::Search { question, .. } => Some(question.clone()),
        _ => None,
    };
    effects.iter().filter_map(question).collect()
}

#[test]
fn a_key_opens_a_group_and_closes_it_from_within() {
    let mut state = browser();
    assert_eq!(state.fold_part(1), Some(FoldPart::Row { others: 2, is_open: false }));
    assert_eq!((state.fold_part(0), state.results.folding.folded()), (None, 3));
    alt(&mut state, 'g');
    assert!(state.message.notice().unwrap().contains("no other picture"));
    press(&mut state, KeyCode::Down);
    alt(&mut state, 'g');
    assert_eq!((listed(&state), selected(&state)), (vec![0, 1, 10, 11, 2, 3, 4], 1));
    assert_eq!(state.fold_part(1), Some(FoldPart::Row { others: 2, is_open: true }));
    assert_eq!((state.fold_part(2), state.results.folding.folded()), (Some(FoldPart::Beneath), 1));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    assert_eq!(selected(&state), 11);
    alt(&mut state, 'g');
    assert_eq!((listed(&state), selected(&state)), (vec![0, 1, 2, 3, 4], 1));
}

#[test]
fn what_is_open_stays_open_when_pictures_come_or_go() {
    let mut state = browser();
    press(&mut state, KeyCode::Down);
    alt(&mut state, 'g');
    press(&mut state, KeyCode::Down);
    // Another picture of the group stands for it now.
    answer(&mut state, &[0, 10, 2], &[(10, &[1])]);
    assert_eq!((listed(&state), selected(&state)), (vec![0, 10, 1, 2], 10));
    // One that was selected is folded away: the row that stands for it is selected.
    let mut state = browser();
    press(&mut state, KeyCode::End);
    answer(&mut state, &[0, 2], &[(2, &[4, 9])]);
    assert_eq!(selected(&state), 2);
}

#[test]
fn one_picture_or_the_group_is_marked() {
    let mut state = browser();
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Tab);
    assert_eq!((state.marked.pictures().len(), selected(&state)), (1, 2));
    press(&mut state, KeyCode::Up);
    alt(&mut state, 'k');
    let marked = |state: &State| state.marked.pictures().iter().map(|(id, _)| *id).collect::<Vec<_>>();
    assert_eq!((marked(&state), selected(&state)), (vec![1, 10, 11], 2));
    // The list of the marked has those that are folded too, without folding them.
    alt(&mut state, 'm');
    assert_eq!((listed(&state), state.fold_part(0)), (vec![1, 10, 11], None));
    press(&mut state, KeyCode::Esc);
    press(&mut state, KeyCode::Up);
    alt(&mut state, 'k');
    assert!(marked(&state).is_empty());
    // All results are those that are seen.
    alt(&mut state, 'a');
    assert_eq!(marked(&state), [0, 1, 2, 3, 4]);
    assert_eq!(state.message.notice(), Some("marked 5 pictures, without 3 look-alikes folded beneath"));
    state.multi = false;
    alt(&mut state, 'k');
    assert_eq!(state.marked.len(), 5);
}

#[test]
fn folding_is_switched_off_and_on() {
    let mut state = browser();
    assert!(alt(&mut state, 'l').contains(&Effect::Fold(false)));
    answer(&mut state, &[0, 1, 10, 11, 2, 3, 12, 4], &[]);
    assert_eq!((state.results.folding.folded(), state.fold_part(1)), (0, None));
    assert!(alt(&mut state, 'l').contains(&Effect::Fold(true)));
    // A browser that was left without folding tells the worker at the start.
    let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 100, height: 30 });
    state.results.folding.on = false;
    assert!(start(&mut state, Instant::now()).contains(&Effect::Fold(false)));
}

#[test]
fn the_view_of_groups_is_left_by_esc_and_by_typing() {
    let mut state = browser();
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::F(6));
    assert_eq!(questions(&effects), [Question::LookAlikes]);
    answer(&mut state, &[1, 3], &[(1, &[10, 11]), (3, &[12])]);
    assert_eq!(listed(&state), [1, 10, 11, 3, 12], "groups are open");
    assert_eq!(state.results.folding.counts(), (2, 5));
    alt(&mut state, 'g');
    assert_eq!(listed(&state), [1, 3, 12]);
    assert_eq!(questions(&press(&mut state, KeyCode::Esc)), [Question::Newest]);
    answer(&mut state, &[0, 1, 2, 3, 4], &[(1, &[10, 11]), (3, &[12])]);
    assert_eq!((selected(&state), listed(&state).len(), &state.exit), (2, 5, &None));
    press(&mut state, KeyCode::F(6));
    let effects = type_in(&mut state, "x");
    assert!(
        state.look_alikes.is_none() && effects.iter().any(|effect| matches!(effect, Effect::Embed { .. }))
    );
}

#[test]
fn the_rest_of_a_group_or_of_all_goes_to_the_trash_after_a_question() {
    let mut state = browser();
    press(&mut state, KeyCode::Down);
    alt(&mut state, 'r');
    assert!(state.overlay.is_none(), "among results the best picture need not be the first");
    press(&mut state, KeyCode::F(6));
    answer(&mut state, &[1, 3], &[(1, &[10, 11]), (3, &[12])]);
    press(&mut state, KeyCode::Down);
    alt(&mut state, 'r');
    let asked = |state: &State| match &state.overlay {
        Some(Overlay::ConfirmTrash { pictures }) => pictures.iter().map(|(id, _)| *id).collect(),
        _ => Vec::new(),
    };
    assert_eq!(asked(&state), [10, 11]);
    let effects = press(&mut state, KeyCode::Char('n'));
    assert!(effects.iter().all(|effect| !matches!(effect, Effect::Trash(_))));
    confirm_trash_of_rest(&mut state, true);
    assert_eq!(asked(&state), [10, 11, 12]);
    let effects = press(&mut state, KeyCode::Char('y'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Trash(pictures) if pictures.len() == 3)));
    update(&mut state, Event::Trashed { pictures: trashed_pictures([10, 11, 12]), words: "gone".into() });
    answer(&mut state, &[], &[]);
    assert_eq!((listed(&state).len(), state.look_alikes.is_some()), (0, true));
}
