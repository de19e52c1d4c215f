//! The state with everything that acts for it: the screen and the workers.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use ratatui_image::picker::Picker;
use tokio::sync::mpsc;

use crate::base::paths;
use crate::library::{Boundary, Collection};
use crate::tui::app::effect::{Effect, ShellCommand};
use crate::tui::app::event::Event;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::keymap::Keymap;
use crate::tui::app::state::State;
use crate::tui::app::update::{start, update};
use crate::tui::options::BrowseOptions;
use crate::tui::terminal::probe::TerminalProbe;
use crate::tui::terminal::reader::{TimedReader, cell_pixels};
use crate::tui::terminal::screen::Screen;
use crate::tui::terminal::{clipboard, shell};
use crate::tui::workers::index::IndexWorker;
use crate::tui::workers::metadata::MetadataWorker;
use crate::tui::workers::preview::PreviewWorker;
use crate::tui::workers::search::SearchWorker;
use crate::tui::workers::text::TextWorker;
use crate::tui::workers::{trash, viewer};

/// How long the terminal may take to say what it can draw.
const PROBE_TIMEOUT: Duration = Duration::from_millis(800);

/// The state with everything that acts for it.
pub(super) struct Browser {
    // Dropped first, so that the terminal is given back before the workers end.
    screen: Screen,
    /// The state.
    pub state: State,
    text: TextWorker,
    search: SearchWorker,
    preview: PreviewWorker,
    metadata: MetadataWorker,
    collection: Collection,
    /// The folder that pictures have to lie in to be opened, moved or handed on.
    boundary: Boundary,
    sender: mpsc::Sender<Event>,
    /// The command that is to have the terminal next.
    pub command: Option<ShellCommand>,
    _index: Option<IndexWorker>,
    /// Whether something changed since the last frame.
    changed: bool,
    /// The time of the last frame.
    pub drawn_at: Instant,
}

