//! The screen that the browser draws on. Its methods fail when the terminal is gone.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use crossterm::event::MouseEvent;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::output::Output;
use super::ownership::{self, Taken};
use super::region::{Height, RegionBackend};
use super::usable::TerminalError;
use crate::tui::app::state::State;
use crate::tui::graphics::{ColourSupport, Palette, Placements};
use crate::tui::view;
use crate::tui::view::theme::{Theme, ThemeSettings};

/// The terminal in raw mode, on its alternate screen or on rows below the prompt. Dropping it gives the terminal back.
pub(crate) struct Screen {
    terminal: Terminal<RegionBackend<BufWriter<Output>>>,
    /// The number of rows below the prompt; `None` for the alternate screen.
    height: Option<Height>,
    /// What the user typed while the terminal was taken over.
    typed: Vec<u8>,
    theme: Theme,
    palette: Palette,
    placements: Placements,
}

impl Screen {
    /// Takes the terminal over: standard output, or the controlling terminal if standard output goes elsewhere, so that
    /// chosen paths can be piped. With a height, only rows below the prompt are taken.
    pub(crate) fn enter(theme: &ThemeSettings, height: Option<Height>) -> anyhow::Result<Self> {
        let output = Output::open().map_err(TerminalError::None)?;
        ownership::give_back_on_panic();
        // The theme honours NO_COLOR; pictures need their colours.
        crossterm::style::force_color_output(true);
        let mut writer = BufWriter::with_capacity(1 << 16, output);
        let Taken { rows, typed } =
            ownership::take(&mut writer, height).context("the browser needs a terminal to read keys from")?;
        let entered = || Terminal::new(RegionBackend::new(writer, height.zip(rows)));
        match entered() {
            Ok(terminal) => Ok(Self {
                terminal,
                height,
                typed,
                theme: Theme::from_environment(theme),
                // The theme has the sixteen colours of every terminal, so that this serves until the terminal answers.
                palette: Palette::new(ColourSupport::Sixteen),
                placements: Placements::default(),
            }),
            Err(error) => {
                ownership::give_back();
                Err(error).context("the terminal can't be set up")
            }
        }
    }

    /// A screen of `size` that nobody sees. What is drawn is turned into bytes as for a terminal.
    pub(crate) fn headless(size: Size) -> io::Result<Self> {
        let writer = BufWriter::with_capacity(1 << 16, Output::Nowhere);
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal =
            Terminal::with_options(RegionBackend::new(writer, None), TerminalOptions { viewport })?;
        Ok(Self {
            terminal,
            height: None,
            typed: Vec::new(),
            theme: Theme::new(true),
            palette: Palette::new(ColourSupport::True),
            placements: Placements::default(),
        })
    }

    /// What the user typed while the terminal was taken over, if that has not been taken yet.
    pub(crate) fn take_typed(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.typed)
    }

    /// What the mouse did, as seen from the browser's first row; `None` if it was elsewhere.
    pub(crate) fn within(&self, mouse: MouseEvent) -> Option<MouseEvent> {
        self.terminal.backend().within(mouse)
    }

    /// Takes in that the terminal has another size. Returns that of the browser's part.
    pub(crate) fn resized(&mut self, terminal: Size) -> io::Result<Size> {
        self.terminal.backend_mut().keep_on(terminal.height);
        if let Some(rows) = self.terminal.backend().rows() {
            ownership::move_rows(rows);
            self.repaint()?;
        }
        Ok(self.terminal.backend().part_of(terminal))
    }

    /// The size of the browser's part of the terminal in columns and rows.
    pub(crate) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Sets the colours that the terminal has.
    pub(crate) fn set_palette(&mut self, palette: Palette) {
        self.palette = palette;
    }

    /// Draws the state, as one update where the terminal knows such.
    pub(crate) fn draw(&mut self, state: &State) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let (theme, palette) = (self.theme, &self.palette);
        let frame = self.terminal.draw(|frame| {
            view::draw(frame, state, &theme);
            palette.reduce(frame.buffer_mut());
        })?;
        let gone = self.placements.update(frame.buffer);
        self.terminal.backend_mut().write_all(gone.as_bytes())?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Has the next [`Self::draw`] paint every cell. (`Terminal::clear` would do so too, but it asks for the position of
    /// the cursor, and the answer would race the keys.)
    pub(crate) fn repaint(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Gives the terminal to another program while `work` runs.
    pub(crate) fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        self.take_pictures_away()?;
        ownership::give_back();
        let result = work();
        let Taken { rows, .. } = ownership::take(self.terminal.backend_mut(), self.height)?;
        if let Some(rows) = rows {
            self.terminal.backend_mut().set_rows(rows);
        }
        self.repaint()?;
        Ok(result)
    }

    /// Gives the terminal back to the shell and stops this process, as ctrl-z does to others. Once the process is
    /// continued, it takes the terminal over again.
    #[cfg(unix)]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        let stop = || rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        Ok(self.lend(stop)??)
    }

    /// Does nothing: there are no jobs to stop on this system.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Deletes the pictures that would stay on the screen otherwise, and sends what is buffered.
    fn take_pictures_away(&mut self) -> io::Result<()> {
        let sequence = self.placements.clear();
        self.send(sequence.as_bytes())
    }

    /// Sends bytes to the terminal as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let writer = self.terminal.backend_mut();
        writer.write_all(bytes)?;
        Write::flush(writer)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Buffered bytes must not arrive after the alternate screen was left.
        let _ = self.take_pictures_away();
        ownership::give_back();
        self.terminal.backend_mut().close();
    }
}
