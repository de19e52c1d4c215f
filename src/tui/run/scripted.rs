//! The event loop without a terminal. A script presses the keys, and every answer is timed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use futures_util::{Stream, stream};
use parking_lot::Mutex;
use ratatui::layout::Size;
use tokio::sync::mpsc;

use super::browser::Browser;
use super::event_loop::{CHANNEL, serve};
use super::signals::Signals;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::state::State;
use crate::tui::graphics::GraphicsEncoder;
use crate::tui::options::BrowseOptions;
use crate::tui::terminal::screen::Screen;

/// The size of the screen in columns and rows.
const SIZE: Size = Size { width: 120, height: 40 };
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(run_session(options, keys, started, wait_for_notice));
    runtime.shutdown_background();
    figures
}

async fn run_session(
    options: &BrowseOptions,
    keys: &[KeyEvent],
    started: Instant,
    wait_for_notice: bool,
) -> anyhow::Result<ScriptFigures> {
    let (sender, events) = mpsc::channel(CHANNEL);
    let mut browser = Browser::open(Screen::headless(SIZE)?, options, sender)?;
    browser.set_encoder(GraphicsEncoder::text())?;
    let (press, pressed) = mpsc::channel(1);
    let inputs = Box::pin(stream::unfold(pressed, |mut pressed| async move {
        let input: Input = pressed.recv().await?;
        Some((io::Result::Ok(input), pressed))
    }));
    let mut inputs: Option<Inputs> = Some(inputs);
    // No key of a script starts a program, so this is called once.
    let listen = || inputs.take().unwrap_or_else(|| Box::pin(stream::pending()));
    let mut session = ScriptedSession {
        keys: keys.iter().copied().cycle(),
        left: keys.len(),
        press,
        pressed_at: Arc::default(),
        asked: 0,
        text: String::new(),
        echoed: false,
        waiting: wait_for_notice,
        figures: ScriptFigures { first_frame: started.elapsed(), ..ScriptFigures::default() },
        started,
        error: None,
    };
    serve(&mut browser, events, listen, Signals::new()?, |state| session.on_frame(state)).await?;
    match session.error {
        Some(error) => Err(anyhow::anyhow!(error)),
        None => Ok(session.figures),
    }
}

type Inputs = Pin<Box<dyn Stream<Item = io::Result<Input>>>>;

/// A user who looks at every frame, and presses the next key when the one before was answered.
struct ScriptedSession<I> {
    /// The keys of the script, over and over.
    keys: I,
    /// The number of keys that are left of the first time through the script.
    left: usize,
    press: mpsc::Sender<Input>,
    /// When the last key was pressed.
    pressed_at: Arc<Mutex<Option<Instant>>>,
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
    fn on_frame(&mut self, state: &State) {
        let results = &state.results;
        if let Some(error) = state.message.error().filter(|_| self.error.is_none()) {
            self.error = Some(error.to_owned());
            self.send(vec![KeyEvent::from(KeyCode::Esc)]);
        } else if self.figures.first_results.is_zero() {
            if results.answered > 0 {
                self.figures.first_results = self.started.elapsed();
                if !self.waiting {
                    self.press_next(state);
                }
            }
        } else if self.waiting {
            if state.message.notice().is_some() {
                self.waiting = false;
                self.press_next(state);
            }
        } else if results.asked > self.asked {
            let pressed_at = *self.pressed_at.lock();
            let since = pressed_at.map_or(Duration::ZERO, |at| at.elapsed());
            if !std::mem::replace(&mut self.echoed, true) {
                self.figures.key_to_frame.push(since);
            }
            if !results.pending() {
                self.figures.key_to_results.push(since);
                self.press_next(state);
            }
        } else if state.reading.fault.is_some() && state.query.text() != self.text {
            self.press_next(state);
        }
    }

    fn press_next(&mut self, state: &State) {
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
        self.send(pressed);
    }

    fn send(&self, keys: Vec<KeyEvent>) {
        let (press, pressed_at) = (self.press.clone(), Arc::clone(&self.pressed_at));
        tokio::spawn(async move {
            tokio::time::sleep(PAUSE).await;
            *pressed_at.lock() = Some(Instant::now());
            for key in keys {
                // Once the browser is left, nobody reads keys.
                let _ = press.send(Input::Key(key)).await;
            }
        });
    }
}
