//! Taking the terminal over, and giving it back in any case.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};

use super::output::Output;
use crate::base::paths;

/// Whether the terminal is ours. It is global because the panic hook has to know.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Takes the terminal over: raw mode, alternate screen, reports of pasted text and of the mouse.
pub(super) fn take(writer: &mut impl Write) -> io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let entered = execute!(writer, EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture);
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Gives the terminal back, if it is ours. Errors are ignored: the terminal may be gone.
pub(super) fn give_back() {
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
