//! A slot that others put the newest wish into and one worker takes from: work that was overtaken is
//! never begun, and nothing queues up.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The slot's shared part.
#[derive(Debug)]
struct Shared<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot<T> {
    content: T,
    fresh: bool,
    closed: bool,
}

/// The side that posts. Dropping it tells the worker to end.
#[derive(Debug)]
pub struct Mailbox<T>(Arc<Shared<T>>);

/// The side that takes.
#[derive(Debug)]
pub struct Inbox<T>(Arc<Shared<T>>);

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum Mail<T> {
    /// What was posted since the last time, merged.
    Posted(T),
    /// Nothing, for the whole time.
    Quiet,
    /// Nobody will post any more.
    Closed,
}

/// An empty mailbox.
pub fn mailbox<T: Default>() -> (Mailbox<T>, Inbox<T>) {
    let slot = Slot { content: T::default(), fresh: false, closed: false };
    let shared = Arc::new(Shared { slot: Mutex::new(slot), changed: Condvar::new() });
    (Mailbox(Arc::clone(&shared)), Inbox(shared))
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        // The content is consistent at every moment: a panic elsewhere can't have broken it.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Mailbox<T> {
    /// Merges a wish into what is waiting.
    pub fn post(&self, merge: impl FnOnce(&mut T)) {
        let mut slot = self.0.lock();
        merge(&mut slot.content);
        slot.fresh = true;
        drop(slot);
        self.0.changed.notify_one();
    }
}

impl<T> Drop for Mailbox<T> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_one();
    }
}

impl<T: Default> Inbox<T> {
    /// Waits until something is posted, but not longer than `patience`.
    pub fn wait(&self, patience: Duration) -> Mail<T> {
        let deadline = Instant::now() + patience;
        let mut slot = self.0.lock();
        loop {
            if slot.closed {
                return Mail::Closed;
            }
            if slot.fresh {
                slot.fresh = false;
                return Mail::Posted(std::mem::take(&mut slot.content));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Mail::Quiet;
            }
            slot = self.0.changed.wait_timeout(slot, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn wishes_are_merged_until_they_are_taken() {
        let (mailbox, inbox) = mailbox::<(Option<u64>, bool)>();
        mailbox.post(|wish| wish.0 = Some(1));
        mailbox.post(|wish| wish.1 = true);
        mailbox.post(|wish| wish.0 = Some(2));
        assert_eq!(inbox.wait(LONG), Mail::Posted((Some(2), true)));
        assert_eq!(inbox.wait(Duration::ZERO), Mail::Quiet);
        drop(mailbox);
        assert_eq!(inbox.wait(LONG), Mail::Closed);
    }

    #[test]
    fn a_waiting_worker_wakes_up() {
        let (mailbox, inbox) = mailbox::<u64>();
        let worker = std::thread::spawn(move || (inbox.wait(LONG), inbox.wait(LONG)));
        mailbox.post(|wish| *wish = 7);
        // The first wish may be taken before the mailbox closes or not at all, but the worker ends.
        drop(mailbox);
        let (first, _) = worker.join().unwrap();
        assert!(matches!(first, Mail::Posted(7) | Mail::Closed));
    }
}
