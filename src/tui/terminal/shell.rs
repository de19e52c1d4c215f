//! Commands of the user that have the terminal for a while.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, ExitStatus, Stdio};

/// Runs a line in the shell. With `wait`, or if the command failed, this returns only after enter was pressed, so that the
/// output can be read. It fails when there is no shell or no terminal.
pub(crate) fn run(line: &OsStr, wait: bool) -> io::Result<ExitStatus> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(line);
    // The output must not get among the chosen paths when those are piped.
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

/// Words on how a command ended, for the user.
pub(crate) fn in_words(name: &str, ended: io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) if status.success() => format!("{name}: done"),
        Ok(status) => format!("{name}: {status}"),
        Err(error) => format!("{name} can't be run: {error}"),
    }
}
