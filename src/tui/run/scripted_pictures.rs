//! A session in which a script goes from picture to picture, and the time until each is drawn is taken.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use super::headless::{self, Keyboard};
use crate::tui::app::preview::PreviewContent;
use crate::tui::app::state::State;
use crate::tui::graphics::{DrawingMethod, GraphicsEncoder};
use crate::tui::options::BrowseOptions;

/// The moves of a script.
pub(crate) struct PictureScript {
    /// The key that goes to another picture.
    pub key: KeyCode,
    /// The number of times that it is pressed.
    pub times: usize,
    /// The time from a picture until the next key.
    pub pause: Duration,
    /// Called just before each key.
    pub before: Arc<dyn Fn() + Send + Sync>,
}

/// Opens the browser on a screen of 120 x 40 that nobody sees, with cells of 10 x 20 pixels, waits for the first picture, and
/// moves as the script says. Returns for each key the time from its press until the picture was drawn. Pictures are drawn by
/// the protocol of the options, by default as half-blocks.
///
/// # Errors
/// When the system has no threads left, the index fails, or a picture can't be shown.
pub(crate) fn run_picture_script(
    options: &BrowseOptions,
    script: &PictureScript,
) -> anyhow::Result<Vec<Duration>> {
    let method = options.protocol.forced().unwrap_or(DrawingMethod::HALFBLOCKS);
    let encoder = GraphicsEncoder { method, ..GraphicsEncoder::text() };
    let mut session = PictureSession { script, from: None, times: Vec::new(), error: None };
    headless::run(options, encoder, || {}, |state, keyboard| session.on_frame(state, keyboard))?;
    match session.error {
        Some(error) => Err(anyhow::anyhow!(error)),
        None => Ok(session.times),
    }
}

/// A user who looks at every frame, and goes on when the picture is there.
struct PictureSession<'a> {
    script: &'a PictureScript,
    /// The index of the result from which the last key went on.
    from: Option<usize>,
    times: Vec<Duration>,
    error: Option<String>,
}

impl PictureSession<'_> {
    fn on_frame(&mut self, state: &State, keyboard: &Keyboard) {
        if self.error.is_some() {
            return;
        }
        let selected = state.results.selected;
        let shown =
            state.preview.shown.as_ref().filter(|(key, _)| state.preview.wanted.as_ref() == Some(key));
        let failure = match (state.message.error(), shown) {
            (Some(error), _) => Some(error.to_owned()),
            (None, Some((_, PreviewContent::Unreadable(reason)))) => Some(reason.clone()),
            _ => None,
        };
        if failure.is_some() {
            self.error = failure;
            return self.leave(keyboard);
        }
        if shown.is_none() || self.from == Some(selected) {
            return;
        }
        if self.from.is_some() {
            self.times.push(keyboard.since());
        }
        self.from = Some(selected);
        let is_last = selected + 1 == state.results.hits.len();
        if self.times.len() == self.script.times || is_last {
            return self.leave(keyboard);
        }
        let before = Arc::clone(&self.script.before);
        keyboard.press(self.script.pause, vec![KeyEvent::from(self.script.key)], move || before());
    }

    fn leave(&self, keyboard: &Keyboard) {
        keyboard.press(Duration::ZERO, vec![KeyEvent::from(KeyCode::Esc)], || {});
    }
}
