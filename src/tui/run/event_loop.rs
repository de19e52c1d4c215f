//! The event loop.
//!
//! Events come from the terminal and, through one bounded channel, from the workers. Each goes through `update`; its
//! effects are handed to workers and never waited for. The screen is drawn when nothing else is left to do, as often as
//! [`FramePacer`](super::frame_pacer::FramePacer) allows, and only if something changed.

use std::io;
use std::time::Duration;

use anyhow::Context;
use crossterm::event::{Event as Input, EventStream};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::browser::Browser;
use super::signals::{HANG_UP, Signal, Signals};
use crate::tui::app::event::Event;
use crate::tui::app::exit::Exit;
use crate::tui::app::query_draft::lasting_text;
use crate::tui::app::state::State;
use crate::tui::history_file;
use crate::tui::options::BrowseOptions;
use crate::tui::terminal::reader;
use crate::tui::terminal::screen::Screen;
use crate::tui::view_file::{self, ViewSettings};

/// The longest time that a frame waits for a stream of events to end.
const LATEST_FRAME: Duration = Duration::from_millis(40);
/// The number of events of the workers that may wait; a worker that finds no room waits too.
pub(super) const CHANNEL: usize = 256;

/// How the browser ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How it was left.
    pub exit: Exit,
    /// The query at that moment.
    pub query: String,
}

/// Browses until the user chooses or leaves. The terminal is given back in any case.
///
/// # Errors
/// When there is no terminal, or the system has no threads left.
pub(crate) fn run(options: BrowseOptions) -> anyhow::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(browse(options));
    runtime.shutdown_background();
    ended
}

async fn browse(mut options: BrowseOptions) -> anyhow::Result<Ended> {
    let signals = Signals::new().context("signals can't be received")?;
    let (sender, mut events) = mpsc::channel(CHANNEL);
    options.appearance.view = options.appearance.view.over(view_file::load());
    let mut browser =
        Browser::open(Screen::enter(&options.appearance.theme, options.height)?, &options, sender)?;
    browser.state.history = history_file::load();
    let remembered = ViewSettings::of(&browser.state);
    let served = match browser.probe_terminal(&options, &mut events) {
        Ok(()) => serve(&mut browser, events, EventStream::new, signals, |_| {}).await,
        Err(error) => Err(error.into()),
    };
    let exit = match served {
        // It may fail before its signal comes, which goes to the shell first.
        Err(_) if reader::is_gone() => Exit::Killed { signal: HANG_UP },
        served => served?,
    };
    let query = lasting_text(&mut browser.state);
    let left_with = ViewSettings::of(&browser.state);
    if left_with != remembered {
        view_file::save(left_with);
    }
    if !matches!(exit, Exit::Killed { .. }) {
        history_file::add(&query);
    }
    Ok(Ended { exit, query })
}

/// Serves events until the browser is left. `listen` begins to read keys, at the start and after another program had the
/// terminal. `on_frame` is called with the state that each frame shows.
pub(super) async fn serve<K: Stream<Item = io::Result<Input>> + Unpin>(
    browser: &mut Browser,
    mut events: mpsc::Receiver<Event>,
    mut listen: impl FnMut() -> K,
    mut signals: Signals,
    mut on_frame: impl FnMut(&State),
) -> anyhow::Result<Exit> {
    let mut keys = listen();
    loop {
        if let Some(exit) = browser.state.exit.take() {
            return Ok(exit);
        }
        if let Some(command) = browser.command.take() {
            // The reader of keys would take those that are meant for the command.
            drop(keys);
            browser.run_command(&command)?;
            signals.forget_keys().await;
            keys = listen();
        }
        if std::mem::take(&mut browser.stops) {
            // It would take the answer to where the cursor is after the stop.
            drop(keys);
            browser.suspend()?;
            keys = listen();
        }
        if browser.needs_frame() && browser.drawn_at.elapsed() >= LATEST_FRAME {
            browser.draw()?;
            on_frame(&browser.state);
        }
        let next_frame = tokio::time::Instant::from_std(browser.pacer.next_frame());
        let notice_ends = browser.notice_ends().map(tokio::time::Instant::from_std);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::End(signal) => return Ok(Exit::Killed { signal }),
                Signal::Stop => browser.handle(Event::Stop)?,
            },
            input = keys.next() => match input {
                Some(input) => browser.take_input(input.context("the terminal can't be read")?)?,
                None => return Ok(Exit::Left),
            },
            Some(event) = events.recv() => browser.handle(event)?,
            () = tokio::time::sleep_until(notice_ends.unwrap_or(next_frame)), if notice_ends.is_some() => {
                browser.end_notice()?;
            }
            () = tokio::time::sleep_until(next_frame), if browser.needs_frame() => {
                browser.draw()?;
                on_frame(&browser.state);
            }
        }
    }
}
