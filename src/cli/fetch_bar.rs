//! The progress of a download on stderr: a bar on a terminal, a line a file elsewhere.

use std::cell::RefCell;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::base::escape;
use crate::clip::hub::{FetchEvent, FetchProgress};

/// Shows the progress of a download.
pub(super) struct FetchBar {
    bar: ProgressBar,
    quiet: bool,
    terminal: bool,
    /// The file that is shown.
    current: RefCell<String>,
}

impl FetchBar {
    /// A bar that has shown nothing yet. With `quiet`, it never does.
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal() && !quiet;
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let template = "{msg:26} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  ETA {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        Self { bar, quiet, terminal, current: RefCell::default() }
    }

    /// Shows what happens.
    pub(super) fn show(&self, event: FetchEvent<'_>) {
        match event {
            FetchEvent::Received(progress) => self.advance(progress),
            FetchEvent::Checking { file } => self.bar.set_message(format!("checking {}", escape::text(file))),
            FetchEvent::Waiting { file } => {
                self.note(&format!("another process is downloading {file}: waiting for it"));
            }
            FetchEvent::Retrying { file, reason, wait } => {
                let seconds = wait.as_secs_f32();
                self.note(&format!("{file}: {reason}; trying again in {seconds:.1} s"));
            }
        }
    }

    fn advance(&self, progress: FetchProgress<'_>) {
        if *self.current.borrow() != progress.file {
            self.current.replace(progress.file.to_owned());
            self.bar.reset();
            if !self.terminal {
                self.note(&format!("downloading {}", progress.file));
            }
        }
        self.bar.set_message(escape::text(progress.file));
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.received);
    }

    /// Prints a line above the bar.
    fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| output::note(text));
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
