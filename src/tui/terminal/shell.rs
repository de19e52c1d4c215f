//! Commands of the user that have the terminal for a while.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};

use crate::tui::app::script::Script;

/// Runs a line in the shell, with its parameters. With `wait`, or if the command failed, this returns only after enter was pressed, so that the
/// output can be read. It fails when there is no shell or no terminal.
pub(crate) fn run(script: &Script, wait: bool) -> io::Result<ExitStatus> {
    let mut shell = shell(script);
    // The output must not get among the chosen paths when those are piped.
    if !io::stdout().is_terminal() {
        shell.stdout(Stdio::from(screen()?));
    }
    if !io::stdin().is_terminal() {
        shell.stdin(Stdio::from(keyboard()?));
    }
    let status = shell.status()?;
    if wait || !status.success() {
        let how = if status.success() { "done".to_owned() } else { status.to_string() };
        wait_for_enter(&mut screen()?, &mut keyboard()?, &how)?;
    }
    Ok(status)
}

/// The shell, with its line.
#[cfg(not(windows))]
fn shell(script: &Script) -> Command {
    let mut shell = Command::new("sh");
    // What the shell calls itself, before its parameters.
    shell.arg("-c").arg(&script.line).arg("sh").args(&script.parameters);
    shell
}

/// The shell, with its line, from which it takes the outer quotes; the standard library's quotes are none for it.
#[cfg(windows)]
fn shell(script: &Script) -> Command {
    use std::os::windows::process::CommandExt;
    let mut line = std::ffi::OsString::from("\"");
    line.push(&script.line);
    line.push("\"");
    let mut shell = Command::new("cmd");
    shell.args(["/S", "/C"]).raw_arg(line);
    shell
}

/// Says how the command ended, and reads keys until enter, ctrl-c or ctrl-d. The terminal is in raw mode meanwhile, so that
/// ctrl-c is a key and ends nothing; also before the words are there, so that an answer to them is never lost.
fn wait_for_enter(screen: &mut File, keyboard: &mut File, how: &str) -> io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    let ended =
        write!(screen, "\r\n[{how}; enter goes back to pixseek]\r\n").and_then(|()| read_to_enter(keyboard));
    crossterm::terminal::disable_raw_mode()?;
    ended
}

fn read_to_enter(keyboard: &mut File) -> io::Result<()> {
    let mut key = [0];
    loop {
        match keyboard.read(&mut key) {
            Ok(0) => return Ok(()),
            Ok(_) if matches!(key[0], b'\r' | b'\n' | 0x03 | 0x04) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The screen of the terminal. Windows has no name for both at once: opening `CON` to read and to write fails.
fn screen() -> io::Result<File> {
    open(if cfg!(windows) { "CONOUT$" } else { "/dev/tty" })
}

/// The keyboard of the terminal.
fn keyboard() -> io::Result<File> {
    open(if cfg!(windows) { "CONIN$" } else { "/dev/tty" })
}

fn open(terminal: &str) -> io::Result<File> {
    File::options().read(true).write(true).open(terminal)
}

/// Words on how a command ended, for the user.
pub(crate) fn in_words(name: &str, ended: io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) if status.success() => format!("{name}: done"),
        Ok(status) => format!("{name}: {status}"),
        Err(error) => format!("{name} can't be run: {error}"),
    }
}
