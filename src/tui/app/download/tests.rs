use std::path::Path;
use std::sync::Arc;

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use super::*;
use crate::library::{Hit, Progress, Summary};
use crate::tui::app::effect::{Effect, Question};
use crate::tui::app::event::Event;
use crate::tui::app::exit::Exit;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::keys_in_tests::{ctrl, press, type_in};
use crate::tui::app::overlay::Overlay;
use crate::tui::app::state::State;
use crate::tui::app::trashed::TrashedPicture;
use crate::tui::app::update::{start, update};

/// A browser without a model, as it starts.
fn waiting(query: &str) -> State {
    let mut state = State::new(Path::new("/pictures"), "a/b", query, Size { width: 100, height: 30 });
    state.download = Some(Download::starting(1));
    let effects = start(&mut state, Instant::now());
    assert_eq!(effects, [Effect::List, Effect::Download { generation: 1 }]);
    state
}

fn hits(ids: &[i64]) -> Vec<Hit> {
    ids.iter().map(|id| Hit { id: *id, path: format!("{}.jpg", id.abs()).into(), score: None }).collect()
}

/// One that shows the names of three pictures, 1.jpg to 3.jpg.
fn listed(query: &str) -> State {
    let mut state = waiting(query);
    update(&mut state, Event::Listed { hits: hits(&[-1, -2, -3]), days: Arc::default(), pictures: 7 });
    state
}

fn news(state: &mut State, generation: u64, step: Step) -> Vec<Effect> {
    update(state, Event::Download { generation, step, at: Instant::now() })
}

fn failed() -> Step {
    Step::Failed { reason: "no route".into() }
}

fn ready(state: &mut State, generation: u64) -> Vec<Effect> {
    update(state, Event::ModelReady { generation, indexes: true, notice: None, at: Instant::now() })
}

fn answer(state: &mut State, generation: u64, ids: &[i64]) {
    let event = Event::Answered { generation, hits: hits(ids), pictures: ids.len(), at: Instant::now() };
    update(state, event);
}

fn is_preview(effect: &Effect) -> bool {
    matches!(effect, Effect::Preview { .. })
}

#[test]
fn names_are_listed_and_previewed_while_nothing_can_be_asked() {
    let mut state = waiting("");
    let effects =
        update(&mut state, Event::Listed { hits: hits(&[-1, -2, -3]), days: Arc::default(), pictures: 7 });
    assert!(matches!(effects.as_slice(), [Effect::Preview { .. }]), "{effects:?}");
    assert_eq!((state.pictures, state.results.hits.len()), (Some(7), 3));
    assert!(press(&mut state, KeyCode::Down).iter().all(is_preview));
    assert!(type_in(&mut state, "a dog").iter().all(is_preview));
    assert_eq!(state.results.hits.len(), 3);
    let effects = ctrl(&mut state, 's');
    assert!(matches!(effects.as_slice(), [Effect::EndNotice { .. }]), "there is nothing to compare with");
    assert!(state.message.notice().is_some_and(|words| words.contains("needs the model")));
}

#[test]
fn a_query_waits_and_is_answered_once_the_model_is_there() {
    let mut state = listed("");
    type_in(&mut state, "a dog");
    let effects = ready(&mut state, 1);
    assert_eq!(effects, [Effect::UseModel, Effect::Embed { generation: 1, text: "a dog".into() }]);
    assert!(state.download.is_none() && matches!(state.indexing, Indexing::Running { .. }));
    let effects = update(&mut state, Event::Embedded { generation: 1, vector: Arc::from([1.0]) });
    assert!(matches!(effects.as_slice(), [Effect::Search { question: Question::Nearest(_), .. }]));
    answer(&mut state, 1, &[]);
    assert!(state.results.hits.is_empty(), "names are no answer to a query");

    let mut state = listed(" a cat ");
    assert_eq!(ready(&mut state, 1)[1], Effect::Embed { generation: 1, text: "a cat".into() });
}

#[test]
fn names_stay_until_the_first_pictures_are_indexed() {
    let mut state = listed("");
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.results.selected, 2);
    let effects = ready(&mut state, 1);
    assert_eq!(
        effects,
        [
            Effect::UseModel,
            Effect::Search { generation: 1, question: Question::Newest, narrowing: Arc::default() }
        ]
    );
    answer(&mut state, 1, &[]);
    assert_eq!((state.results.hits.len(), state.pictures, state.results.pending()), (3, Some(7), false));
    let progress = Progress { total: 3, done: 3, ..Progress::default() };
    let effects = update(&mut state, Event::Indexing { progress, committed: true, at: Instant::now() });
    assert_eq!(effects, [Effect::Refresh]);
    answer(&mut state, 1, &[3, 2]);
    assert_eq!(state.pictures, Some(2));
    assert_eq!(state.results.selected_hit().map(|hit| hit.id), Some(3), "the picture that was gone to");
    assert_eq!(state.marked.pictures(), [(2, "2.jpg".into())], "marks go by the path");
}

