//! Asks the terminal what it can do.
//!
//! `Picker::from_query_stdio` of ratatui-image blocks for up to two seconds on a terminal that stays silent, needs standard
//! output to be the terminal, and its helper thread then swallows keys. So the terminal is asked here: the answers are read
//! with a deadline while the browser goes on drawing, and what the user types meanwhile is kept.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crossterm::event::KeyEvent;

use super::capabilities::TerminalFacts;
use super::environment::{Environment, Multiplexer};
use super::output::Output;
use super::reader::{TimedReader, cell_pixels};
use super::tmux::{self, TmuxFacts};
use super::typed_keys::TypedKeys;
use crate::tui::graphics::GraphicsProtocol;

/// How long the terminal may take to say what it can draw. Nearly all answer something, so that few ever wait as long.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(1500);

/// The questions to the terminal and its answers so far.
pub(crate) struct TerminalProbe {
    protocol: GraphicsProtocol,
    facts: TerminalFacts,
    typed: TypedKeys,
}

impl TerminalProbe {
    /// A probe of the terminal of this process. If the way to draw is not known before, tmux is asked, and has it pass
    /// the questions on; [`tmux::give_up`] ends that.
    pub(crate) fn begin(protocol: GraphicsProtocol) -> Self {
        let environment = Environment::of_process();
        let is_tmux = environment.multiplexer() == Some(Multiplexer::Tmux);
        let tmux = is_tmux.then(|| TmuxFacts::of_pane(&environment.tmux_pane));
        if let Some(facts) =
            tmux.as_ref().filter(|_| protocol.forced().is_none_or(|method| !method.is_text()))
        {
            tmux::open(&environment.tmux_pane, facts);
        }
        let facts = TerminalFacts { environment, tmux, pixels: cell_pixels(), ..TerminalFacts::default() };
        Self { protocol, facts, typed: TypedKeys::default() }
    }

    /// The bytes to send to the terminal.
    pub(crate) fn questions(&self) -> String {
        questions(&self.facts.environment)
    }

    /// Whether the last question was answered.
    pub(crate) fn is_finished(&self) -> bool {
        self.facts.replies.is_finished
    }

    /// Takes in the bytes that the terminal sent; none means that it was silent for a moment.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.typed.pause();
        }
        for &byte in bytes {
            self.typed.feed(byte);
            self.facts.replies.feed(byte);
        }
    }

    /// The keys that were pressed since the last call.
    pub(crate) fn take_keys(&mut self) -> Vec<KeyEvent> {
        self.typed.take()
    }

    /// What was found. tmux passes on no longer what pictures of text don't need.
    pub(crate) fn end(self) -> TerminalFacts {
        if self.facts.capabilities(self.protocol).encoder.method.is_text() {
            tmux::give_up();
        }
        self.facts
    }
}

/// The questions; every terminal answers the last.
fn questions(environment: &Environment) -> String {
    let multiplexer = environment.multiplexer();
    let mut questions = String::new();
    // Terminal.app and the console of Linux would show some of the sequences.
    let is_simple = environment.is_linux_console() || environment.term_program == "Apple_Terminal";
    if !is_simple && multiplexer.is_none() && !environment.promises_all_colours() {
        // Does terminfo know of all colours (XTGETTCAP of RGB and Tc), and is a style kept as it is (DECRQSS)?
        questions.push_str("\x1bP+q524742\x1b\\\x1bP+q5463\x1b\\");
        questions.push_str("\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m");
        (0..16).for_each(|index| questions.push_str(&format!("\x1b]4;{index};?\x1b\\")));
    }
    let graphics = if is_simple || multiplexer == Some(Multiplexer::Screen) {
        "\x1b[c\x1b[5n"
    } else {
        "\x1b[>q\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c\x1b[16t\x1b[5n"
    };
    if multiplexer == Some(Multiplexer::Tmux) {
        questions.push_str(&format!("\x1bPtmux;{}\x1b\\", graphics.replace('\x1b', "\x1b\x1b")));
    } else {
        questions.push_str(graphics);
    }
    questions
}

