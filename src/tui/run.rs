//! The event loop: the only file that knows tokio.
//!
//! Events come from the terminal and, through one bounded channel, from the workers. Each goes through
//! `update`; its effects are handed to workers and never waited for. The screen is drawn when nothing
//! else is left to do, at most every [`FRAME`], and only if something changed.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossterm::event::{Event as Input, EventStream};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use crate::base::paths;
use crate::clip::{TextAnswer, TextWorker};
use crate::library::{Boundary, Collection};
use crate::tui::clipboard;
use crate::tui::display::counted;
use crate::tui::effect::{Effect, Errand};
use crate::tui::event::Event;
use crate::tui::facts::FactsWorker;
use crate::tui::graphics::Interview;
use crate::tui::history;
use crate::tui::index_worker::IndexWorker;
use crate::tui::keymap::Keymap;
use crate::tui::preview::PreviewWorker;
use crate::tui::search_worker::SearchWorker;
use crate::tui::state::{Indexing, State};
use crate::tui::terminal::{Screen, TimedReader, cell_pixels};
use crate::tui::trash;
use crate::tui::update::{start, update};
use crate::tui::{BrowseOptions, Outcome};

mod rehearsal;
mod shell;

pub use rehearsal::{Rehearsal, rehearse};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(10);
/// The longest that a frame waits for a stream of events to end.
const LATEST_FRAME: Duration = Duration::from_millis(40);
/// Events of the workers that may wait; a worker that finds no room waits too.
const CHANNEL: usize = 256;
/// How long the terminal may take to say what it can draw.
const INTERVIEW: Duration = Duration::from_millis(800);

/// Browses until the user chooses or leaves. The terminal is given back in any case.
///
/// # Errors
/// When there is no terminal, or the system has no threads left.
pub fn run(options: BrowseOptions) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(browse(options));
    runtime.shutdown_background();
    outcome
}

async fn browse(options: BrowseOptions) -> anyhow::Result<Outcome> {
    let signals = Signals::new().context("signals can't be received")?;
    let (sender, mut events) = mpsc::channel(CHANNEL);
    let mut browser = Browser::open(Screen::enter(&options.look.theme)?, &options, sender)?;
    browser.state.history = history::load();
    browser.interview(&options, &mut events)?;
    let outcome = serve(&mut browser, events, EventStream::new, signals, |_| {}).await?;
    if !matches!(outcome, Outcome::Killed { .. }) {
        history::add(browser.state.query.text());
    }
    Ok(outcome)
}

/// The loop. `listen` begins to read keys, at the start and after another program had the terminal; `seen` is called with what every frame showed.
async fn serve<K: Stream<Item = io::Result<Input>> + Unpin>(
    browser: &mut Browser,
    mut events: mpsc::Receiver<Event>,
    mut listen: impl FnMut() -> K,
    mut signals: Signals,
    mut seen: impl FnMut(&State),
) -> anyhow::Result<Outcome> {
    let mut keys = listen();
    loop {
        if let Some(outcome) = browser.state.outcome.take() {
            return Ok(outcome);
        }
        if let Some(errand) = browser.errand.take() {
            // Or else its reader would take keys that are meant for the program.
            drop(keys);
            browser.run(&errand)?;
            keys = listen();
        }
        if browser.dirty && browser.drawn_at.elapsed() >= LATEST_FRAME {
            browser.draw()?;
            seen(&browser.state);
        }
        let next_frame = tokio::time::Instant::from_std(browser.drawn_at + FRAME);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::End(signal) => return Ok(Outcome::Killed { signal }),
                Signal::Stop => browser.handle(Event::Stop)?,
            },
            input = keys.next() => match input {
                Some(input) => browser.hear(input.context("the terminal can't be read")?)?,
                None => return Ok(Outcome::Left),
            },
            Some(event) = events.recv() => browser.handle(event)?,
            () = tokio::time::sleep_until(next_frame), if browser.dirty => {
                browser.draw()?;
                seen(&browser.state);
            }
        }
    }
}

/// The state with everything that acts for it.
struct Browser {
    // Dropped first, so that the terminal is back before the workers are told to end.
    screen: Screen,
    state: State,
    text: TextWorker,
    search: SearchWorker,
    preview: PreviewWorker,
    facts: FactsWorker,
    collection: Collection,
    boundary: Boundary,
    sender: mpsc::Sender<Event>,
    /// A program that is to have the terminal.
    errand: Option<Errand>,
    _index: Option<IndexWorker>,
    dirty: bool,
    drawn_at: Instant,
}

