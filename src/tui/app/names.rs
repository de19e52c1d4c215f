//! The names of the pictures, which are the results until the model is here and the index knows the pictures.

use std::sync::Arc;
use std::time::Instant;

use super::effect::Effect;
use super::indexing::Indexing;
use super::questions;
use super::results::{Days, is_listed_only};
use super::state::State;
use crate::library::Hit;

/// Takes in the names of the pictures, unless the model was quicker.
pub(crate) fn list(state: &mut State, hits: Vec<Hit>, days: Arc<Days>, pictures: usize) {
    if state.download.is_some() {
        state.pictures = Some(pictures);
        state.results.days = days;
        state.results.hits = hits;
        state.results.selected = 0;
    }
}

/// Takes in that pictures went to the trash, some of which may be known by their names alone.
pub(crate) fn unlist(state: &mut State, ids: &[i64]) {
    let results = &mut state.results;
    let before = results.hits.len();
    results.hits.retain(|hit| !is_listed_only(hit.id) || !ids.contains(&hit.id));
    let gone = before - results.hits.len();
    results.selected = results.selected.min(results.hits.len().saturating_sub(1));
    state.pictures = state.pictures.map(|pictures| pictures.saturating_sub(gone));
}

/// Takes in that none of the listed files could be indexed.
pub(crate) fn drop_names(state: &mut State) {
    if shows_names(state) {
        (state.results.hits, state.results.selected) = (Vec::new(), 0);
        state.pictures = Some(0);
    }
}

/// Takes in that the model is here: from now on the index answers, first the query that waited. With `indexes`, pictures
/// are indexed in the background from now on.
pub(crate) fn finish(
    state: &mut State,
    generation: u64,
    indexes: bool,
    at: Instant,
    effects: &mut Vec<Effect>,
) {
    if state.download.as_ref().is_none_or(|download| download.generation != generation) {
        return;
    }
    state.download = None;
    if indexes {
        state.indexing = Indexing::starting();
    }
    effects.push(Effect::UseModel);
    if !state.results.folding.on {
        effects.push(Effect::Fold(false));
    }
    let moved = state.results.moved;
    questions::ask(state, at, effects);
    // The picture that the user went to stays selected when the names give way to the same pictures, indexed.
    state.results.moved = moved && state.results.asked_for_newest();
}

/// Whether the names of the pictures stay although the index has answered: it knows none of them yet.
pub(crate) fn keeps_names(state: &State, hits: &[Hit]) -> bool {
    let is_indexing = matches!(state.indexing, Indexing::Running { .. });
    hits.is_empty() && shows_names(state) && is_indexing && state.results.asked_for_newest()
}

/// Whether the results are names from before the indexing.
fn shows_names(state: &State) -> bool {
    state.results.hits.first().is_some_and(|hit| is_listed_only(hit.id))
}
