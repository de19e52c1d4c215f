//! A session in which a script types queries, and every answer is timed.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};

use super::headless::{self, Keyboard};
use crate::tui::app::indexing::Indexing;
use crate::tui::app::state::State;
use crate::tui::graphics::GraphicsEncoder;
use crate::tui::options::BrowseOptions;

/// The time from the results of a key until the next key, as fast fingers press it.
const PAUSE: Duration = Duration::from_millis(40);

/// The figures that a scripted session measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScriptFigures {
    /// The time from the start to the first frame.
    pub first_frame: Duration,
    /// The time from the start to the first results.
    pub first_results: Duration,
    /// For each key, the time from its press until its letter was on the screen.
    pub key_to_frame: Vec<Duration>,
    /// For each key, the time from its press until its results were on the screen.
    pub key_to_results: Vec<Duration>,
    /// The number of searchable pictures at the end.
    pub pictures: usize,
}

/// Opens the browser on a screen of 120 x 40 that nobody sees, with half-block previews, and presses `keys`. Each is pressed
/// when the results of the one before are on the screen, and has to change what is searched for unless it is a space. While
/// pictures are being indexed, the keys are repeated until that is done. With `wait_for_notice`, no key is pressed before the
/// browser shows a notice. A key that leaves the query unfinished is followed by the next as soon as it is on the screen.
/// `started` is the start of the measured times.
///
/// # Errors
/// When the system has no threads left, or a query or the index fails.
pub(crate) fn run_script(
    options: &BrowseOptions,
    keys: &[KeyEvent],
    started: Instant,
    wait_for_notice: bool,
) -> anyhow::Result<ScriptFigures> {
    let mut session = ScriptedSession {
        keys: keys.iter().copied().cycle(),
        left: keys.len(),
        asked: 0,
        text: String::new(),
        echoed: false,
        waiting: wait_for_notice,
        figures: ScriptFigures::default(),
        started,
        error: None,
    };
    let mut first_frame = Duration::ZERO;
    let opened = || first_frame = started.elapsed();
    headless::run(options, GraphicsEncoder::text(), opened, |state, keyboard| {
        session.on_frame(state, keyboard)
    })?;
    match session.error {
        Some(error) => Err(anyhow::anyhow!(error)),
        None => Ok(ScriptFigures { first_frame, ..session.figures }),
    }
}

/// A user who looks at every frame, and presses the next key when the one before was answered.
struct ScriptedSession<I> {
    /// The keys of the script, over and over.
    keys: I,
    /// The number of keys that are left of the first time through the script.
    left: usize,
    /// The number of questions asked before the last key.
    asked: u64,
    /// The text of the query before the last key.
    text: String,
    /// Whether the letter of the last key was on the screen.
    echoed: bool,
    /// Whether the first key waits for a notice.
    waiting: bool,
    figures: ScriptFigures,
    started: Instant,
    error: Option<String>,
}

impl<I: Iterator<Item = KeyEvent>> ScriptedSession<I> {
    fn on_frame(&mut self, state: &State, keyboard: &Keyboard) {
        let results = &state.results;
        if let Some(error) = state.message.error().filter(|_| self.error.is_none()) {
            self.error = Some(error.to_owned());
            keyboard.press(PAUSE, vec![KeyEvent::from(KeyCode::Esc)], || {});
        } else if self.figures.first_results.is_zero() {
            if results.answered > 0 {
                self.figures.first_results = self.started.elapsed();
                if !self.waiting {
                    self.press_next(state, keyboard);
                }
            }
        } else if self.waiting {
            if state.message.notice().is_some() {
                self.waiting = false;
                self.press_next(state, keyboard);
            }
        } else if results.asked > self.asked {
            let since = keyboard.since();
            if !std::mem::replace(&mut self.echoed, true) {
                self.figures.key_to_frame.push(since);
            }
            if !results.pending() {
                self.figures.key_to_results.push(since);
                self.press_next(state, keyboard);
            }
        } else if state.reading.fault.is_some() && state.query.text() != self.text {
            self.press_next(state, keyboard);
        }
    }

    fn press_next(&mut self, state: &State, keyboard: &Keyboard) {
        self.figures.pictures = state.pictures.unwrap_or_default();
        self.asked = state.results.asked;
        state.query.text().clone_into(&mut self.text);
        self.echoed = false;
        let mut pressed = Vec::new();
        let indexing = matches!(state.indexing, Indexing::Running { .. });
        if self.left > 0 || indexing {
            // A space alone changes no question, so the key after it is pressed with it.
            for key in self.keys.by_ref() {
                self.left = self.left.saturating_sub(1);
                pressed.push(key);
                if key.code != KeyCode::Char(' ') {
                    break;
                }
            }
        } else {
            pressed.push(KeyEvent::from(KeyCode::Esc));
        }
        keyboard.press(PAUSE, pressed, || {});
    }
}
