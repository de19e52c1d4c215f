//! Answers of a terminal that come after the browser stopped waiting for them: over a slow line, or on a busy machine.
//!
//! The reader of keys takes the text of such an answer for typed letters. They must not get into the query, and they still
//! tell what the terminal can show.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::capabilities::{Capabilities, TerminalFacts};
use crate::tui::graphics::GraphicsProtocol;

/// How long after the questions an answer may still come.
const LATEST: Duration = Duration::from_secs(10);
/// The longest time between two bytes of an answer, which the terminal sends at once.
const PAUSE: Duration = Duration::from_millis(250);

/// Tells keys from the bytes of answers.
pub(crate) struct LateAnswers {
    protocol: GraphicsProtocol,
    facts: TerminalFacts,
    asked: Instant,
    /// When the last byte of an answer came that has not ended yet.
    within: Option<Instant>,
}

/// What a key event was.
pub(crate) enum Late {
    /// A key that the user pressed.
    Key,
    /// A byte of an answer.
    Answer,
    /// The last byte of an answer, from which this follows.
    News(Box<Capabilities>),
}

impl LateAnswers {
    /// Expects the answers that are missing in `facts`; none if all are there.
    pub(crate) fn expect(protocol: GraphicsProtocol, facts: TerminalFacts, asked: Instant) -> Option<Self> {
        (!facts.replies.is_finished).then_some(Self { protocol, facts, asked, within: None })
    }

    /// Whether no answer can come any more.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.within.is_none() && now.saturating_duration_since(self.asked) > LATEST
    }

    /// Takes in a key event.
    pub(crate) fn take(&mut self, key: KeyEvent, now: Instant) -> Late {
        let is_alt = key.modifiers.contains(KeyModifiers::ALT);
        let is_going_on = self.within.is_some_and(|last| now.saturating_duration_since(last) < PAUSE);
        let KeyCode::Char(letter) = key.code else {
            self.within = None;
            return Late::Key;
        };
        match letter {
            // An escape before a letter reads as alt.
            'P' | '_' | ']' if is_alt => {
                self.within = Some(now);
                self.feed(&format!("\x1b{letter}"));
                Late::Answer
            }
            _ if !is_going_on => {
                self.within = None;
                Late::Key
            }
            '\\' if is_alt => self.end("\x1b\\"),
            'g' if key.modifiers.contains(KeyModifiers::CONTROL) => self.end("\x07"),
            letter => {
                self.within = Some(now);
                self.feed(letter.encode_utf8(&mut [0; 4]));
                Late::Answer
            }
        }
    }

    fn end(&mut self, bytes: &str) -> Late {
        self.within = None;
        let before = self.facts.replies.clone();
        self.feed(bytes);
        // tmux passes on no pictures any more.
        if self.facts.replies == before || self.facts.tmux.is_some() {
            return Late::Answer;
        }
        Late::News(Box::new(self.facts.capabilities(self.protocol)))
    }

    fn feed(&mut self, bytes: &str) {
        bytes.bytes().for_each(|byte| self.facts.replies.feed(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::graphics::DrawingMethod;

    /// Key events as they are read from the answers of a kitty, with a pressed key after them.
    fn keys(text: &str) -> Vec<KeyEvent> {
        let mut bytes = text.chars();
        let mut keys = Vec::new();
        while let Some(letter) = bytes.next() {
            keys.push(match letter {
                '\x1b' => KeyEvent::new(KeyCode::Char(bytes.next().unwrap()), KeyModifiers::ALT),
                '\x07' => KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL),
                letter => KeyCode::Char(letter).into(),
            });
        }
        keys
    }

    fn late(asked: Instant) -> LateAnswers {
        let facts = TerminalFacts { pixels: Some((8, 16)), ..TerminalFacts::default() };
        LateAnswers::expect(GraphicsProtocol::Auto, facts, asked).unwrap()
    }

    #[test]
    fn late_answers_are_no_keys_and_count() {
        let now = Instant::now();
        let mut late = late(now);
        let mut typed = String::new();
        let mut news = Vec::new();
        let text = "r\x1bP>|kitty(0.35.2)\x1b\\e\x1b]4;1;rgb:ffff/0/0\x07d\x1b_Gi=31;OK\x1b\\s";
        for key in keys(text) {
            match (late.take(key, now), key.code) {
                (Late::Key, KeyCode::Char(letter)) => typed.push(letter),
                (Late::News(capabilities), _) => news.push(capabilities.encoder.method),
                _ => {}
            }
        }
        assert_eq!(typed, "reds");
        assert_eq!(news.last(), Some(&DrawingMethod::Kitty), "{news:?}");
    }

    #[test]
    fn a_key_that_looks_like_the_start_of_an_answer_takes_no_other_with_it() {
        let now = Instant::now();
        let mut late = late(now);
        assert!(matches!(late.take(keys("\x1bP")[0], now), Late::Answer));
        assert!(matches!(late.take(keys("x")[0], now + PAUSE), Late::Key));
        assert!(!late.is_over(now) && late.is_over(now + LATEST + PAUSE));
    }

    #[test]
    fn nothing_is_expected_of_a_terminal_that_answered() {
        let mut facts = TerminalFacts::default();
        facts.replies.is_finished = true;
        assert!(LateAnswers::expect(GraphicsProtocol::Auto, facts, Instant::now()).is_none());
    }
}
