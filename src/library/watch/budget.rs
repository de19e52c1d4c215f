//! How much of the time looking at a folder may take.

use std::time::{Duration, Instant};

/// Keeps a folder that changes all the time from keeping a processor busy: looks may take a fifth of the time, after
/// a few at once.
pub(super) struct Budget {
    /// Time left, in seconds; what is negative must be waited for.
    credit: f64,
    at: Instant,
}

impl Budget {
    const SHARE: f64 = 0.2;
    const MOST: f64 = 3.0;

    pub fn new(now: Instant) -> Self {
        Self { credit: Self::MOST, at: now }
    }

    /// Accounts for a look that has just ended; how long to wait before the next.
    pub fn spend(&mut self, looked: Duration, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.credit = (self.credit + Self::SHARE * passed).min(Self::MOST) - looked.as_secs_f64();
        Duration::from_secs_f64((-self.credit / Self::SHARE).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_take_a_fifth_of_the_time_at_most() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut budget = Budget::new(start);
        let mut now = start;
        let mut busy = Duration::ZERO;
        for look in 0..50 {
            now += second;
            busy += second;
            let pause = budget.spend(second, now);
            assert!(look > 1 || pause.is_zero(), "the first few go at once");
            now += pause;
        }
        assert!(busy.as_secs_f64() < 0.25 * (now - start).as_secs_f64());
        // After a long rest, as at first.
        assert_eq!(budget.spend(second, now + 1000 * second), Duration::ZERO);
    }
}
