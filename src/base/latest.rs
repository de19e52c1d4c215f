//! A slot for the latest value: requests that were overtaken are never begun, and nothing queues up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// The side that sends. Dropping it closes the slot.
#[derive(Debug)]
pub(crate) struct LatestSlot<T>(Arc<Shared<T>>);

/// The side that receives; its clones share the slot.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot<T> {
    value: T,
    /// Whether the value was changed since it was last received.
    fresh: bool,
    closed: bool,
}

/// What waiting with a timeout came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<T> {
    /// The value with all changes since the last time; the slot has the default again.
    Latest(T),
    /// Nothing was sent for the whole time.
    TimedOut,
    /// The sender is gone.
    Closed,
}

/// A slot that holds the default.
pub(crate) fn latest_slot<T: Default>() -> (LatestSlot<T>, Receiver<T>) {
    let shared = Arc::new(Shared { slot: Mutex::default(), changed: Condvar::new() });
    (LatestSlot(Arc::clone(&shared)), Receiver(shared))
}

impl<T> LatestSlot<T> {
    /// Changes the value, for instance by replacing it, and wakes the receivers.
    pub(crate) fn send(&self, change: impl FnOnce(&mut T)) {
        let mut slot = self.0.slot.lock();
        change(&mut slot.value);
        slot.fresh = true;
        drop(slot);
        self.0.changed.notify_all();
    }
}

impl<T> Drop for LatestSlot<T> {
    fn drop(&mut self) {
        self.0.slot.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Receiver<T> {
    /// Whether the sender is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.slot.lock().closed
    }

    /// Looks at the value, or changes it, without waking the other receivers.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut self.0.slot.lock().value)
    }

    /// Waits until `take` finds something in the value, now or after a change. `None` if the sender is gone.
    pub(crate) fn wait_for<R>(&self, mut take: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        let mut slot = self.0.slot.lock();
        loop {
            if slot.closed {
                return None;
            }
            if let Some(taken) = take(&mut slot.value) {
                return Some(taken);
            }
            self.0.changed.wait(&mut slot);
        }
    }
}

impl<T: Default> Receiver<T> {
    /// Waits until a value is sent, at most for `timeout`.
    pub(crate) fn wait(&self, timeout: Duration) -> Received<T> {
        let deadline = Instant::now() + timeout;
        let mut slot = self.0.slot.lock();
        loop {
            if slot.closed {
                return Received::Closed;
            }
            if slot.fresh {
                slot.fresh = false;
                return Received::Latest(std::mem::take(&mut slot.value));
            }
            if Instant::now() >= deadline {
                return Received::TimedOut;
            }
            self.0.changed.wait_until(&mut slot, deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn changes_are_merged_until_they_are_received() {
        let (slot, receiver) = latest_slot::<(Option<u64>, bool)>();
        slot.send(|value| value.0 = Some(1));
        slot.send(|value| value.1 = true);
        slot.send(|value| value.0 = Some(2));
        assert_eq!(receiver.wait(LONG), Received::Latest((Some(2), true)));
        assert_eq!(receiver.wait(Duration::ZERO), Received::TimedOut);
        drop(slot);
        assert_eq!(receiver.wait(LONG), Received::Closed);
        assert!(receiver.is_closed());
    }

    #[test]
    fn a_waiting_worker_wakes_up() {
        let (slot, receiver) = latest_slot::<u64>();
        let worker = std::thread::spawn(move || (receiver.wait(LONG), receiver.wait(LONG)));
        slot.send(|value| *value = 7);
        // The value may be received before the slot is closed or not at all, but the worker ends.
        drop(slot);
        let (first, _) = worker.join().unwrap();
        assert!(matches!(first, Received::Latest(7) | Received::Closed));
    }

    #[test]
    fn several_workers_share_what_is_sent_and_all_end() {
        let (slot, receiver) = latest_slot::<Vec<u64>>();
        let workers = [1, 2].map(|_| {
            let receiver = receiver.clone();
            std::thread::spawn(move || {
                let mut taken = Vec::new();
                while let Some(number) = receiver.wait_for(Vec::pop) {
                    taken.push(number);
                }
                taken
            })
        });
        slot.send(|value| value.extend(0..100));
        while receiver.with(|value| !value.is_empty()) {
            std::thread::yield_now();
        }
        drop(slot);
        let mut taken: Vec<u64> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        taken.sort_unstable();
        assert!(taken.iter().copied().eq(0..100), "{taken:?}");
    }
}
