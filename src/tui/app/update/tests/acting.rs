//! What actions do, to which pictures, and how esc leads back.

use super::*;

#[test]
fn more_like_a_picture_leads_back_to_where_it_was_asked() {
    let mut state = filled(5);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    let effects = ctrl(&mut state, 's');
    assert_eq!(
        effects[0],
        Effect::Search { generation: 2, question: Question::SimilarTo(vec![2]), narrowing: Arc::default() }
    );
    answer(&mut state, 2, [9, 8, 7]);
    assert_eq!(selected_id(&state), Some(9));
    // And more like one of those.
    assert_eq!(
        ctrl(&mut state, 's')[0],
        Effect::Search { generation: 3, question: Question::SimilarTo(vec![9]), narrowing: Arc::default() }
    );
    answer(&mut state, 3, [6, 5]);
    assert_eq!(
        press(&mut state, KeyCode::Esc)[0],
        Effect::Search { generation: 4, question: Question::SimilarTo(vec![2]), narrowing: Arc::default() }
    );
    answer(&mut state, 4, [9, 8, 7]);
    assert_eq!(
        press(&mut state, KeyCode::Esc)[0],
        Effect::Search { generation: 5, question: Question::Newest, narrowing: Arc::default() }
    );
    answer(&mut state, 5, 0..5);
    assert_eq!(selected_id(&state), Some(2), "the picture that it was asked of");
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.exit, Some(Exit::Left));
}

#[test]
fn typing_leaves_more_like_a_picture() {
    let mut state = filled(3);
    ctrl(&mut state, 's');
    answer(&mut state, 2, [2, 1]);
    assert_eq!(type_in(&mut state, "d"), [Effect::Embed { generation: 3, text: "d".into() }]);
    assert!(state.similar_to.is_empty());
}

#[test]
fn the_selected_path_is_copied_and_opened() {
    let mut state = filled(3);
    press(&mut state, KeyCode::Down);
    let path: PathBuf = "/pictures/1.jpg".into();
    assert_eq!(ctrl(&mut state, 'y'), [Effect::Copy(vec![path.clone()])]);
    update(&mut state, Event::Notice("copied".into()));
    assert_eq!(state.message.notice(), Some("copied"));
    assert_eq!(ctrl(&mut state, 'o'), [Effect::Open { pictures: vec![path], asked_for: 1 }]);
    assert_eq!(state.message.notice(), None, "it stays until the next key");
    assert_eq!(ctrl(&mut browser(), 'y'), []);
}

#[test]
fn a_notice_ends_after_a_while_and_not_one_that_came_since() {
    let mut state = filled(3);
    let notify = |state: &mut State, words: &str| {
        let effects = update(state, Event::Notice(words.into()));
        effects.iter().find_map(|effect| match effect {
            Effect::EndNotice { number, .. } => Some(*number),
            _ => None,
        })
    };
    let first = notify(&mut state, "copied").unwrap();
    let second = notify(&mut state, "opened").unwrap();
    assert!(update(&mut state, Event::NoticeExpired(first)).is_empty());
    assert_eq!(state.message.notice(), Some("opened"));
    update(&mut state, Event::NoticeExpired(second));
    assert_eq!(state.message.notice(), None);
}

#[test]
fn the_full_picture_is_left_to_where_it_was_opened() {
    use crate::tui::layout::Arrangement;
    let mut state = filled(9);
    ctrl(&mut state, 'l');
    ctrl(&mut state, 'l');
    assert_eq!(state.arrangement, Arrangement::Picture);
    for (key, selected) in [('n', 1), (' ', 2), ('p', 1)] {
        press(&mut state, KeyCode::Char(key));
        assert_eq!((selected_id(&state), state.query.text()), (Some(selected), ""), "{key}");
    }
    press(&mut state, KeyCode::Right);
    assert_eq!(selected_id(&state), Some(2));
    // More like this is asked for here: esc goes back from that first.
    ctrl(&mut state, 's');
    answer(&mut state, 2, [5, 6]);
    press(&mut state, KeyCode::Esc);
    assert_eq!((state.arrangement, state.similar_to.len()), (Arrangement::Picture, 0));
    // Other letters are typed, and so is all that follows.
    type_in(&mut state, "red panda");
    assert_eq!(state.query.text(), "red panda");
    press(&mut state, KeyCode::Down);
    type_in(&mut state, "/n");
    assert_eq!(state.query.text(), "red pandan");
    press(&mut state, KeyCode::Esc);
    assert_eq!((state.arrangement, &state.exit), (Arrangement::Grid, &None));
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.exit, Some(Exit::Left));
}

#[test]
fn all_actions_act_on_the_marked_pictures() {
    let mut state = filled(5);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::End);
    let paths: Vec<PathBuf> = vec!["/pictures/0.jpg".into(), "/pictures/1.jpg".into()];
    assert_eq!(ctrl(&mut state, 'y'), [Effect::Copy(paths.clone())]);
    assert_eq!(ctrl(&mut state, 'o'), [Effect::Open { pictures: paths, asked_for: 2 }]);
    let like = |generation| Effect::Search {
        generation,
        question: Question::SimilarTo(vec![0, 1]),
        narrowing: Arc::default(),
    };
    assert_eq!(ctrl(&mut state, 's')[0], like(2));
    answer(&mut state, 2, [3, 2]);
    let effects = ctrl(&mut state, 's');
    assert!(matches!(effects.as_slice(), [Effect::EndNotice { .. }]), "they are shown already: {effects:?}");
    assert!(state.message.notice().is_some() && state.similar_to.len() == 1);
    press(&mut state, KeyCode::Esc);
    answer(&mut state, 3, 0..5);
    assert_eq!(selected_id(&state), Some(4), "where it was asked");
}

#[test]
fn not_more_windows_are_opened_than_a_screen_has_room_for() {
    let mut state = filled(30);
    (0..20).for_each(|_| drop(press(&mut state, KeyCode::Tab)));
    let effects = ctrl(&mut state, 'o');
    let opened = |effect: &Effect| matches!(effect, Effect::Open { pictures, asked_for: 20 } if pictures.len() == MAX_OPENED);
    assert!(effects.iter().any(opened), "{effects:?}");
}

#[test]
fn earlier_queries_come_back() {
    let mut state = filled(3);
    state.history = History::new(["a dog".to_owned(), "a cat".to_owned()]);
    type_in(&mut state, "x");
    let mut step = |code| {
        let key = KeyEvent::new(code, KeyModifiers::CONTROL);
        update(&mut state, Event::Key(key, Instant::now())).into_iter().find_map(|effect| match effect {
            Effect::Embed { text, .. } => Some(text),
            _ => None,
        })
    };
    assert_eq!(step(KeyCode::Up).as_deref(), Some("a cat"));
    assert_eq!(step(KeyCode::Up).as_deref(), Some("a dog"));
    assert_eq!(step(KeyCode::Up), None);
    assert_eq!(step(KeyCode::Down).as_deref(), Some("a cat"));
    assert_eq!(step(KeyCode::Down).as_deref(), Some("x"));
}
