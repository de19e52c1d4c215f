//! A limit on the memory that several threads use together: a weighted semaphore.

use parking_lot::{Condvar, Mutex};

/// Grants up to `capacity` bytes at once. First in, first out, so that large requests are not starved.
#[derive(Debug)]
pub(super) struct MemoryLimiter {
    capacity: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// The next ticket to hand out, and the ticket whose turn it is.
    next_ticket: u64,
    turn: u64,
}

/// A grant of bytes, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    limiter: &'a MemoryLimiter,
    bytes: u64,
}

impl MemoryLimiter {
    /// A limiter that grants up to `capacity` bytes.
    pub(super) fn new(capacity: u64) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until `bytes` are free and reserves them. A request for more than the whole capacity is granted when nothing else is in use.
    ///
    /// A thread that holds a reservation must not wait for another one: use [`Reservation::grow_to`].
    pub(super) fn reserve(&self, bytes: u64) -> Reservation<'_> {
        let mut state = self.state.lock();
        let number = state.next_ticket;
        state.next_ticket += 1;
        while state.turn != number || !self.fits(&state, bytes) {
            self.changed.wait(&mut state);
        }
        state.turn += 1;
        state.used += bytes;
        self.changed.notify_all();
        Reservation { limiter: self, bytes }
    }

    fn fits(&self, state: &State, bytes: u64) -> bool {
        state.used == 0 || state.used.saturating_add(bytes) <= self.capacity
    }
}

impl Reservation<'_> {
    /// Raises the reservation to at least `bytes`, if they are free now. Returns whether it has them.
    pub(super) fn grow_to(&mut self, bytes: u64) -> bool {
        let mut state = self.limiter.state.lock();
        let more = bytes.saturating_sub(self.bytes);
        let alone = state.used == self.bytes;
        let granted = more == 0 || alone || state.used.saturating_add(more) <= self.limiter.capacity;
        if granted {
            state.used += more;
            self.bytes += more;
        }
        granted
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.limiter.state.lock().used -= self.bytes;
        self.limiter.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn never_more_than_the_capacity_is_in_use_and_everyone_gets_a_turn() {
        let limiter = MemoryLimiter::new(100);
        let (used, most, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for i in 0..8 {
                let (limiter, used, most, done) = (&limiter, &used, &most, &done);
                scope.spawn(move || {
                    for j in 0..50 {
                        let mut bytes = 1 + (i * 37 + j * 11) % 60;
                        let mut reservation = limiter.reserve(bytes);
                        if !reservation.grow_to(bytes + 30) {
                            drop(reservation);
                            reservation = limiter.reserve(bytes + 30);
                        }
                        bytes += 30;
                        most.fetch_max(used.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                        thread::yield_now();
                        used.fetch_sub(bytes, Ordering::SeqCst);
                        drop(reservation);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!((done.into_inner(), limiter.state.lock().used), (400, 0));
        assert!((60..=100).contains(&most.into_inner()));
    }

    #[test]
    fn what_is_larger_than_all_runs_alone() {
        let limiter = MemoryLimiter::new(10);
        let small = limiter.reserve(4);
        thread::scope(|scope| {
            let large = scope.spawn(|| {
                let large = limiter.reserve(50);
                assert_eq!(limiter.state.lock().used, 50);
                large.bytes
            });
            // The next one waits behind it though there is room.
            while limiter.state.lock().next_ticket < 2 {
                thread::yield_now();
            }
            let next = scope.spawn(|| limiter.reserve(1).bytes);
            thread::sleep(Duration::from_millis(20));
            assert!(!large.is_finished() && !next.is_finished());
            drop(small);
            assert_eq!((large.join().unwrap(), next.join().unwrap()), (50, 1));
        });
        let mut alone = limiter.reserve(4);
        assert!(alone.grow_to(50));
        drop(alone);
        assert_eq!(limiter.state.lock().used, 0);
    }

    #[test]
    fn growing_never_waits() {
        let limiter = MemoryLimiter::new(10);
        let (mut a, mut b) = (limiter.reserve(4), limiter.reserve(4));
        assert!(!a.grow_to(7) && b.grow_to(6) && a.grow_to(2));
        drop(b);
        assert!(a.grow_to(10));
    }

    #[test]
    fn a_panic_gives_back() {
        let limiter = MemoryLimiter::new(10);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _reservation = limiter.reserve(10);
            std::panic::resume_unwind(Box::new("as a decoder does"));
        }));
        assert!(caught.is_err());
        assert_eq!(limiter.reserve(10).bytes, 10);
    }
}
