//! The list of the marked pictures, which is shown in place of the results.

use super::listing::Listing;
use super::state::State;
use crate::library::Hit;

/// Opens the list, or closes it. While it is open, the results lie beneath it, and a picture whose mark is taken away stays
/// listed, so that it can be marked again.
pub(crate) fn toggle(state: &mut State) {
    if state.beneath_marked.is_some() {
        close(state);
    } else if state.marked.is_empty() {
        state.message.notify("nothing is marked");
    } else {
        // Hits of the present results keep their scores.
        let score = |id: i64| state.results.hits.iter().find(|hit| hit.id == id).and_then(|hit| hit.score);
        let hit =
            |(id, path): &(i64, std::path::PathBuf)| Hit { id: *id, path: path.clone(), score: score(*id) };
        let hits = state.marked.pictures().iter().map(hit).collect();
        let mut listing = Listing { hits, moved: true, ..Listing::default() };
        listing.swap(&mut state.results);
        state.beneath_marked = Some(listing);
    }
}

/// Closes the list, if it is open. Returns whether it was.
pub(crate) fn close(state: &mut State) -> bool {
    let Some(mut beneath) = state.beneath_marked.take() else { return false };
    beneath.swap(&mut state.results);
    true
}

/// Takes the list off the results, so that an answer reaches them; [`lower`] puts it back.
pub(crate) fn lift(state: &mut State) -> Option<Listing> {
    let mut listing = state.beneath_marked.take()?;
    listing.swap(&mut state.results);
    Some(listing)
}

/// Puts the list back over the results, unless nothing is left in it.
pub(crate) fn lower(state: &mut State, mut listing: Listing) {
    if !listing.hits.is_empty() {
        listing.swap(&mut state.results);
        state.beneath_marked = Some(listing);
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::app::keys_in_tests::trashed_pictures;
    use std::path::Path;
    use std::time::Instant;

    use crossterm::event::KeyCode;
    use ratatui::layout::Size;

    use super::*;
    use crate::tui::app::effect::{Effect, Question};
    use crate::tui::app::event::Event;
    use crate::tui::app::exit::Exit;
    use crate::tui::app::keys_in_tests::{alt, ctrl, press, type_in};
    use crate::tui::app::update::{start, update};

    fn answer(state: &mut State, generation: u64, ids: impl IntoIterator<Item = i64>) {
        let hit = |id| Hit { id, path: format!("{id}.jpg").into(), score: Some(0.5) };
        let hits: Vec<Hit> = ids.into_iter().map(hit).collect();
        let pictures = hits.len();
        update(state, Event::Answered { generation, hits, pictures, at: Instant::now() });
    }

    fn browser() -> State {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 100, height: 30 });
        start(&mut state, Instant::now());
        answer(&mut state, 1, 0..9);
        state
    }

    fn listed(state: &State) -> Vec<i64> {
        state.results.hits.iter().map(|hit| hit.id).collect()
    }

    #[test]
    fn the_marked_are_listed_and_esc_goes_back_to_where_one_was() {
        let mut state = browser();
        alt(&mut state, 'm');
        assert!(state.beneath_marked.is_none() && state.message.notice() == Some("nothing is marked"));
        for _ in 0..3 {
            press(&mut state, KeyCode::Down);
            press(&mut state, KeyCode::Tab);
        }
        alt(&mut state, 'm');
        assert_eq!((listed(&state), state.results.selected), (vec![1, 3, 5], 0));
        // An answer reaches the results beneath.
        answer(&mut state, 1, [8, 7, 6, 5]);
        assert_eq!(listed(&state), [1, 3, 5]);
        // A mark that was taken away can be set again.
        press(&mut state, KeyCode::Tab);
        assert_eq!((listed(&state).len(), state.marked.len(), state.results.selected), (3, 2, 1));
        press(&mut state, KeyCode::Esc);
        assert_eq!((listed(&state), state.marked.len(), &state.exit), (vec![8, 7, 6, 5], 2, &None));
    }

    #[test]
    fn typing_and_more_like_this_leave_the_list() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Tab);
        alt(&mut state, 'm');
        type_in(&mut state, "x");
        assert!(state.beneath_marked.is_none() && listed(&state).len() == 9);
        alt(&mut state, 'm');
        let effects = ctrl(&mut state, 's');
        assert!(state.beneath_marked.is_none());
        let asks = |effect: &Effect| matches!(effect, Effect::Search { question: Question::SimilarTo(ids), .. } if *ids == [0, 1]);
        assert!(effects.iter().any(asks), "{effects:?}");
    }

    #[test]
    fn what_went_to_the_trash_is_listed_no_more() {
        let mut state = browser();
        alt(&mut state, 'a');
        alt(&mut state, 'm');
        press(&mut state, KeyCode::End);
        update(&mut state, Event::Trashed { pictures: trashed_pictures([7, 8]), words: "gone".into() });
        assert_eq!((listed(&state), state.results.selected), ((0..7).collect(), 6));
        update(&mut state, Event::Trashed { pictures: trashed_pictures(0..7), words: "gone".into() });
        assert!(state.beneath_marked.is_none() && state.marked.is_empty());
    }

    #[test]
    fn esc_unmarks_before_it_leaves_and_a_key_marks_again() {
        let mut state = browser();
        alt(&mut state, 'a');
        assert_eq!(state.marked.len(), 9);
        press(&mut state, KeyCode::Esc);
        assert_eq!((state.marked.len(), &state.exit), (0, &None));
        assert_eq!(state.message.notice(), Some("unmarked 9 pictures: alt-u marks them again"));
        alt(&mut state, 'u');
        assert_eq!(state.marked.len(), 9);
        press(&mut state, KeyCode::Tab);
        alt(&mut state, 'i');
        assert_eq!(state.marked.pictures(), [(0, "0.jpg".into())]);
        alt(&mut state, 'u');
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.exit, Some(Exit::Left));
    }

    #[test]
    fn without_marks_nothing_is_marked() {
        let mut state = browser();
        state.multi = false;
        for letter in ['a', 'i'] {
            alt(&mut state, letter);
            assert!(state.marked.is_empty() && state.message.notice().is_some());
        }
    }
}
