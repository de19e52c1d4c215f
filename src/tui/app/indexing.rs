//! How far the indexing in the background is.

use std::time::{Duration, Instant};

use crate::library::{Progress, Summary};

/// How far the indexing in the background is.
#[derive(Debug, Clone)]
pub(crate) enum Indexing {
    /// The user asked for none.
    Off,
    /// Pictures are being read. `since` is when the first of them was done and how many were by then, `at` the time of
    /// `progress`; both serve the rate.
    Running { progress: Progress, since: Option<(Instant, usize)>, at: Option<Instant> },
    /// The index is up to date, and the system reports changes.
    Finished(Summary),
    /// The index is up to date. The system reports no changes, for this reason, so the folder is polled.
    Polling { summary: Summary, reason: String },
    /// The indexing failed, for this reason.
    Failed(String),
}

impl Indexing {
    /// An indexing of which nothing is known yet.
    pub(crate) fn starting() -> Self {
        Self::Running { progress: Progress::default(), since: None, at: None }
    }

    /// Takes in progress made at the time `at`.
    pub(crate) fn advance(&mut self, progress: Progress, at: Instant) {
        let since = match self {
            _ if progress.checking || progress.facts || progress.thumbprints => None,
            Self::Running { since: Some(since), .. } => Some(*since),
            _ if progress.total > 0 && progress.done > 0 => Some((at, progress.done)),
            _ => None,
        };
        *self = Self::Running { progress, since, at: Some(at) };
    }

    /// Takes in that the folder is polled from now on.
    pub(crate) fn poll(&mut self, reason: String) {
        let summary = match self {
            Self::Finished(summary) | Self::Polling { summary, .. } => summary.clone(),
            _ => Summary::default(),
        };
        *self = Self::Polling { summary, reason };
    }

    /// Pictures a second so far, once a second of work is known.
    pub(crate) fn rate(&self) -> Option<f64> {
        let Self::Running { progress, since: Some((start, done)), at: Some(at) } = self else { return None };
        let seconds = at.saturating_duration_since(*start).as_secs_f64();
        let pictures = progress.done.saturating_sub(*done);
        (seconds >= 1.0 && pictures > 0).then(|| pictures as f64 / seconds)
    }

    /// The time that the rest takes at this rate.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let Self::Running { progress, .. } = self else { return None };
        let left = progress.total.saturating_sub(progress.done);
        self.rate().map(|rate| Duration::from_secs((left as f64 / rate).ceil() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_leave_the_start_up_out() {
        let mut indexing = Indexing::starting();
        let start = Instant::now();
        let mut report = |done, seconds| {
            let progress = Progress { total: 100, done, ..Progress::default() };
            indexing.advance(progress, start + Duration::from_secs(seconds));
            (indexing.rate(), indexing.remaining())
        };
        assert_eq!(report(0, 0), (None, None));
        assert_eq!(report(10, 30), (None, None));
        assert_eq!(report(30, 32), (Some(10.0), Some(Duration::from_secs(7))));
    }

    #[test]
    fn polling_keeps_what_the_last_run_found() {
        let summary = Summary { failed: 2, ..Summary::default() };
        let mut indexing = Indexing::Finished(summary);
        for _ in 0..2 {
            indexing.poll("no events".into());
            let Indexing::Polling { summary, reason } = &indexing else { panic!("{indexing:?}") };
            assert_eq!((summary.failed, reason.as_str()), (2, "no events"));
        }
    }
}
