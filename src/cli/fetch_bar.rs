//! The progress of a download on stderr, a bar on a terminal and a line a file elsewhere, and the question that a licence
//! may need.

use std::cell::RefCell;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{output, question};
use crate::base::escape;
use crate::clip::hub::{FetchEvent, FetchObserver, FetchProgress, Licence, Terms};

/// Shows the progress of a download, and asks about its licence.
pub(super) struct FetchBar {
    bar: ProgressBar,
    quiet: bool,
    terminal: bool,
    /// Whether every licence is accepted beforehand.
    yes: bool,
    /// The hub's address, where licences can be read.
    endpoint: String,
    /// The file that is shown.
    current: RefCell<String>,
}

impl FetchBar {
    /// A bar that has shown nothing yet. With `quiet`, it only shows licences that restrict use; `yes` accepts them.
    pub(super) fn new(quiet: bool, yes: bool, endpoint: &str) -> Self {
        let terminal = io::stderr().is_terminal() && !quiet;
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let template = "{msg:26} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  ETA {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        Self { bar, quiet, terminal, yes, endpoint: endpoint.to_owned(), current: RefCell::default() }
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

    /// Asks whether a licence that restricts use is accepted.
    fn ask(&self) -> io::Result<bool> {
        Ok(question::can_ask() && question::ask("Accept the licence and download the model? [y/N]")?)
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

impl FetchObserver for FetchBar {
    fn event(&self, event: FetchEvent<'_>) {
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

    fn accepts(&self, id: &str, licence: &Licence) -> bool {
        let name = &licence.name;
        if !licence.needs_consent() {
            match licence.terms {
                Terms::Unknown => self.note(&format!("the hub names no licence for '{id}'")),
                _ => self.note(&format!("licence of '{id}': {name}")),
            }
            return true;
        }
        let allows = super::model_list::allows(licence.terms);
        let page = format!("{}/{id}", self.endpoint);
        self.bar.suspend(|| {
            output::note(format_args!("licence of '{id}': {name} ({allows}). Read it at {page}"));
        });
        // Who can't be asked has not said yes.
        self.yes || self.ask().unwrap_or(false)
    }
}
