//! What the threads of a follower tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Flags that the system's events set, and a wake-up for the thread that looks at the folder.
#[derive(Debug)]
pub(super) struct Signals {
    /// The follower is to end.
    pub cancel: AtomicBool,
    /// Folders may have come, gone or moved: the set of watched folders must be made anew.
    pub folders_changed: AtomicBool,
    /// There were events of changes, rather than only word that some events were lost.
    pub files_changed: AtomicBool,
    wake_up: Sender<()>,
}

impl Signals {
    /// Signals under which everything counts as changed, and the receiving end of their wake-up.
    pub(super) fn new() -> (Arc<Self>, Receiver<()>) {
        let (wake_up, receiver) = bounded(1);
        let [folders_changed, files_changed] = [const { AtomicBool::new(true) }; 2];
        (Arc::new(Self { cancel: AtomicBool::new(false), folders_changed, files_changed, wake_up }), receiver)
    }

    /// Wakes the follower. A wake-up that is waiting already serves for both.
    pub(super) fn wake(&self) {
        let _ = self.wake_up.try_send(());
    }
}

/// Ends a [`Follower`](super::Follower) from any thread.
#[derive(Debug, Clone)]
pub struct StopHandle(Arc<Signals>);

impl StopHandle {
    /// A handle to a follower with these signals.
    pub(super) fn new(signals: &Arc<Signals>) -> Self {
        Self(Arc::clone(signals))
    }

    /// Asks the follower to end soon. What it has done by then is committed.
    pub fn stop(&self) {
        self.0.cancel.store(true, Ordering::Relaxed);
        self.0.wake();
    }

    /// Turns true when the follower is to end.
    pub fn cancelled(&self) -> &AtomicBool {
        &self.0.cancel
    }
}
