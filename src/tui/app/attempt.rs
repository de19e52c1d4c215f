//! The attempts to download the model: their news, and the next one after a failure.

use std::time::Instant;

use super::download::{Download, Step};
use super::effect::Effect;
use super::overlay::Overlay;
use super::state::State;

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
