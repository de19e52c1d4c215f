//! What is read from the terminal before the event stream starts.

#[cfg(unix)]
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::io::{IsTerminal, Read};

/// A reader of the terminal whose reads end soon without input. It goes past the buffer of the standard library, in which
/// keys would get lost. Dropping it restores the settings of the terminal.
#[cfg(unix)]
pub(crate) struct TimedReader {
    input: File,
    settings: rustix::termios::Termios,
}

#[cfg(unix)]
impl TimedReader {
    /// A reader whose reads end after a tenth of a second (the unit of the terminal driver), with or without bytes. It
    /// fails when there is no terminal to read from.
    pub(crate) fn new() -> io::Result<Self> {
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

    /// The bytes that the terminal sent; none if it was silent.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
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

/// A stand-in on systems whose console does not answer.
#[cfg(not(unix))]
pub(crate) struct TimedReader;

#[cfg(not(unix))]
impl TimedReader {
    /// Fails always.
    pub(crate) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Fails always.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Whether the terminal is gone: its window was closed, or a connection ended.
pub(crate) fn is_gone() -> bool {
    cfg!(unix) && TimedReader::new().is_err()
}

/// The width and height of a cell in pixels, if the operating system knows them.
pub(crate) fn cell_pixels() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let (width, height) = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (width > 0 && height > 0).then_some((width, height))
}
