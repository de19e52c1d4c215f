//! Where the browser draws.

use std::fs::File;
use std::io::{self, IsTerminal, Write};

/// Where the browser draws.
pub(crate) enum Output {
    /// Standard output.
    Stdout(io::Stdout),
    /// The controlling terminal, since standard output goes elsewhere.
    Tty(File),
    /// Nowhere: what is drawn is dropped.
    Nowhere,
}

impl Output {
    /// Standard output if that is a terminal, else the controlling terminal.
    pub(crate) fn open() -> io::Result<Self> {
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
