//! Programs that have the terminal for a while.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, ExitStatus, Stdio};

/// Runs a line in the shell. With `wait`, or when it failed, enter has to be pressed before this returns, so that what
/// was printed can be read.
///
/// # Errors
/// When there is no shell or no terminal.
pub(super) fn run(line: &OsStr, wait: bool) -> io::Result<ExitStatus> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(line);
    // What is printed must not get among the chosen paths when those are piped.
    if !io::stdout().is_terminal() {
        shell.stdout(Stdio::from(terminal()?));
    }
    if !io::stdin().is_terminal() {
        shell.stdin(Stdio::from(terminal()?));
    }
    let status = shell.status()?;
    if wait || !status.success() {
        let mut terminal = terminal()?;
        let how = if status.success() { "done".to_owned() } else { status.to_string() };
        writeln!(terminal, "\n[{how}; enter goes back to pixseek]")?;
        BufReader::new(terminal).read_line(&mut String::new())?;
    }
    Ok(status)
}

fn terminal() -> io::Result<File> {
    File::options().read(true).write(true).open(if cfg!(windows) { "CON" } else { "/dev/tty" })
}

/// How it went, for the status line.
pub(super) fn in_words(name: &str, ended: io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) if status.success() => format!("{name}: done"),
        Ok(status) => format!("{name}: {status}"),
        Err(error) => format!("{name} can't be run: {error}"),
    }
}
