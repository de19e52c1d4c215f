//! The terminal: entered, left, and always given back.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::base::paths;
use crate::tui::depth::ColourDepth;
use crate::tui::state::State;
use crate::tui::theme::{Theme, ThemeSettings};
use crate::tui::view;

/// Whether the terminal is ours: the panic hook has to know, and it can be reached by no other way.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal in raw mode on its alternate screen. Dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Output>>>,
    theme: Theme,
    depth: ColourDepth,
}

impl Screen {
    /// Takes the terminal over: stdout, or the controlling terminal if stdout goes elsewhere, so that
    /// chosen paths can be piped.
    ///
    /// # Errors
    /// When there is no terminal, or it can't be set up.
    pub fn enter(theme: &ThemeSettings) -> anyhow::Result<Self> {
        let output = Output::open().context("the browser needs a terminal to draw on")?;
        give_back_on_panic();
        // The theme honours NO_COLOR; a picture without colours would be none.
        crossterm::style::force_color_output(true);
        let mut writer = BufWriter::with_capacity(1 << 16, output);
        take(&mut writer).context("the browser needs a terminal to read keys from")?;
        let entered = || Terminal::new(CrosstermBackend::new(writer));
        match entered() {
            Ok(terminal) => Ok(Self {
                terminal,
                theme: Theme::from_environment(theme),
                depth: ColourDepth::from_environment(),
            }),
            Err(error) => {
                give_back();
                Err(error).context("the terminal can't be set up")
            }
        }
    }

    /// A screen of `size` that nobody sees: what is drawn is turned into bytes all the same.
    ///
    /// # Errors
    /// Never; as [`Self::enter`].
    pub fn headless(size: Size) -> io::Result<Self> {
        let writer = BufWriter::with_capacity(1 << 16, Output::Nowhere);
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal = Terminal::with_options(CrosstermBackend::new(writer), TerminalOptions { viewport })?;
        Ok(Self { terminal, theme: Theme::new(true), depth: ColourDepth::True })
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal doesn't tell.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws the state, as one update where the terminal can do that.
    ///
    /// # Errors
    /// When the terminal can't be written to.
    pub fn draw(&mut self, state: &State) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let (theme, depth) = (self.theme, self.depth);
        self.terminal.draw(|frame| {
            view::draw(frame, state, &theme);
            depth.reduce(frame.buffer_mut());
        })?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Has the next [`Self::draw`] paint every cell. (`Terminal::clear` would do so too, but asks for the
    /// cursor's place, and the answer would race the keys.)
    ///
    /// # Errors
    /// When the terminal can't be written to.
    pub fn repaint(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Gives the terminal to another program for as long as `work` takes.
    ///
    /// # Errors
    /// When the terminal can't be taken over again.
    pub fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        self.terminal.backend_mut().flush()?;
        give_back();
        let result = work();
        take(self.terminal.backend_mut())?;
        self.repaint()?;
        Ok(result)
    }

    /// Gives the terminal back to the shell and stops this process, as ctrl-z does to others. Once it is
    /// continued, takes the terminal over again.
    ///
    /// # Errors
    /// When the terminal can't be taken over again.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        let stop = || rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        Ok(self.lend(stop)??)
    }

    /// There are no jobs to stop here.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    pub fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the terminal can't be written to.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let writer = self.terminal.backend_mut();
        writer.write_all(bytes)?;
        writer.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What is still buffered must not come after the alternate screen was left.
        let _ = self.terminal.backend_mut().flush();
        give_back();
    }
}

/// Where the browser draws.
enum Output {
    Stdout(io::Stdout),
    Tty(File),
    Nowhere,
}

impl Output {
    fn open() -> io::Result<Self> {
        let stdout = io::stdout();
        if stdout.is_terminal() {
            return Ok(Self::Stdout(stdout));
        }
        let path = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
        File::options().read(true).write(true).open(path).map(Self::Tty)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Tty(file) => file.write(bytes),
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Tty(file) => file.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

/// Reads the terminal with a deadline, past the standard library's buffer, in which keys would get lost.
/// The terminal's settings are put back when this is dropped.
#[cfg(unix)]
pub struct TimedReader {
    input: File,
    settings: rustix::termios::Termios,
}

#[cfg(unix)]
impl TimedReader {
    /// Has reads end after a tenth of a second (the unit of the terminal driver), with or without bytes.
    ///
    /// # Errors
    /// When there is no terminal to read from.
    pub fn new() -> io::Result<Self> {
        use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
        use std::os::fd::AsFd;

        let stdin = io::stdin();
        let input = if stdin.is_terminal() {
            File::from(stdin.as_fd().try_clone_to_owned()?)
        } else {
            File::open("/dev/tty")?
        };
        let settings = tcgetattr(&input)?;
        let mut timed = settings.clone();
        timed.special_codes[SpecialCodeIndex::VMIN] = 0;
        timed.special_codes[SpecialCodeIndex::VTIME] = 1;
        tcsetattr(&input, OptionalActions::Now, &timed)?;
        Ok(Self { input, settings })
    }

    /// What the terminal sent; empty if it was silent.
    ///
    /// # Errors
    /// When the terminal can't be read.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; 1024];
        match self.input.read(&mut bytes) {
            Ok(count) => bytes.truncate(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => bytes.clear(),
            Err(error) => return Err(error),
        }
        Ok(bytes)
    }
}

#[cfg(unix)]
impl Drop for TimedReader {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // If the terminal is gone, so are its settings.
        let _ = tcsetattr(&self.input, OptionalActions::Now, &self.settings);
    }
}

/// The console of other systems doesn't answer.
#[cfg(not(unix))]
pub struct TimedReader;

#[cfg(not(unix))]
impl TimedReader {
    /// As on Unix.
    ///
    /// # Errors
    /// Always.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// As on Unix.
    ///
    /// # Errors
    /// Always.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A cell's width and height in pixels, if the operating system knows.
pub fn cell_pixels() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let (width, height) = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Takes the terminal over: raw mode, alternate screen, pasting and mouse.
fn take(writer: &mut impl Write) -> io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let entered = execute!(writer, EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture);
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Gives the terminal back, once. Errors are of no use here: the terminal may be gone.
fn give_back() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(mut output) = Output::open() {
        let _ = execute!(
            output,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

/// A panic of this thread gives the terminal back before it is reported. Those of other threads are
/// caught by their workers and told in the browser, so their reports go to the log, not over the screen.
fn give_back_on_panic() {
    let browser = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == browser {
            give_back();
            report(panic);
            tracing::error!("the browser panicked: {panic}");
            if let Ok(log) = paths::log_file() {
                // If stderr is gone, nobody can be told.
                let _ = writeln!(io::stderr(), "The log is '{}'.", paths::display(&log));
            }
        } else if ENTERED.load(Ordering::SeqCst) {
            tracing::error!("a worker panicked: {panic}");
        } else {
            report(panic);
        }
    }));
}
