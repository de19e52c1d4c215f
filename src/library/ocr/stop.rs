//! Stops the reading of texts at once, with the programs that run for it.

use std::io;
use std::process::Command;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::base::child::Child;

/// Stops a pass over texts, from any thread. Its clones stop the same pass.
#[derive(Debug, Clone, Default)]
pub struct StopReading(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_stopped: bool,
    running: Vec<Arc<Child>>,
}

impl StopReading {
    /// Kills the programs that run, and has no others started. When this returns, they are gone.
    pub fn stop(&self) {
        let mut state = self.0.lock();
        state.is_stopped = true;
        state.running.drain(..).for_each(|child| {
            child.end();
        });
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.lock().is_stopped
    }

    /// Starts a program, unless it was stopped.
    ///
    /// # Errors
    /// When the program can't be started.
    pub(super) fn start(&self, command: &mut Command) -> io::Result<Option<Running<'_>>> {
        let mut state = self.0.lock();
        if state.is_stopped {
            return Ok(None);
        }
        let child = Arc::new(Child::start(command)?);
        state.running.push(Arc::clone(&child));
        Ok(Some(Running { stop: self, child }))
    }
}

/// A program that runs, and is killed when this is dropped.
pub(super) struct Running<'a> {
    stop: &'a StopReading,
    pub(super) child: Arc<Child>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.child.end();
        self.stop.0.lock().running.retain(|child| !Arc::ptr_eq(child, &self.child));
    }
}