impl Browser {
    /// Draws the first frame and starts the workers.
    pub(super) fn open(
        mut screen: Screen,
        options: &BrowseOptions,
        sender: mpsc::Sender<Event>,
    ) -> anyhow::Result<Self> {
        let BrowseOptions { collection, checkpoint, .. } = options;
        let mut state = initial_state(options, screen.size()?);
        screen.draw(&state)?;
        let drawn_at = Instant::now();

        let send = sender_of(&sender);
        let text = TextWorker::spawn(checkpoint.clone(), collection.folder(), send.clone())?;
        let search = SearchWorker::spawn(collection.clone(), checkpoint.clone(), options.top, send.clone())?;
        let boundary = options.boundary()?;
        let preview = PreviewWorker::spawn(boundary.clone(), send.clone())?;
        let metadata = MetadataWorker::spawn(boundary.clone(), send.clone())?;
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
            metadata,
            collection: collection.clone(),
            boundary,
            sender,
            command: None,
            _index: index.transpose()?,
            changed: false,
            drawn_at,
        };
        browser.perform(effects)?;
        Ok(browser)
    }

    /// Finds out what the terminal can draw. Events of the workers are handled meanwhile.
    pub(super) fn probe_terminal(
        &mut self,
        options: &BrowseOptions,
        events: &mut mpsc::Receiver<Event>,
    ) -> io::Result<()> {
        let mut probe = TerminalProbe::new(options.protocol);
        if !probe.is_finished() {
            // Without answers, half-blocks are drawn. If the terminal can't be read at all, the event stream will fail.
            if let Ok(reader) = TimedReader::new() {
                self.ask_terminal(&mut probe, reader, events)?;
            }
        }
        self.set_picker(probe.into_capabilities(cell_pixels()));
        Ok(())
    }

    fn ask_terminal(
        &mut self,
        probe: &mut TerminalProbe,
        mut reader: TimedReader,
        events: &mut mpsc::Receiver<Event>,
    ) -> io::Result<()> {
        self.screen.send(probe.questions().as_bytes())?;
        let deadline = Instant::now() + PROBE_TIMEOUT;
        while !probe.is_finished() && Instant::now() < deadline && self.state.exit.is_none() {
            let Ok(bytes) = reader.read() else { break };
            probe.feed(&bytes);
            for key in probe.take_keys() {
                self.handle(Event::Key(key, Instant::now()))?;
            }
            while let Ok(event) = events.try_recv() {
                self.handle(event)?;
            }
            if self.changed {
                self.draw()?;
            }
        }
        Ok(())
    }

    /// Sets how pictures are encoded for the terminal; none is drawn before.
    pub(super) fn set_picker(&self, picker: Picker) {
        self.preview.set_picker(picker);
    }

    /// Handles what came from the terminal.
    pub(super) fn take_input(&mut self, input: Input) -> io::Result<()> {
        let now = Instant::now();
        match input {
            Input::Key(key) => self.handle(Event::Key(key, now)),
            Input::Paste(text) => self.handle(Event::Paste(text, now)),
            Input::Mouse(mouse) => self.handle(Event::Mouse(mouse)),
            Input::Resize(width, height) => self.handle(Event::Resize(width, height)),
            Input::FocusGained | Input::FocusLost => Ok(()),
        }
    }

    /// Applies an event to the state and carries out the effects.
    pub(super) fn handle(&mut self, event: Event) -> io::Result<()> {
        let effects = update(&mut self.state, event);
        self.changed = true;
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Embed { generation, text } => self.text.embed(generation, text),
                Effect::EmbedTerms { generation, terms } => self.text.embed_terms(generation, terms),
                Effect::Search { generation, question } => self.search.ask(generation, question),
                Effect::Refresh => self.search.refresh(),
                Effect::Preview { wanted, neighbours } => self.preview.request(vec![wanted], neighbours),
                Effect::Thumbnails { wanted, ahead } => self.preview.request(wanted, ahead),
                Effect::Copy(pictures) => {
                    let mut printable = self.boundary.printable();
                    let outside = pictures.iter().find(|path| !printable.allows_absolute(path));
                    let words = match outside {
                        Some(path) => format!("{} is not in the folder: not copied", paths::display(path)),
                        None => clipboard::copy(&pictures, |bytes| self.screen.send(bytes))?,
                    };
                    self.notify(words)?;
                }
                Effect::Open { pictures, asked_for } => {
                    let words = viewer::open(&self.boundary, &pictures, asked_for);
                    self.notify(words)?;
                }
                Effect::ReadMetadata(path) => self.metadata.request(path),
                Effect::Trash(pictures) => {
                    let boundary = self.boundary.clone();
                    trash::spawn(self.collection.clone(), boundary, pictures, sender_of(&self.sender))?;
                }
                Effect::Run(command) => {
                    let refused = |path: &PathBuf| Some((path.clone(), self.boundary.resolve(path).err()?));
                    match command.pictures.iter().find_map(refused) {
                        None => self.command = Some(command),
                        Some((path, error)) => {
                            let (name, path) = (&command.name, paths::display(&path));
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

    /// Gives the terminal to a command until it ends.
    pub(super) fn run_command(&mut self, command: &ShellCommand) -> io::Result<()> {
        let ended = self.screen.lend(|| shell::run(&command.line, command.wait))?;
        self.notify(shell::in_words(&command.name, ended))
    }

    fn notify(&mut self, words: String) -> io::Result<()> {
        self.handle(Event::Notice(words))
    }

    /// Whether something changed since the last frame.
    pub(super) fn needs_frame(&self) -> bool {
        self.changed
    }

    /// Draws a frame.
    pub(super) fn draw(&mut self) -> io::Result<()> {
        self.screen.draw(&self.state)?;
        self.changed = false;
        self.drawn_at = Instant::now();
        Ok(())
    }
}

fn initial_state(options: &BrowseOptions, size: ratatui::layout::Size) -> State {
    let BrowseOptions { collection, checkpoint, appearance, .. } = options;
    let mut state = State::new(&collection.root, &checkpoint.id, &options.query, size);
    state.folder = collection.folder();
    state.multi = options.multi;
    let commands = appearance.commands.iter().enumerate();
    let keys_of_commands = commands.filter_map(|(at, command)| Some((command.key?, at)));
    state.keys = Keymap::new(appearance.keys.clone(), keys_of_commands);
    state.commands.clone_from(&appearance.commands);
    if let Some(notice) = &options.notice {
        state.message.notify(notice);
    }
    if options.index.is_some() {
        state.indexing = Indexing::starting();
    }
    state
}

/// A function that sends events to the loop. Once the browser is left nobody listens, and events are dropped.
fn sender_of(sender: &mpsc::Sender<Event>) -> impl Fn(Event) + Send + Sync + Clone + 'static {
    let sender = sender.clone();
    move |event| drop(sender.blocking_send(event))
}
