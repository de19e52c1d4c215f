//! tmux: what is around it, and its permission to pass sequences on to there.
//!
//! tmux passes nothing on unless the option `allow-passthrough` of the pane is on. It is switched on while pictures need
//! it, and put back whenever the terminal is given back, so that other programs in the pane have no more rights than
//! before. Every pane has its own option, so two browsers in one tmux don't meet.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use parking_lot::Mutex;

/// How long tmux may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What tmux says of itself and of the terminal around it. Empty texts stand for what it does not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TmuxFacts {
    /// Its version, such as `3.4` or `3.3a`.
    pub version: String,
    /// What the terminal around it can, separated by commas; `RGB` stands for all colours.
    pub features: String,
    /// The name and version of that terminal, as it reported them.
    pub terminal: String,
    /// Whether sequences are passed on already.
    pub is_open: bool,
    /// The option of this pane, if it has one of its own.
    pub own_option: String,
}

impl TmuxFacts {
    /// Asks tmux about a pane. Without an answer in time, nothing is known.
    pub(crate) fn of_pane(pane: &str) -> Self {
        let format = "#{version}\t#{client_termfeatures}\t#{client_termtype}\t#{allow-passthrough}";
        let said = run(&[
            "display-message",
            "-p",
            "-t",
            pane,
            format,
            ";",
            "show-options",
            "-p",
            "-q",
            "-v",
            "-t",
            pane,
            "allow-passthrough",
        ]);
        Self::read(&said.unwrap_or_default())
    }

    fn read(said: &str) -> Self {
        let mut lines = said.lines();
        let mut fields = lines.next().unwrap_or_default().split('\t').map(|field| field.trim().to_owned());
        let mut next = || fields.next().unwrap_or_default();
        let (version, features, terminal, passthrough) = (next(), next(), next(), next());
        Self {
            version,
            features,
            terminal,
            is_open: ["1", "on", "all"].contains(&passthrough.as_str()),
            own_option: lines.next().unwrap_or_default().trim().to_owned(),
        }
    }

    /// The major and minor number of the version; none of an unknown one.
    pub(crate) fn number(&self) -> Option<(u32, u32)> {
        let (major, minor) = self.version.trim_start_matches("next-").split_once('.')?;
        let digits = minor.find(|c: char| !c.is_ascii_digit()).map_or(minor, |end| &minor[..end]);
        Some((major.parse().ok()?, digits.parse().ok()?))
    }
}

/// What has to be put back.
struct Borrowed {
    pane: String,
    /// The pane's own value of the option; empty if it had none.
    own_option: String,
    /// Whether it is switched on by this process now.
    is_open: bool,
}

/// It is global because a panic hook has to put the option back.
static BORROWED: Mutex<Option<Borrowed>> = Mutex::new(None);

/// Has tmux pass sequences on, until [`close`] or [`give_up`].
pub(super) fn open(pane: &str, facts: &TmuxFacts) {
    // Before 3.3 everything is passed on, and there is no such option.
    if facts.is_open || facts.number().is_none_or(|number| number < (3, 3)) {
        return;
    }
    let borrowed = Borrowed { pane: pane.to_owned(), own_option: facts.own_option.clone(), is_open: false };
    *BORROWED.lock() = Some(borrowed);
    reopen();
}

/// Switches the option on again, if it was before [`close`].
pub(super) fn reopen() {
    if let Some(borrowed) = BORROWED.lock().as_mut().filter(|borrowed| !borrowed.is_open) {
        borrowed.is_open =
            run(&["set-option", "-p", "-t", &borrowed.pane, "allow-passthrough", "on"]).is_some();
    }
}

/// Puts the option back as it was, until [`reopen`].
pub(super) fn close() {
    // A panic of the thread that holds the lock would wait for itself.
    let Some(mut borrowed) = BORROWED.try_lock_for(TIMEOUT) else { return };
    let Some(borrowed) = borrowed.as_mut().filter(|borrowed| borrowed.is_open) else { return };
    let mut words = vec!["set-option", "-p", "-t", borrowed.pane.as_str()];
    if borrowed.own_option.is_empty() {
        words.extend(["-u", "allow-passthrough"]);
    } else {
        words.extend(["allow-passthrough", borrowed.own_option.as_str()]);
    }
    // If tmux is gone, so is its option.
    run(&words);
    borrowed.is_open = false;
}

/// Puts the option back for good: nothing needs it.
pub(crate) fn give_up() {
    close();
    *BORROWED.lock() = None;
}

/// Runs a command of tmux. Returns what it printed, if it succeeded in time.
fn run(words: &[&str]) -> Option<String> {
    let mut command = Command::new("tmux");
    command.args(words).stdin(Stdio::null()).stderr(Stdio::null());
    // A server that hangs must not keep the browser from ending, so a thread waits for it.
    let (sender, receiver) = mpsc::channel();
    let wait = move || drop(sender.send(command.output()));
    std::thread::Builder::new().name("tmux".into()).spawn(wait).ok()?;
    let output = receiver.recv_timeout(TIMEOUT).ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tmux_prints_is_read() {
        let facts = TmuxFacts::read("3.3a\tbpaste,ccolour,RGB,title\tkitty(0.35.2)\t0\noff\n");
        assert_eq!((facts.number(), facts.terminal.as_str()), (Some((3, 3)), "kitty(0.35.2)"));
        assert!(!facts.is_open && facts.features.contains("RGB"));
        assert_eq!(facts.own_option, "off");
        let facts = TmuxFacts::read("next-3.6\t\t\tall\n\n");
        assert!(facts.is_open && facts.own_option.is_empty());
        assert_eq!(facts.number(), Some((3, 6)));
        assert_eq!(TmuxFacts::read("").number(), None);
    }
}