impl Browser {
    /// Shows the first frame and starts the workers.
    fn open(
        mut screen: Screen,
        options: &BrowseOptions,
        sender: mpsc::Sender<Event>,
    ) -> anyhow::Result<Self> {
        let size = screen.size()?;
        let BrowseOptions { collection, checkpoint, .. } = options;
        let mut state = State::new(&collection.root, &checkpoint.id, &options.query, size);
        state.folder = collection.folder();
        state.multi = options.multi;
        state.notice.clone_from(&options.notice);
        state.commands.clone_from(&options.look.commands);
        let commands = options.look.commands.iter().enumerate();
        let own = commands.filter_map(|(at, command)| Some((command.key?, at)));
        state.keys = Keymap::new(options.look.keys.clone(), own);
        if options.index.is_some() {
            state.indexing = Indexing::starting();
        }
        screen.draw(&state)?;
        let drawn_at = Instant::now();

        let send = sender_of(&sender);
        let loader = checkpoint.clone();
        let text = TextWorker::spawn(move || loader.load_text(), {
            let send = send.clone();
            move |answer| send_answer(answer, &send)
        })?;
        let search = SearchWorker::spawn(collection.clone(), checkpoint.clone(), options.top, send.clone())?;
        let boundary = options.boundary()?;
        let preview = PreviewWorker::spawn(boundary.clone(), send.clone())?;
        let facts = FactsWorker::spawn(boundary.clone(), send.clone())?;
        let index = options
            .index
            .as_ref()
            .map(|index| IndexWorker::spawn(collection, checkpoint, index, options.poll, send));
        let effects = start(&mut state, Instant::now());
        let mut browser = Self {
            screen,
            state,
            text,
            search,
            preview,
            facts,
            collection: collection.clone(),
            boundary,
            sender,
            errand: None,
            _index: index.transpose()?,
            dirty: false,
            drawn_at,
        };
        browser.perform(effects)?;
        Ok(browser)
    }

    /// Finds out what the terminal can draw, going on with the workers' events meanwhile.
    fn interview(&mut self, options: &BrowseOptions, events: &mut mpsc::Receiver<Event>) -> io::Result<()> {
        let mut interview = Interview::new(options.protocol);
        if !interview.is_finished() {
            // Without an answer half-blocks are drawn; if more is wrong, the event stream will say so.
            if let Ok(reader) = TimedReader::new() {
                self.ask_terminal(&mut interview, reader, events)?;
            }
        }
        self.preview.set_picker(interview.conclude(cell_pixels()));
        Ok(())
    }

