//! The signals that the browser answers.

use std::io;

/// The number of the signal that the terminal is gone.
pub(super) const HANG_UP: u8 = 1;

/// What a signal asks for.
#[cfg_attr(not(unix), allow(dead_code, reason = "no signal comes there"))]
pub(super) enum Signal {
    /// To end; the number of the signal.
    End(u8),
    /// To stop until continued.
    Stop,
}

/// The signals that end or stop the browser, which has to give the terminal back before.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Receives the signals from now on.
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            // tokio has no name for it, and the number differs between systems.
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
        })
    }

    /// Forgets ctrl-c and ctrl-\\ that were pressed while another program had the terminal: they were meant for that.
    pub(super) async fn forget_keys(&mut self) {
        // The runtime hears of signals only when it waits for something.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        for signal in [&mut self.interrupt, &mut self.quit] {
            while futures_util::FutureExt::now_or_never(signal.recv()).is_some() {}
        }
    }

    /// Waits for a signal.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End(15),
            _ = self.hang_up.recv() => Signal::End(HANG_UP),
            _ = self.interrupt.recv() => Signal::End(2),
            _ = self.quit.recv() => Signal::End(3),
            _ = self.stop.recv() => Signal::Stop,
        }
    }
}

/// A stand-in: this system has no such signals.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn forget_keys(&mut self) {}

    pub(super) async fn next(&mut self) -> Signal {
        std::future::pending().await
    }
}
