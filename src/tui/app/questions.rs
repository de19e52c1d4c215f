//! What is asked of the index, and what its answers change.

use std::sync::Arc;
use std::time::Instant;

use super::actions::accept;
use super::effect::{Effect, Question};
use super::message::Failure;
use super::query_steps::Kind;
use super::reading::Meaning;
use super::relevance;
use super::results::{SimilarTo, is_listed_only};
use super::state::State;
use crate::library::Hit;

/// Asks what the state now calls for: similar pictures, the newest ones, or those that fit the query. While there is no
/// model, nothing is asked: the query waits.
pub(crate) fn ask(state: &mut State, at: Instant, effects: &mut Vec<Effect>) {
    state.reading.read(state.query.text(), &state.results.hits);
    let (meaning, narrowing) = (state.reading.meaning.clone(), Arc::clone(&state.reading.narrowing));
    let results = &mut state.results;
    results.moved = false;
    if state.download.is_some() {
        (results.asked_meaning, results.asked_narrowing) = (meaning, narrowing);
        return;
    }
    results.asked += 1;
    results.next_days = Arc::default();
    results.folding.next = Arc::default();
    results.asked_look_alikes = state.look_alikes.is_some();
    results.asked_at = Some(at);
    results.asked_only_relevant = state.only_relevant;
    results.asked_similar = state.similar_to.last().map(SimilarTo::ids);
    let generation = results.asked;
    effects.push(match results.asked_similar.clone() {
        _ if results.asked_look_alikes => {
            Effect::Search { generation, question: Question::LookAlikes, narrowing: Arc::default() }
        }
        Some(ids) => {
            Effect::Search { generation, question: Question::SimilarTo(ids), narrowing: Arc::default() }
        }
        None => match meaning.clone() {
            Meaning::Newest => {
                Effect::Search { generation, question: Question::Newest, narrowing: Arc::clone(&narrowing) }
            }
            Meaning::Text(text) => Effect::Embed { generation, text },
            Meaning::Terms(terms) => Effect::EmbedTerms { generation, terms },
        },
    });
    (results.asked_meaning, results.asked_narrowing) = (meaning, narrowing);
    state.message.end_question_failure();
}

/// Reads the query, and asks anew if it means something else, or the pictures to be similar to are others, than at the last
/// question. A query that is wrong or unfinished means what it meant before.
pub(crate) fn ask_if_changed(state: &mut State, at: Instant, effects: &mut Vec<Effect>) {
    if state.reading.is_of_other_than(state.query.text()) {
        let (before, bindings) = (state.reading.text(), state.reading.bindings());
        state.query_steps.note(before, bindings, state.query.text(), Kind::Edit);
    }
    if state.reading.read(state.query.text(), &state.results.hits) {
        // Whoever types means the query again.
        state.similar_to.clear();
        state.look_alikes = None;
    }
    let (reading, results) = (&state.reading, &state.results);
    let means_else = reading.meaning != results.asked_meaning || reading.narrowing != results.asked_narrowing;
    let views_else = state.look_alikes.is_some() != results.asked_look_alikes
        || state.only_relevant != results.asked_only_relevant;
    if means_else || views_else || state.similar_to.last().map(SimilarTo::ids) != state.results.asked_similar
    {
        ask(state, at, effects);
    }
}

/// Takes in that the last question gets no answer, because of the term with this index if it is known; older results stay.
pub(crate) fn fail(state: &mut State, term: Option<usize>, reason: String) {
    if let Some(term) = term {
        state.reading.blame(term, &reason);
    }
    state.message.fail(Failure::Question(reason));
    state.results.asked_at = None;
    state.results.accept_when_answered = false;
}

/// Takes in the answer to the last question: the first, or another because pictures came or went.
pub(crate) fn answer(state: &mut State, generation: u64, hits: Vec<Hit>, at: Instant) {
    let (cutoff, only_relevant) = (state.cutoff, state.only_relevant);
    let results = &mut state.results;
    let hits = results.folding.take_in(hits, results.asked_look_alikes);
    let position = |id: i64| hits.iter().position(|hit| hit.id == id);
    let known_as = |hit: &Hit| {
        // What was listed by its name has an id by now.
        let by_path = || hits.iter().position(|other| other.path == hit.path);
        if is_listed_only(hit.id) { by_path() } else { position(hit.id) }
    };
    // A picture may be folded beneath another.
    let folding = &results.folding;
    let place = |id: i64| position(id).or_else(|| position(folding.row_above(id)?));
    let returned_to = results.select_when_answered.take().and_then(place);
    results.moved |= returned_to.is_some();
    let selected = returned_to.or_else(|| {
        // A picture that the user went to stays selected while others come and go around it. If it is gone, its place
        // stays selected.
        let followed = results.selected_hit().and_then(|hit| known_as(hit).or_else(|| place(hit.id)));
        results.moved.then(|| followed.unwrap_or(results.selected))
    });
    state.marked.renumber(|id, path| {
        let known = |path: &std::path::PathBuf| hits.iter().find(|hit| hit.path == *path).map(|hit| hit.id);
        is_listed_only(id).then(|| known(path)).flatten()
    });
    results.hits = relevance::shown(cutoff, only_relevant, results, hits);
    results.days = std::mem::take(&mut results.next_days);
    results.selected = selected.unwrap_or(0).min(results.hits.len().saturating_sub(1));
    if !results.moved {
        results.offset = 0;
    }
    note_answer(state, generation, at);
    if state.results.accept_when_answered {
        accept(state);
    }
}

/// Takes in that there is an answer to the last question.
pub(crate) fn note_answer(state: &mut State, generation: u64, at: Instant) {
    let results = &mut state.results;
    results.answered = generation;
    if let Some(asked_at) = results.asked_at.take() {
        results.took = Some(at.saturating_duration_since(asked_at));
    }
    state.message.end_question_failure();
}
