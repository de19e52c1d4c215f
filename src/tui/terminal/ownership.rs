//! Taking the terminal over, and giving it back in any case.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, execute, queue};
use parking_lot::Mutex;
use ratatui::layout::Position;

use super::output::Output;
use super::reader::TimedReader;
use super::region::{Height, Rows, take_cursor};
use super::tmux;
use crate::base::paths;

/// Whether the terminal is ours. It is global because the panic hook has to know.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The rows that are ours, if the browser does not have a screen of its own. They are to be empty again in any case.
static ROWS: Mutex<Option<Rows>> = Mutex::new(None);
/// How long the terminal may take to say where the cursor is.
const CURSOR_TIMEOUT: Duration = Duration::from_millis(500);

/// What came of taking the terminal over.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The rows that are ours; `None` for a screen of our own.
    pub(super) rows: Option<Rows>,
    /// What the user typed meanwhile.
    pub(super) typed: Vec<u8>,
}

/// Takes the terminal over: raw mode, the alternate screen or rows below the cursor, reports of pasted text and of the
/// mouse. Nothing else may read from the terminal meanwhile.
pub(super) fn take(writer: &mut impl Write, height: Option<Height>) -> io::Result<Taken> {
    crossterm::terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    tmux::reopen();
    let taken = match height {
        None => execute!(writer, EnterAlternateScreen).map(|()| Taken::default()),
        Some(height) => make_room(writer, height),
    };
    let taken = taken.and_then(|taken| {
        execute!(writer, EnableBracketedPaste, EnableMouseCapture)?;
        Ok(taken)
    });
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Makes room below the cursor. What stands above stays, or is scrolled up.
fn make_room(writer: &mut impl Write, height: Height) -> io::Result<Taken> {
    let (_, all) = crossterm::terminal::size()?;
    let mut typed = Vec::new();
    let cursor = ask_cursor(writer, &mut typed)?;
    let (rows, scrolled) = Rows::below(cursor, height.rows(all), all);
    if scrolled > 0 {
        queue!(writer, cursor::MoveTo(0, all.saturating_sub(1)))?;
        writer.write_all("\n".repeat(scrolled.into()).as_bytes())?;
    }
    execute!(writer, cursor::MoveTo(0, rows.top), Clear(ClearType::FromCursorDown))?;
    *ROWS.lock() = Some(rows);
    Ok(Taken { rows: Some(rows), typed })
}

/// Asks the terminal where the cursor is; `None` if it does not say. What else it sends is put into `received`.
pub(crate) fn ask_cursor(writer: &mut impl Write, received: &mut Vec<u8>) -> io::Result<Option<Position>> {
    let Ok(mut reader) = TimedReader::new() else { return Ok(None) };
    writer.write_all(b"\x1b[6n")?;
    writer.flush()?;
    let deadline = Instant::now() + CURSOR_TIMEOUT;
    while Instant::now() < deadline {
        let Ok(bytes) = reader.read() else { break };
        received.extend(bytes);
        if let Some(cursor) = take_cursor(received) {
            return Ok(Some(cursor));
        }
    }
    Ok(None)
}

/// Takes in that our rows are others now, since the terminal has another size.
pub(super) fn move_rows(rows: Rows) {
    *ROWS.lock() = Some(rows);
}

/// Gives the terminal back, if it is ours. Errors are ignored: the terminal may be gone.
pub(super) fn give_back() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let rows = ROWS.lock().take();
    if let Ok(mut output) = Output::open() {
        let _ = queue!(output, EndSynchronizedUpdate, DisableMouseCapture, DisableBracketedPaste);
        let _ = match rows {
            None => queue!(output, LeaveAlternateScreen),
            Some(Rows { top, cursor }) => queue!(
                output,
                SetAttribute(Attribute::Reset),
                cursor::MoveTo(0, top),
                Clear(ClearType::FromCursorDown),
                cursor::MoveTo(cursor.x, cursor.y)
            ),
        };
        let _ = execute!(output, cursor::Show);
    }
    let _ = crossterm::terminal::disable_raw_mode();
    tmux::close();
}

/// Installs a panic hook. A panic of this thread gives the terminal back before it is reported. Panics of other threads
/// are caught by their workers and shown in the browser, so their reports go to the log, not over the screen.
pub(super) fn give_back_on_panic() {
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
