//! The download of the model. Until that is here, the browser shows the names of the pictures, and queries wait.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::indexing::Indexing;
use super::overlay::Overlay;
use super::questions;
use super::results::is_listed_only;
use super::state::State;
use crate::library::Hit;

/// The download of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Download {
    /// The number of the attempt, from 1 on. News of earlier attempts are dropped.
    pub generation: u64,
    /// What is going on.
    pub step: Step,
    /// When the first bytes of this file arrived, and how many there were by then; both serve the rate.
    since: Option<(Instant, u64)>,
    /// The time of `step`.
    at: Option<Instant>,
}

/// What is going on in a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The hub is asked what it has.
    Starting,
    /// Bytes of a file arrive: those that are here and those of the whole file.
    Receiving { file: String, received: u64, total: u64 },
    /// The checksum of a file is computed.
    Checking { file: String },
    /// Another process downloads the file.
    Waiting { file: String },
    /// Something failed that may pass; it is tried again after a while.
    Retrying { file: String, reason: String, wait: Duration },
    /// All files are here. The model is made ready.
    Preparing,
    /// There is no model: the reason, and what can be done about it.
    Failed { reason: String },
}

impl Download {
    /// An attempt of which nothing is known yet.
    pub(crate) fn starting(generation: u64) -> Self {
        Self { generation, step: Step::Starting, since: None, at: None }
    }

    /// Takes in what is going on at the time `at`.
    fn advance(&mut self, step: Step, at: Instant) {
        match (&self.step, &step) {
            (Step::Receiving { file: before, .. }, Step::Receiving { file, .. }) if before == file => {}
            (_, Step::Receiving { received, .. }) => self.since = Some((at, *received)),
            _ => self.since = None,
        }
        (self.step, self.at) = (step, Some(at));
    }

    /// Whether the attempt has failed.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.step, Step::Failed { .. })
    }

    /// Bytes a second, once a second of the file's download is known.
    pub(crate) fn rate(&self) -> Option<f64> {
        let (Step::Receiving { received, .. }, Some((start, first)), Some(at)) =
            (&self.step, self.since, self.at)
        else {
            return None;
        };
        let seconds = at.saturating_duration_since(start).as_secs_f64();
        let bytes = received.saturating_sub(first);
        (seconds >= 1.0 && bytes > 0).then(|| bytes as f64 / seconds)
    }

    /// The time that the rest of the file takes at this rate.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let Step::Receiving { received, total, .. } = &self.step else { return None };
        let left = total.saturating_sub(*received);
        self.rate().map(|rate| Duration::from_secs((left as f64 / rate).ceil() as u64))
    }
}

/// Takes in the names of the pictures, unless the model was quicker.
pub(crate) fn list(state: &mut State, hits: Vec<Hit>, pictures: usize) {
    if state.download.is_some() {
        state.pictures = Some(pictures);
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

/// Takes in news of the download. A failure is shown over everything but what the user is busy with.
pub(crate) fn advance(state: &mut State, generation: u64, step: Step, at: Instant) {
    let Some(download) = state.download.as_mut().filter(|known| known.generation == generation) else {
        return;
    };
    download.advance(step, at);
    if download.has_failed() && state.overlay.is_none() {
        state.overlay = Some(Overlay::DownloadFailed);
    }
}

/// Tries again after a failure.
pub(crate) fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(download) = state.download.as_mut().filter(|download| download.has_failed()) {
        *download = Download::starting(download.generation + 1);
        effects.push(Effect::Download { generation: download.generation });
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
    let moved = state.results.moved;
    questions::ask(state, at, effects);
    // The picture that the user went to stays selected when the names give way to the same pictures, indexed.
    state.results.moved = moved && state.results.asked_text.is_empty();
}

/// Whether the names of the pictures stay although the index has answered: it knows none of them yet.
pub(crate) fn keeps_names(state: &State, hits: &[Hit]) -> bool {
    let is_indexing = matches!(state.indexing, Indexing::Running { .. });
    hits.is_empty() && shows_names(state) && is_indexing && state.results.asked_text.is_empty()
}

/// Whether the results are names from before the indexing.
fn shows_names(state: &State) -> bool {
    state.results.hits.first().is_some_and(|hit| is_listed_only(hit.id))
}

#[cfg(test)]
mod tests;
