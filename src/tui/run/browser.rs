//! The state with everything that acts for it: the screen and the workers.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{Event as Input, KeyEvent};
use ratatui::layout::Size;
use tokio::sync::mpsc;

use super::frame_pacer::FramePacer;
use super::model::Model;
use super::sender::sender_of;
use crate::base::paths;
use crate::library::Boundary;
use crate::tui::app::download::Download;
use crate::tui::app::effect::{Effect, ShellCommand};
use crate::tui::app::event::Event;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::keymap::Keymap;
use crate::tui::app::state::State;
use crate::tui::app::update::{start, update};
use crate::tui::graphics::GraphicsEncoder;
use crate::tui::options::{BrowseOptions, ModelSource, Searchable};
use crate::tui::search_store::SearchStore;
use crate::tui::terminal::capabilities::Capabilities;
use crate::tui::terminal::late_answers::{Late, LateAnswers};
use crate::tui::terminal::probe::{self, TerminalProbe};
use crate::tui::terminal::reader::TimedReader;
use crate::tui::terminal::screen::Screen;
use crate::tui::terminal::{clipboard, shell};
use crate::tui::workers::metadata::MetadataWorker;
use crate::tui::workers::preview::PreviewWorker;
use crate::tui::workers::search::Asked;
use crate::tui::workers::searches::{self, Change};
use crate::tui::workers::words::refusal;
use crate::tui::workers::zoom::ZoomWorker;
use crate::tui::workers::{restore, trash, viewer};

/// A vocabulary that is larger than this is for many languages.
const MANY_WORDS: usize = 100_000;

/// The state with everything that acts for it.
pub(super) struct Browser {
    // Dropped first, so that the terminal is given back before the workers end.
    screen: Screen,
    /// The state.
    pub state: State,
    model: Model,
    preview: PreviewWorker,
    zoom: ZoomWorker,
    metadata: MetadataWorker,
    /// The folder that pictures have to lie in to be opened, moved or handed on.
    boundary: Boundary,
    sender: mpsc::Sender<Event>,
    /// What keeps saved searches.
    search_store: Option<Arc<dyn SearchStore>>,
    /// The command that is to have the terminal next.
    pub command: Option<ShellCommand>,
    /// Whether the process is to stop next, until the shell continues it.
    pub stops: bool,
    /// Whether something changed since the last frame.
    changed: bool,
    /// The time of the last frame.
    pub drawn_at: Instant,
    /// When the next frame may be drawn.
    pub pacer: FramePacer,
    /// What the terminal has not answered in time.
    late_answers: Option<LateAnswers>,
    /// When the notice of this number was shown long enough.
    notice_ends: Option<(Instant, u64)>,
}

