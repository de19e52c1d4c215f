//! Indexing progress on stderr: a bar with rate and ETA on a terminal, plain lines elsewhere.

use std::collections::HashSet;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use parking_lot::Mutex;

use super::output;
use crate::base::paths;
use crate::library::{Observer, Progress};

/// Shows the progress of an indexing run.
pub(super) struct Reporter {
    bar: ProgressBar,
    quiet: bool,
    terminal: bool,
    planned: AtomicBool,
    /// Number of unreadable files that are named at most.
    most: usize,
    /// Hashes of the unreadable files with their reasons. A command that follows a folder meets each of them again and
    /// again.
    unreadable: Mutex<HashSet<u64>>,
}

impl Reporter {
    /// A reporter that has shown nothing yet. With `quiet`, it only names unreadable files.
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal() && !quiet;
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(style("{spinner} looking for pictures: {pos}"));
        if terminal {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        let (planned, unreadable) = (AtomicBool::new(false), Mutex::default());
        Self { bar, quiet, terminal, planned, most: usize::MAX, unreadable }
    }

    /// Limits the number of unreadable files that are named.
    pub(super) fn listing(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// The number of unreadable files that were not named.
    pub(super) fn unnamed(&self) -> usize {
        self.unreadable.lock().len().saturating_sub(self.most)
    }

    /// Shows that graphs are being built, and that `indexed` of `all` pictures are in one.
    pub(super) fn building(&self, indexed: usize, all: usize) {
        self.bar.reset();
        self.bar.set_length(all as u64);
        self.bar.set_style(style("building graphs for approximate search {wide_bar} {pos}/{len}  {elapsed}"));
        self.bar.set_position(indexed as u64);
        if !self.terminal {
            self.note(&format!("building graphs for approximate search: {indexed} of {all} pictures done"));
        }
    }

    /// Shows that the text of `done` of `all` pictures was read.
    pub(super) fn reading_texts(&self, done: usize, all: usize) {
        if done == 0 {
            self.bar.reset();
            self.bar.set_length(all as u64);
            self.bar.set_style(style("reading text in pictures {wide_bar} {pos}/{len}  {rate}  ETA {eta}"));
            if !self.terminal {
                self.note(&format!("{all} pictures to read text in"));
            }
        }
        self.bar.set_position(done as u64);
    }

    /// Shows that a pass over known pictures begins.
    fn begin_pass(&self, progress: Progress) {
        let (label, words) = if progress.facts {
            ("reading dates, cameras and tags", "whose dates, cameras and tags are read")
        } else if progress.thumbprints {
            ("looking for copies of pictures", "to look at, by which copies are recognised")
        } else {
            (
                "looking at what newer rules see otherwise",
                "to look at, since the rules of decoding have changed",
            )
        };
        self.bar.reset();
        self.bar.set_length(progress.total as u64);
        self.bar.set_style(style(&format!("{label} {{wide_bar}} {{pos}}/{{len}}")));
        if !self.terminal {
            self.note(&format!("{} pictures {words}", progress.total));
        }
    }

    /// Prints a line above the bar.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| output::note(text));
        }
    }
}

impl Observer for Reporter {
    fn progress(&self, progress: Progress, _committed: bool) {
        if progress.walking {
            self.bar.set_position(progress.found as u64);
            return;
        }
        if progress.checking || progress.facts || progress.thumbprints {
            if progress.done == 0 {
                self.begin_pass(progress);
            }
            self.bar.set_position(progress.done as u64);
            return;
        }
        if !self.planned.swap(true, Ordering::Relaxed) && progress.total > 0 {
            self.bar.reset();
            self.bar.set_length(progress.total as u64);
            self.bar.set_style(style("indexing {wide_bar} {pos}/{len}  {rate}  ETA {eta}"));
            if !self.terminal {
                self.note(&format!("{} of {} pictures to read", progress.total, progress.found));
            }
        }
        self.bar.set_position(progress.done as u64);
    }

    fn unreadable(&self, path: &Path, reason: &str) {
        let mut hasher = DefaultHasher::new();
        (path, reason).hash(&mut hasher);
        let is_named = {
            let mut told = self.unreadable.lock();
            told.insert(hasher.finish()) && told.len() <= self.most
        };
        if is_named {
            self.bar.suspend(|| output::note(format_args!("skipped '{}': {reason}", paths::display(path))));
        }
    }
}

/// The style of a template, in which `{rate}` stands for pictures a second.
fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file, so that there is no error to tell.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
        "rate",
        |state: &ProgressState, out: &mut dyn Write| {
            // Into memory, which does not fail.
            let _ = out.write_str(&per_second(state.per_sec()));
        },
    )
}

/// A number of pictures a second as people read it.
fn per_second(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}/s") } else { format!("{rate:.0}/s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_a_digit_after_the_point_only_where_it_says_something() {
        assert_eq!([0.0, 2.345, 9.94, 236.0659].map(per_second), ["0.0/s", "2.3/s", "9.9/s", "236/s"]);
    }
}
