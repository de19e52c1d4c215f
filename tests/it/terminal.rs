//! A pseudo-terminal with the real binary in it: send keys, wait until the screen shows something.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::common::Sandbox;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the pretended terminal answers questions about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// A plain terminal of 8 x 16 pixels a cell.
    Plain,
    /// One with kitty's graphics.
    Kitty,
    /// One with sixels.
    Sixel,
    /// As this, and then with its state, which every terminal tells.
    Scripted(&'static str),
    /// Only where the cursor is.
    Silent,
    /// Never.
    Mute,
}

struct Shown {
    parser: vt100::Parser,
    /// All that was ever written.
    bytes: Vec<u8>,
    ended: bool,
}

struct Shared {
    shown: Mutex<Shown>,
    changed: Condvar,
}

/// The binary in its terminal. Dropping it kills the binary.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
}

impl Terminal {
    /// Runs the binary in a sandbox's environment, on a screen of 100 x 30.
    pub fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        Self::start_with(sandbox, args, Answers::Plain)
    }

    /// As [`Self::start`], with a terminal of other abilities.
    pub fn start_with(sandbox: &Sandbox, args: &[&str], answers: Answers) -> Self {
        let mut command = sandbox.command();
        command.args(args);
        Self::run(&command, answers)
    }

    /// Runs a command with its environment and working directory.
    pub fn run(command: &Command, answers: Answers) -> Self {
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        for name in ["TMUX", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID"] {
            builder.env_remove(name);
        }
        builder.env("TERM", "xterm-256color");
        builder.env("COLORTERM", "truecolor");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => builder.env(name, value),
                None => builder.env_remove(name),
            }
        }
        builder.cwd(command.get_current_dir().map_or_else(|| PathBuf::from("."), PathBuf::from));
        let pair = native_pty_system().openpty(size(100, 30)).unwrap();
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let shared = Arc::new(Shared {
            shown: Mutex::new(Shown {
                parser: vt100::Parser::new(cells(30), cells(100), 0),
                bytes: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let reader = pair.master.try_clone_reader().unwrap();
        let (listener, answerer) = (Arc::clone(&shared), Arc::clone(&writer));
        std::thread::spawn(move || listen(reader, &listener, &answerer, answers));
        Self { master: pair.master, writer, child, shared }
    }

    /// Types bytes as they are.
    pub fn send(&self, keys: &str) {
        self.writer.lock().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen's text fulfils a condition, and returns it.
    #[track_caller]
    pub fn wait(&self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        self.wait_raw(what, |screen, _| ready(screen)).0
    }

    /// As [`Self::wait`], with all bytes ever written too.
    #[track_caller]
    pub fn wait_raw(&self, what: &str, ready: impl Fn(&str, &[u8]) -> bool) -> (String, Vec<u8>) {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.shared.shown.lock().unwrap();
        loop {
            let screen = shown.parser.screen().contents();
            if ready(&screen, &shown.bytes) {
                return (screen, shown.bytes.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; the screen:\n{screen}");
            shown = self.shared.changed.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        self.wait(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the selected result's name starts with this.
    #[track_caller]
    pub fn selects(&self, name: &str) -> String {
        self.wait(&format!("{name:?} to be selected"), |screen| {
            selected(screen).is_some_and(|row| row.contains(name))
        })
    }

    /// Changes the terminal's size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.shown.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Has the terminal claim a size that it need not have.
    pub fn claim_size(&self, columns: u16, rows: u16) {
        let claimed = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(claimed).unwrap();
    }

    /// The colours of the cells right of the list, where the preview is, from left to right and top to bottom.
    pub fn colours(&self) -> Vec<vt100::Color> {
        let shown = self.shared.shown.lock().unwrap();
        let screen = shown.parser.screen();
        let (rows, columns) = screen.size();
        let cells = (0..rows.get())
            .flat_map(|row| (columns.get() / 2..columns.get()).map(move |column| (row, column)));
        cells.filter_map(|(row, column)| screen.cell(row, column)).map(vt100::Cell::fgcolor).collect()
    }

    /// Forgets the bytes that were written so far, which become many in time.
    #[cfg(target_os = "linux")]
    pub fn forget_bytes(&self) {
        self.shared.shown.lock().unwrap().bytes.clear();
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end; the exit status, and what the terminal shows on its main screen then.
    #[track_caller]
    pub fn end(mut self) -> (ExitStatus, String, Vec<u8>) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut shown = self.shared.shown.lock().unwrap();
        while !shown.ended {
            shown = self.shared.changed.wait_timeout(shown, PATIENCE).unwrap().0;
        }
        assert!(!shown.parser.screen().alternate_screen(), "the alternate screen was left");
        assert!(!shown.parser.screen().hide_cursor(), "the cursor is back");
        (status, shown.parser.screen().contents(), shown.bytes.clone())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The row of the selected result, without its mark and what is beside the list.
pub fn selected(screen: &str) -> Option<&str> {
    let row = screen.lines().find_map(|line| line.strip_prefix('▌'))?;
    row.split('│').next()
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 8 * columns, pixel_height: 16 * rows }
}

fn listen(
    mut reader: Box<dyn Read + Send>,
    shared: &Shared,
    writer: &Mutex<Box<dyn Write + Send>>,
    answers: Answers,
) {
    let mut buffer = [0; 1 << 14];
    // The end comes as 0 bytes on some systems and as an error on others.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let bytes = &buffer[..count];
        let mut shown = shared.shown.lock().unwrap();
        // A question may be cut in two; whole ones were answered already.
        let before = shown.bytes.len().saturating_sub(3);
        shown.bytes.extend_from_slice(bytes);
        shown.parser.process(bytes);
        let cursor = shown.parser.screen().cursor_position();
        let reply = reply(&shown.bytes[before..], answers, cursor);
        drop(shown);
        shared.changed.notify_all();
        if !reply.is_empty() {
            // A program that has just ended asks nothing any more.
            let _ = writer.lock().unwrap().write_all(reply.as_bytes());
        }
    }
    shared.shown.lock().unwrap().ended = true;
    shared.changed.notify_all();
}

/// What the terminal sends back to questions in these bytes; `cursor` is its row and column, from 0.
fn reply(bytes: &[u8], answers: Answers, cursor: (u16, u16)) -> String {
    let asks = |question: &[u8]| bytes.windows(question.len()).any(|window| window == question);
    let mut reply = String::new();
    if answers == Answers::Mute {
        return reply;
    }
    if asks(b"\x1b[6n") {
        reply.push_str(&format!("\x1b[{};{}R", cursor.0 + 1, cursor.1 + 1));
    }
    // The state is asked for last.
    if answers != Answers::Silent && asks(b"\x1b[5n") {
        if let Answers::Scripted(script) = answers {
            return format!("{reply}{script}\x1b[0n");
        }
        if answers == Answers::Kitty {
            reply.push_str("\x1b_Gi=31;OK\x1b\\");
        }
        reply.push_str(if answers == Answers::Sixel { "\x1b[?62;4c" } else { "\x1b[?62c" });
        reply.push_str("\x1b[6;16;8t\x1b[0n");
    }
    reply
}