impl Browser {
    /// Draws the first frame and starts the workers.
    pub(super) fn open(
        mut screen: Screen,
        options: &BrowseOptions,
        sender: mpsc::Sender<Event>,
    ) -> anyhow::Result<Self> {
        let mut state = initial_state(options, screen.size()?);
        screen.draw(&state)?;
        let drawn_at = Instant::now();

        let send = sender_of(&sender);
        let model = Model::new(options, &sender)?;
        let boundary = options.boundary()?;
        let preview = PreviewWorker::spawn(&boundary, || options.stored_pictures(), send.clone())?;
        let zoom = ZoomWorker::spawn(boundary.clone(), send.clone())?;
        let metadata = MetadataWorker::spawn(boundary.clone(), options.stored_pictures(), send)?;
        let effects = start(&mut state, Instant::now());
        let mut browser = Self {
            screen,
            state,
            model,
            preview,
            zoom,
            metadata,
            boundary,
            sender,
            search_store: options.appearance.searches.store.clone(),
            command: None,
            stops: false,
            changed: false,
            drawn_at,
            pacer: FramePacer::new(drawn_at),
            late_answers: None,
            notice_ends: None,
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
        let asked = Instant::now();
        let mut probe = TerminalProbe::begin(options.protocol);
        probe.feed(&self.screen.take_typed());
        for key in probe.take_keys() {
            self.handle(Event::Key(key, Instant::now()))?;
        }
        // Without answers, blocks are drawn. If the terminal can't be read at all, the event stream will fail.
        if let Ok(reader) = TimedReader::new() {
            self.ask_terminal(&mut probe, reader, events)?;
        }
        let facts = probe.end();
        let capabilities = facts.capabilities(options.protocol);
        self.late_answers = LateAnswers::expect(options.protocol, facts, asked);
        self.use_capabilities(capabilities)
    }

    /// Draws by what the terminal can do, and tells why if that is less than the user would expect.
    fn use_capabilities(&mut self, capabilities: Capabilities) -> io::Result<()> {
        let Capabilities { encoder, reason, is_surprising } = capabilities;
        tracing::info!("pictures are drawn as {}: {reason}", encoder.method.name());
        self.screen.set_palette(encoder.palette.clone());
        self.screen.repaint()?;
        self.changed = true;
        self.set_encoder(encoder)?;
        if is_surprising {
            self.notify(format!("pictures are coarse: {reason} (`pixseek doctor` tells more)"))?;
        }
        Ok(())
    }

    fn ask_terminal(
        &mut self,
        probe: &mut TerminalProbe,
        mut reader: TimedReader,
        events: &mut mpsc::Receiver<Event>,
    ) -> io::Result<()> {
        self.screen.send(probe.questions().as_bytes())?;
        let deadline = Instant::now() + probe::TIMEOUT;
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
        // An escape that came last was the key itself.
        probe.feed(&[]);
        for key in probe.take_keys() {
            self.handle(Event::Key(key, Instant::now()))?;
        }
        Ok(())
    }

    /// Sets how pictures are encoded for the terminal; none is drawn before.
    pub(super) fn set_encoder(&mut self, encoder: GraphicsEncoder) -> io::Result<()> {
        let (width, height) = encoder.cell;
        self.zoom.set_encoder(encoder.clone());
        self.preview.set_encoder(encoder);
        self.handle(Event::CellPixels(Size { width, height }))
    }

    /// Handles what came from the terminal.
    pub(super) fn take_input(&mut self, input: Input) -> io::Result<()> {
        let now = Instant::now();
        match input {
            Input::Key(key) => self.take_key(key, now),
            Input::Paste(text) => self.handle(Event::Paste(text, now)),
            Input::Mouse(mouse) => match self.screen.within(mouse) {
                Some(mouse) => self.handle(Event::Mouse(mouse, now)),
                None => Ok(()),
            },
            Input::Resize(width, height) => {
                let Size { width, height } = self.screen.resized(Size { width, height })?;
                self.handle(Event::Resize(width, height))
            }
            Input::FocusGained | Input::FocusLost => Ok(()),
        }
    }

    /// Handles a key event, which may be a part of a late answer of the terminal.
    fn take_key(&mut self, key: KeyEvent, now: Instant) -> io::Result<()> {
        self.late_answers = self.late_answers.take().filter(|late| !late.is_over(now));
        match self.late_answers.as_mut().map_or(Late::Key, |late| late.take(key, now)) {
            Late::Key => self.handle(Event::Key(key, now)),
            Late::Answer => Ok(()),
            Late::News(capabilities) => self.use_capabilities(*capabilities),
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
                Effect::List => self.model.list_names()?,
                Effect::Download { generation } => self.model.download(generation)?,
                Effect::UseModel => self.model.use_download()?,
                Effect::Embed { generation, text } => self.model.embed(generation, text),
                Effect::EmbedTerms { generation, terms } => self.model.embed_terms(generation, terms),
                Effect::Complete { text, name, typed } => self.model.complete(text, name, typed),
                Effect::Search { generation, question, narrowing } => {
                    self.model.search(Asked { generation, question, narrowing });
                }
                Effect::CountTexts { generation, text } => self.model.count_texts(generation, text),
                Effect::ReadText(id) => self.model.read_text(id),
                Effect::AnswerAgain => self.model.answer_again(),
                Effect::Refresh => self.model.refresh(),
                Effect::Fold(on) => self.model.fold(on),
                Effect::Preview { wanted, neighbours } => self.preview.request(wanted, neighbours),
                Effect::Thumbnails { wanted, ahead } => self.preview.request(wanted, ahead),
                Effect::ZoomedPart(part) => self.zoom.request(part),
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
                    viewer::spawn(self.boundary.clone(), pictures, asked_for, sender_of(&self.sender))?;
                }
                Effect::FindVector(id) => self.model.find_vector(id),
                Effect::NearestWords { id, vector } => self.model.nearest_words(id, vector),
                Effect::ReadMetadata(path) => self.metadata.request(path),
                Effect::Trash(pictures) => {
                    let boundary = self.boundary.clone();
                    let collection = self.model.collection().cloned();
                    trash::spawn(collection, boundary, pictures, sender_of(&self.sender))?;
                }
                Effect::Restore { pictures, marked } => {
                    let boundary = self.boundary.clone();
                    let collection = self.model.collection().cloned();
                    restore::spawn(collection, boundary, pictures, marked, sender_of(&self.sender))?;
                }
                Effect::SaveSearch { name, query } => self.change_searches(Change::Save { name, query })?,
                Effect::DeleteSearch { name } => self.change_searches(Change::Delete { name })?,
                Effect::Run(command) => {
                    let refused = |path: &PathBuf| Some((path.clone(), self.boundary.resolve(path).err()?));
                    match command.pictures.iter().find_map(refused) {
                        None => self.command = Some(command),
                        Some((path, error)) => {
                            let (name, path) = (&command.name, paths::display(&path));
                            self.notify(format!("{name}: not run with {path}: {}", refusal(&error)))?;
                        }
                    }
                }
                Effect::EndNotice { number, after } => {
                    self.notice_ends = Some((Instant::now() + after, number));
                }
                Effect::Suspend => self.stops = true,
                Effect::Repaint => self.screen.repaint()?,
            }
        }
        Ok(())
    }

    fn change_searches(&self, change: Change) -> io::Result<()> {
        searches::spawn(self.search_store.clone(), change, sender_of(&self.sender))
    }

    /// Gives the terminal to a command until it ends.
    pub(super) fn run_command(&mut self, command: &ShellCommand) -> io::Result<()> {
        let ended = self.screen.lend(|| shell::run(&command.script, command.wait))?;
        self.notify(shell::in_words(&command.name, ended))
    }

    /// Gives the terminal back and stops the process until it is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.changed = true;
        self.screen.suspend()
    }

    fn notify(&mut self, words: String) -> io::Result<()> {
        self.handle(Event::Notice(words))
    }

    /// When the notice that is shown ends.
    pub(super) fn notice_ends(&self) -> Option<Instant> {
        self.notice_ends.map(|(at, _)| at)
    }

    /// Ends the notice whose time has come.
    pub(super) fn end_notice(&mut self) -> io::Result<()> {
        match self.notice_ends.take() {
            Some((_, number)) => self.handle(Event::NoticeExpired(number)),
            None => Ok(()),
        }
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
        self.pacer.drawn(self.drawn_at);
        Ok(())
    }
}