#[test]
fn names_go_when_none_of_them_is_a_picture() {
    let mut state = listed("");
    ready(&mut state, 1);
    answer(&mut state, 1, &[]);
    update(&mut state, Event::Indexed(Summary { failed: 3, ..Summary::default() }));
    assert_eq!((state.results.hits.len(), state.pictures), (0, Some(0)));
    assert!(state.preview.wanted.is_none());
}

#[test]
fn a_model_that_is_quicker_than_the_list_is_used() {
    let mut state = waiting("");
    ready(&mut state, 1);
    update(&mut state, Event::Listed { hits: hits(&[-1]), days: Arc::default(), pictures: 1 });
    assert!(state.results.hits.is_empty() && state.pictures.is_none());
}

#[test]
fn enter_chooses_a_name_but_not_for_a_query_that_waits() {
    let mut state = listed("");
    type_in(&mut state, "a dog");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, None);
    assert!(state.message.notice().is_some_and(|words| words.contains("once the model is here")));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, Some(Exit::Chosen(vec!["/pictures/2.jpg".into()])));

    let mut state = listed("");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.exit, Some(Exit::Chosen(vec!["/pictures/1.jpg".into()])));
}

#[test]
fn what_goes_to_the_trash_leaves_the_names() {
    let mut state = listed("");
    press(&mut state, KeyCode::Down);
    let path = std::path::PathBuf::from("/p/x.jpg");
    let picture = TrashedPicture { id: -2, place: path.clone(), path, file: None };
    let effects = update(&mut state, Event::Trashed { pictures: vec![picture], words: "gone".into() });
    assert!(!effects.contains(&Effect::Refresh), "{effects:?}");
    assert_eq!((state.results.hits.len(), state.results.selected, state.pictures), (2, 1, Some(6)));
}

#[test]
fn a_failure_says_why_and_is_tried_again() {
    let mut state = listed("");
    news(&mut state, 1, failed());
    assert_eq!(state.overlay, Some(Overlay::DownloadFailed));
    assert_eq!(press(&mut state, KeyCode::Enter), [Effect::Download { generation: 2 }]);
    assert_eq!(state.overlay, None);
    assert_eq!(state.download, Some(Download::starting(2)));
    assert_eq!(ctrl(&mut state, 'r'), [], "it is under way");

    news(&mut state, 1, failed());
    assert_eq!(ready(&mut state, 1), [], "news of the first attempt");
    assert_eq!(state.download, Some(Download::starting(2)));
    news(&mut state, 2, failed());
    assert_eq!(ctrl(&mut state, 'r'), [Effect::Download { generation: 3 }]);
    assert_eq!(ready(&mut state, 3)[0], Effect::UseModel);
}

#[test]
fn a_failure_can_be_put_away_and_left() {
    let mut state = listed("");
    news(&mut state, 1, failed());
    press(&mut state, KeyCode::Esc);
    assert_eq!((&state.overlay, &state.exit), (&None, &None));
    assert!(state.download.as_ref().is_some_and(Download::has_failed));
    assert_eq!(ctrl(&mut state, 'r'), [Effect::Download { generation: 2 }]);

    news(&mut state, 2, failed());
    type_in(&mut state, "rest");
    assert_eq!((state.query.text(), &state.overlay), ("rest", &None), "letters are letters, also the first");
    news(&mut state, 2, failed());
    ctrl(&mut state, 'c');
    assert_eq!(state.exit, Some(Exit::Left));
}

#[test]
fn a_failure_does_not_take_the_place_of_a_question() {
    let mut state = listed("");
    press(&mut state, KeyCode::F(8));
    news(&mut state, 1, failed());
    assert!(matches!(state.overlay, Some(Overlay::ConfirmTrash { .. })));
}

#[test]
fn the_rate_is_that_of_this_file_in_this_attempt() {
    let mut download = Download::starting(1);
    let start = Instant::now();
    let mut receive = |file: &str, received, seconds| {
        let step = Step::Receiving { file: file.into(), received, total: 1000 };
        download.advance(step, start + Duration::from_secs(seconds));
        (download.rate(), download.remaining())
    };
    assert_eq!(receive("config.json", 500, 0), (None, None));
    assert_eq!(receive("weights", 400, 5), (None, None), "what was here before counts for nothing");
    assert_eq!(receive("weights", 600, 7), (Some(100.0), Some(Duration::from_secs(4))));
    let (file, reason) = ("weights".to_owned(), "broken".to_owned());
    let retrying = Step::Retrying { file, reason, wait: Duration::from_secs(1) };
    download.advance(retrying, start + Duration::from_secs(8));
    assert_eq!((download.rate(), download.remaining()), (None, None));
}
