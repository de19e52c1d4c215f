//! A budget of memory that several threads share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes may be in use at once. First come, first served: who needs much is not overtaken for ever
/// by those who need little.
#[derive(Debug)]
pub(super) struct Budget {
    capacity: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// Numbers drawn, and the number whose turn it is.
    drawn: u64,
    turn: u64,
}

/// Bytes in use until this is dropped.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until `bytes` are free. What is more than the whole budget is let in when nothing else is.
    ///
    /// Who holds a reservation must not wait for another: use [`Reservation::grow_to`].
    pub fn reserve(&self, bytes: u64) -> Reservation<'_> {
        let mut state = self.lock();
        let number = state.drawn;
        state.drawn += 1;
        while state.turn != number || !self.fits(&state, bytes) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.turn += 1;
        state.used += bytes;
        self.changed.notify_all();
        Reservation { budget: self, bytes }
    }

    fn fits(&self, state: &State, bytes: u64) -> bool {
        state.used == 0 || state.used.saturating_add(bytes) <= self.capacity
    }

    /// The numbers are right at any moment, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation<'_> {
    /// Makes it at least `bytes` if that is possible now.
    pub fn grow_to(&mut self, bytes: u64) -> bool {
        let mut state = self.budget.lock();
        let more = bytes.saturating_sub(self.bytes);
        let alone = state.used == self.bytes;
        let granted = more == 0 || alone || state.used.saturating_add(more) <= self.budget.capacity;
        if granted {
            state.used += more;
            self.bytes += more;
        }
        granted
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.budget.lock().used -= self.bytes;
        self.budget.changed.notify_all();
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
    fn never_more_than_the_budget_is_in_use_and_everyone_gets_a_turn() {
        let budget = Budget::new(100);
        let (used, most, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for i in 0..8 {
                let (budget, used, most, done) = (&budget, &used, &most, &done);
                scope.spawn(move || {
                    for j in 0..50 {
                        let mut bytes = 1 + (i * 37 + j * 11) % 60;
                        let mut reservation = budget.reserve(bytes);
                        if !reservation.grow_to(bytes + 30) {
                            drop(reservation);
                            reservation = budget.reserve(bytes + 30);
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
        assert_eq!((done.into_inner(), budget.lock().used), (400, 0));
        assert!((60..=100).contains(&most.into_inner()));
    }

    #[test]
    fn what_is_larger_than_all_runs_alone() {
        let budget = Budget::new(10);
        let small = budget.reserve(4);
        thread::scope(|scope| {
            let large = scope.spawn(|| {
                let large = budget.reserve(50);
                assert_eq!(budget.lock().used, 50);
                large.bytes
            });
            // The next one waits behind it though there is room.
            while budget.lock().drawn < 2 {
                thread::yield_now();
            }
            let next = scope.spawn(|| budget.reserve(1).bytes);
            thread::sleep(Duration::from_millis(20));
            assert!(!large.is_finished() && !next.is_finished());
            drop(small);
            assert_eq!((large.join().unwrap(), next.join().unwrap()), (50, 1));
        });
        let mut alone = budget.reserve(4);
        assert!(alone.grow_to(50));
        drop(alone);
        assert_eq!(budget.lock().used, 0);
    }

    #[test]
    fn growing_never_waits() {
        let budget = Budget::new(10);
        let (mut a, mut b) = (budget.reserve(4), budget.reserve(4));
        assert!(!a.grow_to(7) && b.grow_to(6) && a.grow_to(2));
        drop(b);
        assert!(a.grow_to(10));
    }

    #[test]
    fn a_panic_gives_back() {
        let budget = Budget::new(10);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _reservation = budget.reserve(10);
            std::panic::resume_unwind(Box::new("as a decoder does"));
        }));
        assert!(caught.is_err());
        assert_eq!(budget.reserve(10).bytes, 10);
    }
}