/// Asks the terminal of this process outside of the browser. Keys that are pressed meanwhile are lost.
///
/// # Errors
/// When there is no terminal, or it can't be read.
pub(crate) fn probe(protocol: GraphicsProtocol) -> io::Result<TerminalFacts> {
    let mut output = Output::open()?;
    crossterm::terminal::enable_raw_mode()?;
    let asked = ask(&mut output, protocol);
    let restored = crossterm::terminal::disable_raw_mode();
    tmux::give_up();
    let facts = asked?;
    restored?;
    Ok(facts)
}

/// Asks a terminal that is in raw mode. Keys that are pressed meanwhile are lost. tmux may pass sequences on afterwards,
/// until [`tmux::give_up`].
///
/// # Errors
/// When the terminal can't be read or written.
pub(crate) fn ask(output: &mut impl Write, protocol: GraphicsProtocol) -> io::Result<TerminalFacts> {
    let mut probe = TerminalProbe::begin(protocol);
    let mut reader = TimedReader::new()?;
    output.write_all(probe.questions().as_bytes())?;
    output.flush()?;
    let deadline = Instant::now() + TIMEOUT;
    while !probe.is_finished() && Instant::now() < deadline {
        probe.feed(&reader.read()?);
    }
    Ok(probe.end())
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;
    use crate::tui::terminal::environment::tests::environment;

    fn probed(bytes: &[u8]) -> TerminalProbe {
        let mut probe = TerminalProbe {
            protocol: GraphicsProtocol::Auto,
            facts: TerminalFacts::default(),
            typed: TypedKeys::default(),
        };
        probe.feed(bytes);
        probe
    }

    #[test]
    fn only_what_is_not_known_is_asked() {
        let colours = "\x1bP$qm";
        let plain = questions(&environment(&[("TERM", "xterm-256color")]));
        assert!(plain.contains(colours) && plain.contains("\x1b]4;15;?") && plain.ends_with("\x1b[5n"));
        let known = questions(&environment(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]));
        assert!(!known.contains(colours) && known.contains("\x1b_Gi=31"));
        let tmux = questions(&environment(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/x,1,0")]));
        assert!(tmux.starts_with("\x1bPtmux;\x1b\x1b[>q") && tmux.ends_with("\x1b\x1b[5n\x1b\\"), "{tmux:?}");
        for simple in [environment(&[("TERM", "linux")]), environment(&[("TERM", "screen"), ("STY", "1")])] {
            assert_eq!(questions(&simple), "\x1b[c\x1b[5n", "nothing that could be shown");
        }
    }

    #[test]
    fn an_escape_beside_the_answers_is_a_key() {
        for bytes in [&b"\x1b\x1b[?62c\x1b[0n"[..], b"\x1b[?62c\x1b[0n\x1b"] {
            let mut probe = probed(bytes);
            assert!(probe.is_finished());
            probe.feed(&[]);
            assert_eq!(probe.take_keys(), [KeyCode::Esc.into()], "{bytes:?}");
        }
    }

    #[test]
    fn keys_pressed_meanwhile_are_kept() {
        let mixed =
            "re\x1b_Gi=31;OK\x1b\\d\x1b[?62;4c ç\x1b[A\x1bOP\x1b]11;rgb:0/0/0\x07o\x7f\r\x03\x1b[1;5A\x1b[0n";
        let mut probe = probed(mixed.as_bytes());
        assert!(probe.is_finished());
        let keys: Vec<KeyCode> = probe.take_keys().iter().map(|key| key.code).collect();
        let mut expected: Vec<KeyCode> = "red ç".chars().map(KeyCode::Char).collect();
        expected.extend([KeyCode::Up, KeyCode::F(1), KeyCode::Char('o'), KeyCode::Backspace, KeyCode::Enter]);
        expected.push(KeyCode::Char('c'));
        assert_eq!(keys, expected);
        // An escape is a key only if nothing follows.
        probe.feed(b"\x1b");
        assert!(probe.take_keys().is_empty());
        probe.feed(b"");
        assert_eq!(probe.take_keys(), [KeyEvent::from(KeyCode::Esc)]);
    }
}