fn initial_state(options: &BrowseOptions, size: Size) -> State {
    let BrowseOptions { model, appearance, .. } = options;
    let mut state = match model {
        ModelSource::Here(searchable) => {
            let Searchable { collection, checkpoint, index, .. } = searchable.as_ref();
            let mut state = State::new(&collection.root, &checkpoint.id, &options.query, size);
            state.folder = collection.folder();
            // CLIP's own vocabulary has 49,408 words of English; those of many languages are several times as large.
            state.knows_languages |= checkpoint.config().text.vocab_size > MANY_WORDS;
            if index.is_some() {
                state.indexing = Indexing::starting();
            }
            state
        }
        ModelSource::Missing(missing) => {
            let mut state = State::new(&missing.root, &missing.id, &options.query, size);
            state.folder.clone_from(&missing.folder);
            state.download = Some(Download::starting(1));
            state
        }
    };
    state.multi = options.multi;
    state.accept_query = options.accept_query;
    let commands = appearance.commands.iter().enumerate();
    let keys_of_commands = commands.filter_map(|(at, command)| Some((command.key?, at)));
    state.keys = Keymap::new(appearance.keys.clone(), keys_of_commands);
    state.commands.clone_from(&appearance.commands);
    state.reading.set_searches(appearance.searches.known.clone(), &[]);
    appearance.view.apply(&mut state);
    if let Some(notice) = &options.notice {
        state.message.notify(notice);
    }
    state
}
