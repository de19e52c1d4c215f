//! The event loop without a terminal: keys are pressed by a script, and every answer is timed.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use futures_util::{Stream, stream};
use ratatui::layout::Size;
use ratatui_image::picker::Picker;
use tokio::sync::mpsc;

use super::{Browser, CHANNEL, Signals, serve};
use crate::tui::BrowseOptions;
use crate::tui::state::{Indexing, State};
use crate::tui::terminal::Screen;

/// The terminal that is played.
const SIZE: Size = Size { width: 120, height: 40 };
/// From what a key led to until the next is pressed, as fast fingers do.
const PAUSE: Duration = Duration::from_millis(40);

/// What was measured. Times of one key each, from when it was pressed.
#[derive(Debug, Clone, Default)]
pub struct Rehearsal {
    /// From `started` to the first frame.
    pub first_frame: Duration,
    /// From `started` to the first results.
    pub first_results: Duration,
    /// Until the key's letter was on the screen.
    pub key_to_frame: Vec<Duration>,
    /// Until its results were.
    pub key_to_results: Vec<Duration>,
    /// Searchable pictures at the end.
    pub pictures: usize,
}

/// Opens the browser on a screen of 120 x 40 that nobody sees, with half-block previews, and types `keys`, each when the
/// results of the one before are on the screen; with an indexing under way, over and over until that is done. Each
/// key but a space has to change what is searched for. With `wait_for_notice`, nothing is pressed before the browser tells
/// of something that it has begun to do.
///
/// # Errors
/// When the system has no threads left, or a query or the index fails.
pub fn rehearse(
    options: &BrowseOptions,
    keys: &[KeyEvent],
    started: Instant,
    wait_for_notice: bool,
) -> anyhow::Result<Rehearsal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(play(options, keys, started, wait_for_notice));
    runtime.shutdown_background();
    figures
}

async fn play(
    options: &BrowseOptions,
    keys: &[KeyEvent],
    started: Instant,
    wait_for_notice: bool,
) -> anyhow::Result<Rehearsal> {
    let (sender, events) = mpsc::channel(CHANNEL);
    let mut browser = Browser::open(Screen::headless(SIZE)?, options, sender)?;
    browser.preview.set_picker(Picker::halfblocks());
    let (press, pressed) = mpsc::channel(1);
    let inputs = Box::pin(stream::unfold(pressed, |mut pressed| async move {
        let input: Input = pressed.recv().await?;
        Some((io::Result::Ok(input), pressed))
    }));
    let mut inputs: Option<Inputs> = Some(inputs);
    // No key of a script starts a program, so this is called once.
    let listen = || inputs.take().unwrap_or_else(|| Box::pin(stream::pending()));
    let mut typist = Typist {
        keys: keys.iter().copied().cycle(),
        left: keys.len(),
        press,
        pressed_at: Arc::default(),
        asked: 0,
        echoed: false,
        waiting: wait_for_notice,
        figures: Rehearsal { first_frame: started.elapsed(), ..Rehearsal::default() },
        started,
        trouble: None,
    };
    serve(&mut browser, events, listen, Signals::new()?, |state| typist.see(state)).await?;
    match typist.trouble {
        Some(trouble) => Err(anyhow::anyhow!(trouble)),
        None => Ok(typist.figures),
    }
}

type Inputs = Pin<Box<dyn Stream<Item = io::Result<Input>>>>;

/// Looks at every frame, and presses the next key when the one before was answered.
struct Typist<I> {
    keys: I,
    left: usize,
    press: mpsc::Sender<Input>,
    /// When the last key was pressed.
    pressed_at: Arc<Mutex<Option<Instant>>>,
    /// The questions asked before it.
    asked: u64,
    /// Whether it was on the screen.
    echoed: bool,
    /// Whether nothing was pressed yet, for want of a notice.
    waiting: bool,
    figures: Rehearsal,
    started: Instant,
    trouble: Option<String>,
}

impl<I: Iterator<Item = KeyEvent>> Typist<I> {
    fn see(&mut self, state: &State) {
        let results = &state.results;
        if let Some(trouble) = state.worst_trouble().filter(|_| self.trouble.is_none()) {
            self.trouble = Some(trouble.to_owned());
            self.send(vec![KeyEvent::from(KeyCode::Esc)]);
        } else if self.figures.first_results.is_zero() {
            if results.answered > 0 {
                self.figures.first_results = self.started.elapsed();
                if !self.waiting {
                    self.next(state);
                }
            }
        } else if self.waiting {
            if state.notice.is_some() {
                self.waiting = false;
                self.next(state);
            }
        } else if results.asked > self.asked {
            let pressed_at = *self.pressed_at.lock().unwrap_or_else(PoisonError::into_inner);
            let since = pressed_at.map_or(Duration::ZERO, |at| at.elapsed());
            if !std::mem::replace(&mut self.echoed, true) {
                self.figures.key_to_frame.push(since);
            }
            if !results.pending() {
                self.figures.key_to_results.push(since);
                self.next(state);
            }
        }
    }

    fn next(&mut self, state: &State) {
        self.figures.pictures = state.pictures.unwrap_or_default();
        self.asked = state.results.asked;
        self.echoed = false;
        let mut pressed = Vec::new();
        let indexing = matches!(state.indexing, Indexing::Running { .. });
        if self.left > 0 || indexing {
            // A space alone asks nothing: the key after it is pressed with it.
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
            *pressed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            for key in keys {
                // Once the browser is left nobody reads keys any more.
                let _ = press.send(Input::Key(key)).await;
            }
        });
    }
}
