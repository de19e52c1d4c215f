//! When the next frame may be drawn.

use std::time::{Duration, Instant};

/// The time that a frame takes up of the schedule: in the long run there is no more than one in this time.
const FRAME: Duration = Duration::from_millis(10);
/// The number of frames that may follow one another at once: a letter, its results, and the picture of the first of them
/// belong to one key, and none of them should wait for the others.
const BURST: u32 = 3;

/// Spreads frames over time (the generic cell rate algorithm, ITU-T I.371): a few may follow one another at once, many
/// may not, so that a stream of events does not flood the terminal.
#[derive(Debug)]
pub(super) struct FramePacer {
    /// The time up to which the schedule is taken up by the frames so far.
    booked: Instant,
}

impl FramePacer {
    /// Makes a pacer, when a first frame was drawn at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { booked: now + FRAME }
    }

    /// Returns when the next frame may be drawn.
    pub(super) fn next_frame(&self) -> Instant {
        self.booked.checked_sub(FRAME * (BURST - 1)).unwrap_or(self.booked)
    }

    /// Notes that a frame was drawn at `now`.
    pub(super) fn drawn(&mut self, now: Instant) {
        self.booked = self.booked.max(now) + FRAME;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_frames_come_at_once_and_many_are_spread() {
        let start = Instant::now() + Duration::from_secs(1);
        let mut pacer = FramePacer::new(start);
        let mut now = start;
        let mut frames = Vec::new();
        for _ in 0..6 {
            now = now.max(pacer.next_frame());
            pacer.drawn(now);
            frames.push((now - start).as_millis());
        }
        assert_eq!(frames, [0, 0, 10, 20, 30, 40], "the first frame was drawn before");
        let later = now + Duration::from_secs(1);
        assert!(pacer.next_frame() < later);
        pacer.drawn(later);
        pacer.drawn(later);
        assert!(pacer.next_frame() <= later, "the third at once");
        pacer.drawn(later);
        assert_eq!(pacer.next_frame(), later + FRAME);
    }
}
