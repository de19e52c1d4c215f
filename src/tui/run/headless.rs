//! The event loop on a screen that nobody sees, with a script in place of the fingers.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyEvent};
use futures_util::{Stream, stream};
use parking_lot::Mutex;
use ratatui::layout::Size;
use tokio::sync::mpsc;

use super::browser::Browser;
use super::event_loop::{CHANNEL, serve};
use super::signals::Signals;
use crate::tui::app::state::State;
use crate::tui::graphics::GraphicsEncoder;
use crate::tui::options::BrowseOptions;
use crate::tui::terminal::screen::Screen;

/// The size of the screen in columns and rows.
const SIZE: Size = Size { width: 120, height: 40 };

/// Keys that a script presses.
#[derive(Clone)]
pub(super) struct Keyboard {
    press: mpsc::Sender<Input>,
    /// When the last keys were pressed.
    pressed_at: Arc<Mutex<Option<Instant>>>,
}

impl Keyboard {
    /// Presses keys after a pause, and calls `before` just before the first.
    pub(super) fn press(&self, pause: Duration, keys: Vec<KeyEvent>, before: impl FnOnce() + Send + 'static) {
        let (press, pressed_at) = (self.press.clone(), Arc::clone(&self.pressed_at));
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            before();
            *pressed_at.lock() = Some(Instant::now());
            for key in keys {
                // Once the browser is left, nobody reads keys.
                let _ = press.send(Input::Key(key)).await;
            }
        });
    }

    /// The time since the last keys were pressed.
    pub(super) fn since(&self) -> Duration {
        self.pressed_at.lock().map_or(Duration::ZERO, |at| at.elapsed())
    }
}

type Inputs = Pin<Box<dyn Stream<Item = io::Result<Input>>>>;

/// Opens the browser on a screen of 120 x 40, calls `on_frame` with the state that each frame shows, and returns once it is
/// left. `opened` is called when the first frame, which is not among them, is drawn.
///
/// # Errors
/// When the system has no threads left.
pub(super) fn run(
    options: &BrowseOptions,
    encoder: GraphicsEncoder,
    opened: impl FnOnce(),
    mut on_frame: impl FnMut(&State, &Keyboard),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let (sender, events) = mpsc::channel(CHANNEL);
        let mut browser = Browser::open(Screen::headless(SIZE)?, options, sender)?;
        opened();
        browser.set_encoder(encoder)?;
        let (press, pressed) = mpsc::channel(1);
        let inputs = Box::pin(stream::unfold(pressed, |mut pressed| async move {
            let input: Input = pressed.recv().await?;
            Some((io::Result::Ok(input), pressed))
        }));
        let mut inputs: Option<Inputs> = Some(inputs);
        // No key of a script starts a program, so this is called once.
        let listen = || inputs.take().unwrap_or_else(|| Box::pin(stream::pending()));
        let keyboard = Keyboard { press, pressed_at: Arc::default() };
        serve(&mut browser, events, listen, Signals::new()?, |state| on_frame(state, &keyboard)).await?;
        Ok(())
    });
    runtime.shutdown_background();
    ended
}