    fn ask_terminal(
        &mut self,
        interview: &mut Interview,
        mut reader: TimedReader,
        events: &mut mpsc::Receiver<Event>,
    ) -> io::Result<()> {
        self.screen.send(interview.questions().as_bytes())?;
        let deadline = Instant::now() + INTERVIEW;
        while !interview.is_finished() && Instant::now() < deadline && self.state.outcome.is_none() {
            let Ok(bytes) = reader.read() else { break };
            interview.hear(&bytes);
            for key in interview.take_keys() {
                self.handle(Event::Key(key, Instant::now()))?;
            }
            while let Ok(event) = events.try_recv() {
                self.handle(event)?;
            }
            if self.dirty {
                self.draw()?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, input: Input) -> io::Result<()> {
        let now = Instant::now();
        match input {
            Input::Key(key) => self.handle(Event::Key(key, now)),
            Input::Paste(text) => self.handle(Event::Paste(text, now)),
            Input::Mouse(mouse) => self.handle(Event::Mouse(mouse)),
            Input::Resize(width, height) => self.handle(Event::Resize(width, height)),
            Input::FocusGained | Input::FocusLost => Ok(()),
        }
    }

    fn handle(&mut self, event: Event) -> io::Result<()> {
        let effects = update(&mut self.state, event);
        self.dirty = true;
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Embed { generation, text } => self.text.submit(generation, text),
                Effect::Search { generation, question } => self.search.ask(generation, question),
                Effect::Refresh => self.search.refresh(),
                Effect::Preview { wanted, neighbours } => self.preview.request(vec![wanted], neighbours),
                Effect::Thumbnails { wanted, ahead } => self.preview.request(wanted, ahead),
                Effect::Copy(pictures) => {
                    let mut printable = self.boundary.printable();
                    let outside = pictures.iter().find(|path| !printable.allows_absolute(path));
                    let notice = match outside {
                        Some(path) => format!("{} is not in the folder: not copied", paths::display(path)),
                        None => clipboard::copy(&pictures, |bytes| self.screen.send(bytes))?,
                    };
                    self.notify(notice)?;
                }
                Effect::Open { pictures, of } => {
                    let resolve =
                        |path: &PathBuf| self.boundary.resolve(path).map_err(|error| (path.clone(), error));
                    self.notify(match pictures.iter().map(resolve).collect::<Result<Vec<_>, _>>() {
                        Ok(resolved) => open(&resolved, of),
                        Err((path, error)) => format!("not opened {}: {error}", paths::display(&path)),
                    })?;
                }
                Effect::Facts(path) => self.facts.ask(path),
                Effect::Trash(pictures) => {
                    let boundary = self.boundary.clone();
                    trash::spawn(self.collection.clone(), boundary, pictures, sender_of(&self.sender))?;
                }
                Effect::Run(errand) => {
                    let refused = |path: &PathBuf| Some((path.clone(), self.boundary.resolve(path).err()?));
                    match errand.pictures.iter().find_map(refused) {
                        None => self.errand = Some(errand),
                        Some((path, error)) => {
                            let (name, path) = (&errand.name, paths::display(&path));
                            self.notify(format!("{name}: not run with {path}: {error}"))?;
                        }
                    }
                }
                Effect::Suspend => self.screen.suspend()?,
                Effect::Repaint => self.screen.repaint()?,
            }
        }
        Ok(())
    }

    fn run(&mut self, errand: &Errand) -> io::Result<()> {
        let ended = self.screen.lend(|| shell::run(&errand.line, errand.wait))?;
        self.notify(shell::in_words(&errand.name, ended))
    }

    fn notify(&mut self, words: String) -> io::Result<()> {
        self.handle(Event::Notice(words))
    }

    fn draw(&mut self) -> io::Result<()> {
        self.screen.draw(&self.state)?;
        self.dirty = false;
        self.drawn_at = Instant::now();
        Ok(())
    }
}

/// Sends to the loop. Nobody listens any more once the browser is left: then there is nothing to tell.
fn sender_of(sender: &mpsc::Sender<Event>) -> impl Fn(Event) + Send + Sync + Clone + 'static {
    let sender = sender.clone();
    move |event| drop(sender.blocking_send(event))
}

/// Opens each picture with what the system has for it, without waiting; words on how it went. `of`: how many were meant.
fn open(pictures: &[PathBuf], of: usize) -> String {
    for path in pictures {
        if let Err(error) = opener::open(path) {
            return format!("nothing opens {}: {error}", paths::display(path));
        }
    }
    match pictures {
        [path] => format!("opened {}", paths::display(path)),
        many if many.len() < of => format!("opened {} of {}", many.len(), counted(of, "picture")),
        many => format!("opened {}", counted(many.len(), "picture")),
    }
}

fn send_answer(answer: TextAnswer, send: &dyn Fn(Event)) {
    match answer {
        TextAnswer::Loaded => {}
        TextAnswer::LoadFailed(reason) => send(Event::ModelFailed(reason)),
        TextAnswer::Embedded { generation, result: Ok(vector) } => {
            send(Event::Embedded { generation, vector: vector.into() });
        }
        TextAnswer::Embedded { generation, result: Err(reason) } => {
            send(Event::EmbedFailed { generation, reason });
        }
    }
}

/// What a signal asks for.
enum Signal {
    /// To end; its number.
    End(u8),
    /// To stop until continued.
    Stop,
}

/// The signals that end or stop a program which would otherwise leave the terminal in disorder.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            // There is no name for it; the number differs between systems.
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
        })
    }

    /// Waits for one.
    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End(15),
            _ = self.hang_up.recv() => Signal::End(1),
            _ = self.interrupt.recv() => Signal::End(2),
            _ = self.stop.recv() => Signal::Stop,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        std::future::pending().await
    }
}
