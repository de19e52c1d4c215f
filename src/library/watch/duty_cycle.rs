//! A bound on the share of time that looking at a folder takes.

use std::time::{Duration, Instant};

/// Lets looks take a fifth of the time, after a few at once, so that a folder which changes all the time does not keep a
/// processor busy.
pub(super) struct DutyCycle {
    /// Time that looks may still take, in seconds. A debt is negative and has to be waited off.
    credit: f64,
    at: Instant,
}

impl DutyCycle {
    const SHARE: f64 = 0.2;
    const MOST: f64 = 3.0;

    pub(super) fn new(now: Instant) -> Self {
        Self { credit: Self::MOST, at: now }
    }

    /// Accounts for a look that ended at `now` and took `looked`. Returns how long to wait before the next.
    pub(super) fn spend(&mut self, looked: Duration, now: Instant) -> Duration {
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
        let mut duty_cycle = DutyCycle::new(start);
        let mut now = start;
        let mut busy = Duration::ZERO;
        for look in 0..50 {
            now += second;
            busy += second;
            let pause = duty_cycle.spend(second, now);
            assert!(look > 1 || pause.is_zero(), "the first few go at once");
            now += pause;
        }
        assert!(busy.as_secs_f64() < 0.25 * (now - start).as_secs_f64());
        // After a long rest, as at first.
        assert_eq!(duty_cycle.spend(second, now + 1000 * second), Duration::ZERO);
    }
}
