//! Where the pictures end that are about the query: the cut-off, and what is shown of the results beyond it.

use super::reading::Meaning;
use super::results::Results;
use super::state::State;
use crate::library::{Cutoff, Hit};
use crate::query::Sort;

/// The number of results, from the first on, that are about the query; `None` where that can't be told: before scores are
/// calibrated, of several terms or of pictures, and in another order than by score.
pub(crate) fn count(state: &State) -> Option<usize> {
    let cutoff = state.cutoff.filter(|_| can_be_told(&state.results))?;
    Some(cutoff.above(&state.results.hits))
}

/// Whether a result is beyond the cut-off, so that it is not likely to be about the query.
pub(crate) fn is_beyond(state: &State, hit: &Hit) -> bool {
    let Some(cutoff) = state.cutoff.filter(|_| can_be_told(&state.results)) else { return false };
    let least = cutoff.least(state.results.hits.iter().map_while(|hit| hit.score));
    hit.score.is_none_or(|score| score < least)
}

/// Shows only what is about the query, or all results again, once the question is asked again.
pub(super) fn toggle(state: &mut State) {
    state.only_relevant = !state.only_relevant;
    let words = match (state.only_relevant, state.cutoff) {
        (true, None) => "what really matches is shown once scores are calibrated",
        (true, Some(_)) => "only what really matches",
        (false, _) => "all results",
    };
    state.message.notify(words.to_owned());
}

/// Of an answer to the last question, what is to be shown.
pub(super) fn shown(
    cutoff: Option<Cutoff>,
    only_relevant: bool,
    results: &Results,
    mut hits: Vec<Hit>,
) -> Vec<Hit> {
    if let Some(cutoff) = cutoff.filter(|_| only_relevant && can_be_told(results)) {
        hits.truncate(cutoff.above(&hits));
    }
    hits
}

/// Whether the results answer a text and nothing else, and the best are first.
fn can_be_told(results: &Results) -> bool {
    let by_score = matches!(results.asked_narrowing.sort, None | Some(Sort::Score));
    by_score
        && !results.asked_look_alikes
        && matches!(results.asked_meaning, Meaning::Text(_))
        && results.asked_similar.is_none()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use ratatui::layout::Size;

    use super::*;
    use crate::tui::app::effect::Effect;
    use crate::tui::app::event::Event;
    use crate::tui::app::questions;
    use crate::tui::app::update::update;

    fn browser(query: &str) -> State {
        State::new(Path::new("/pics"), "demo", query, Size { width: 80, height: 24 })
    }

    fn hits(scores: &[f32]) -> Vec<Hit> {
        let hit = |(at, score): (usize, &f32)| Hit {
            id: at as i64 + 1,
            path: format!("{at}.png").into(),
            score: Some(*score),
        };
        scores.iter().enumerate().map(hit).collect()
    }

    fn answer(state: &mut State, scores: &[f32]) {
        questions::ask(state, Instant::now(), &mut Vec::new());
        let generation = state.results.asked;
        let (hits, at) = (hits(scores), Instant::now());
        update(state, Event::Answered { generation, hits, pictures: scores.len(), at });
    }

    #[test]
    fn pictures_above_the_cut_off_are_about_a_text() {
        let mut state = browser("a cat");
        answer(&mut state, &[0.35, 0.345, 0.1]);
        assert_eq!(count(&state), None);
        update(&mut state, Event::Calibrated { cutoff: Some(Cutoff { floor: 0.3 }), at: Instant::now() });
        assert_eq!(count(&state), Some(2));
        // Of several terms, of filters alone and in another order nothing is told.
        for query in ["a cat + a dog", "", "a cat sort:name"] {
            let mut state = browser(query);
            state.cutoff = Some(Cutoff { floor: 0.3 });
            answer(&mut state, &[0.35, 0.345, 0.1]);
            assert_eq!(count(&state), None, "{query}");
        }
    }

    #[test]
    fn only_what_is_about_the_text_is_shown_if_wanted() {
        let mut state = browser("a cat");
        state.cutoff = Some(Cutoff { floor: 0.3 });
        toggle(&mut state);
        answer(&mut state, &[0.35, 0.345, 0.1]);
        assert_eq!(state.results.hits.len(), 2);
        answer(&mut state, &[0.2, 0.1]);
        assert_eq!((state.results.hits.len(), count(&state)), (0, Some(0)));
        let mut effects = Vec::new();
        toggle(&mut state);
        questions::ask_if_changed(&mut state, Instant::now(), &mut effects);
        assert!(matches!(effects.as_slice(), [Effect::Embed { .. }]), "{effects:?}");
        answer(&mut state, &[0.2, 0.1]);
        assert_eq!((state.results.hits.len(), count(&state)), (2, Some(0)));
    }
}
