//! How far the download of the model is.

use std::time::{Duration, Instant};

/// The download of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Download {
    /// The number of the attempt, from 1 on. News of earlier attempts are dropped.
    pub generation: u64,
    /// What is going on.
    pub step: Step,
    /// When the first bytes of this file arrived, and how many there were by then; both serve the rate.
    since: Option<(Instant, u64)>,
    /// The time of `step`.
    at: Option<Instant>,
}

/// What is going on in a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The hub is asked what it has.
    Starting,
    /// Bytes of a file arrive: those that are here and those of the whole file.
    Receiving { file: String, received: u64, total: u64 },
    /// The checksum of a file is computed.
    Checking { file: String },
    /// Another process downloads the file.
    Waiting { file: String },
    /// Something failed that may pass; it is tried again after a while.
    Retrying { file: String, reason: String, wait: Duration },
    /// All files are here. The model is made ready.
    Preparing,
    /// There is no model: the reason, and what can be done about it.
    Failed { reason: String },
}

impl Download {
    /// An attempt of which nothing is known yet.
    pub(crate) fn starting(generation: u64) -> Self {
        Self { generation, step: Step::Starting, since: None, at: None }
    }

    /// Takes in what is going on at the time `at`.
    pub(crate) fn advance(&mut self, step: Step, at: Instant) {
        match (&self.step, &step) {
            (Step::Receiving { file: before, .. }, Step::Receiving { file, .. }) if before == file => {}
            (_, Step::Receiving { received, .. }) => self.since = Some((at, *received)),
            _ => self.since = None,
        }
        (self.step, self.at) = (step, Some(at));
    }

    /// Whether the attempt has failed.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.step, Step::Failed { .. })
    }

    /// Bytes a second, once a second of the file's download is known.
    pub(crate) fn rate(&self) -> Option<f64> {
        let (Step::Receiving { received, .. }, Some((start, first)), Some(at)) =
            (&self.step, self.since, self.at)
        else {
            return None;
        };
        let seconds = at.saturating_duration_since(start).as_secs_f64();
        let bytes = received.saturating_sub(first);
        (seconds >= 1.0 && bytes > 0).then(|| bytes as f64 / seconds)
    }

    /// The time that the rest of the file takes at this rate.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let Step::Receiving { received, total, .. } = &self.step else { return None };
        let left = total.saturating_sub(*received);
        self.rate().map(|rate| Duration::from_secs((left as f64 / rate).ceil() as u64))
    }
}

#[cfg(test)]
mod tests;
