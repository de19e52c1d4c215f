//! Which graphics protocol the terminal speaks, and how large its cells are.
//!
//! [`Picker::from_query_stdio`] blocks for up to two seconds on a terminal that stays silent, needs stdout
//! to be the terminal, and its helper thread then swallows keys. So the question is asked here: the
//! same bytes, and the same parser for the answers, but read with a deadline while the browser goes on
//! drawing, and what the user typed meanwhile is kept.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_image::FontSize;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};
use ratatui_image::picker::{Picker, ProtocolType};

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GraphicsProtocol {
    /// The best that the terminal says it can do.
    #[default]
    Auto,
    /// The protocol of kitty, which others know too.
    Kitty,
    /// The protocol of iTerm2, which others know too.
    Iterm2,
    /// Sixels.
    Sixel,
    /// Two coloured blocks a cell, which work everywhere.
    Halfblocks,
}

impl GraphicsProtocol {
    fn forced(self) -> Option<ProtocolType> {
        match self {
            Self::Auto => None,
            Self::Kitty => Some(ProtocolType::Kitty),
            Self::Iterm2 => Some(ProtocolType::Iterm2),
            Self::Sixel => Some(ProtocolType::Sixel),
            Self::Halfblocks => Some(ProtocolType::Halfblocks),
        }
    }
}

/// Gathers the terminal's answers.
pub struct Interview {
    choice: GraphicsProtocol,
    parser: Parser,
    answers: Vec<Response>,
    typed: Typed,
    /// All that the terminal sent: which kitty it is must be read off that.
    heard: Vec<u8>,
    finished: bool,
}

impl Interview {
    /// An interview that has not begun.
    pub fn new(choice: GraphicsProtocol) -> Self {
        // Half-blocks need to know nothing.
        let finished = choice == GraphicsProtocol::Halfblocks;
        Self {
            choice,
            parser: Parser::new(),
            answers: Vec::new(),
            typed: Typed::default(),
            heard: Vec::new(),
            finished,
        }
    }

    /// Whether the last question was answered, or none is asked.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The bytes to send to the terminal.
    pub fn questions(&self) -> String {
        let is_tmux = Picker::halfblocks().tmux_detected();
        let mut options = QueryStdioOptions::default();
        // Both say that they know the protocol but lack the placeholders that are needed here.
        if ["WEZTERM_EXECUTABLE", "KONSOLE_VERSION"].iter().any(|name| is_set(name)) {
            options.blacklist_protocols = vec![ProtocolType::Kitty, ProtocolType::Sixel];
        }
        // XTVERSION goes before the rest, which ends with the question that every terminal answers.
        let (start, escape, end) = Parser::tmux_start_escape_end(is_tmux);
        format!("{start}{escape}[>q{end}{}", Parser::query(is_tmux, options))
    }

    /// Takes in what the terminal sent; nothing means that it was silent for a moment.
    pub fn hear(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.typed.pause();
        }
        self.heard.extend_from_slice(bytes);
        for &byte in bytes {
            self.typed.hear(byte);
            for answer in self.parser.push(char::from(byte)) {
                // The report on the terminal's state was asked for last.
                self.finished |= answer == Response::Status;
                self.answers.push(answer);
            }
        }
    }

    /// The keys that were pressed since the last call.
    pub fn take_keys(&mut self) -> Vec<KeyEvent> {
        std::mem::take(&mut self.typed.keys)
    }

    /// The conclusion. `pixels`: a cell's width and height as the operating system knows them.
    pub fn conclude(self, pixels: Option<(u16, u16)>) -> Picker {
        let told = self.answers.iter().find_map(|answer| match answer {
            Response::CellSize(size) => *size,
            _ => None,
        });
        let font = told.or(pixels).filter(|(width, height)| *width > 0 && *height > 0);
        let mut picker = match font {
            Some(size) => with_font(FontSize::from(size)),
            None => Picker::halfblocks(),
        };
        if let Some(forced) = self.choice.forced() {
            picker.set_protocol_type(forced);
        } else if font.is_some() && self.answers.contains(&Response::Kitty) && !is_old_kitty(&self.heard) {
            picker.set_protocol_type(ProtocolType::Kitty);
        } else if font.is_some() && self.answers.contains(&Response::Sixel) {
            picker.set_protocol_type(ProtocolType::Sixel);
        }
        picker
    }
}

/// A picker for this cell size, with iTerm2's protocol where the environment tells of it.
#[expect(deprecated, reason = "the one way to build a picker from answers that were read elsewhere")]
fn with_font(size: FontSize) -> Picker {
    Picker::from_fontsize(size)
}

/// Whether this is a kitty that says yes to its graphics but lacks the placeholders that pictures are
/// drawn with here: they came with 0.28 (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>).
fn is_old_kitty(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    let version = text.split_once("\x1bP>|kitty(").and_then(|(_, rest)| rest.split_once(')'));
    let mut numbers = version.into_iter().flat_map(|(version, _)| version.split('.')).map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(0)), Some(Ok(..28))))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Tells the keys that the user pressed from the terminal's answers.
#[derive(Default)]
struct Typed {
    keys: Vec<KeyEvent>,
    /// The bytes of a character that is not complete yet.
    character: Vec<u8>,
    inside: Sequence,
}

/// Where in an escape sequence the last byte was.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Sequence {
    #[default]
    None,
    /// After ESC.
    Escape,
    /// After ESC [ or ESC O.
    Control,
    /// After that and more than one byte, until a letter: an answer, or a key with modifiers.
    Parameters,
    /// After ESC _, ESC ] or ESC P, until BEL or ESC \.
    Text,
    /// After ESC in such a text.
    TextEscape,
}

impl Typed {
    fn hear(&mut self, byte: u8) {
        self.inside = match (self.inside, byte) {
            (Sequence::Text, 0x1b) => Sequence::TextEscape,
            (_, 0x1b) => Sequence::Escape,
            (Sequence::Escape, b'[' | b'O') => Sequence::Control,
            (Sequence::Escape, b'_' | b']' | b'P') => Sequence::Text,
            (Sequence::Control | Sequence::Parameters, 0x20..=0x3f) => Sequence::Parameters,
            (Sequence::Control, letter) => {
                self.keys.extend(arrow(letter).map(KeyEvent::from));
                Sequence::None
            }
            (Sequence::Text, byte) if byte != 0x07 => Sequence::Text,
            (Sequence::None, byte) => {
                self.press(byte);
                Sequence::None
            }
            _ => Sequence::None,
        };
    }

    /// Nothing followed for a while: an escape was the key itself.
    fn pause(&mut self) {
        if self.inside == Sequence::Escape {
            self.inside = Sequence::None;
            self.keys.push(KeyCode::Esc.into());
        }
    }

    fn press(&mut self, byte: u8) {
        let control =
            |offset: u8| KeyEvent::new(KeyCode::Char(char::from(byte + offset)), KeyModifiers::CONTROL);
        match byte {
            b'\r' => self.keys.push(KeyCode::Enter.into()),
            b'\t' => self.keys.push(KeyCode::Tab.into()),
            0x7f => self.keys.push(KeyCode::Backspace.into()),
            1..=26 => self.keys.push(control(b'a' - 1)),
            0..0x20 => {}
            _ => {
                self.character.push(byte);
                match std::str::from_utf8(&self.character) {
                    Ok(text) => {
                        self.keys.extend(text.chars().map(|c| KeyEvent::from(KeyCode::Char(c))));
                        self.character.clear();
                    }
                    // More of it is to come.
                    Err(error) if error.error_len().is_none() => {}
                    Err(_) => self.character.clear(),
                }
            }
        }
    }
}

fn arrow(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P' => KeyCode::F(1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interview(choice: GraphicsProtocol, bytes: &[u8]) -> Interview {
        let mut interview = Interview::new(choice);
        interview.hear(bytes);
        interview
    }

    #[test]
    fn kitty_says_so_and_tells_its_cells() {
        let answers = b"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c\x1b[6;18;9t\x1b[0n";
        let mut interview = interview(GraphicsProtocol::Auto, answers);
        assert!(interview.is_finished());
        assert!(interview.take_keys().is_empty());
        let picker = interview.conclude(None);
        assert_eq!(picker.protocol_type(), ProtocolType::Kitty);
        assert_eq!((picker.font_size().width, picker.font_size().height), (9, 18));
    }

    #[test]
    fn a_kitty_without_placeholders_gets_half_blocks() {
        let protocol = |version: &str| {
            let answers = format!("\x1bP>|{version}\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[0n");
            let mut interview = interview(GraphicsProtocol::Auto, answers.as_bytes());
            assert!(interview.take_keys().is_empty());
            interview.conclude(None).protocol_type()
        };
        assert_eq!(protocol("kitty(0.26.5)"), ProtocolType::Halfblocks);
        for placeholders in ["kitty(0.28.0)", "kitty(0.35.2)", "kitty(1.0.0)", "ghostty 1.1.3", "kitty(?)"] {
            assert_eq!(protocol(placeholders), ProtocolType::Kitty, "{placeholders}");
        }
    }

    #[test]
    fn sixel_takes_the_cells_from_the_system_if_need_be() {
        let picker = interview(GraphicsProtocol::Auto, b"\x1b[?62;4;6c\x1b[0n").conclude(Some((8, 16)));
        assert_eq!(picker.protocol_type(), ProtocolType::Sixel);
        assert_eq!((picker.font_size().width, picker.font_size().height), (8, 16));
    }

    #[test]
    fn a_silent_terminal_gets_half_blocks() {
        let interview = interview(GraphicsProtocol::Auto, b"");
        assert!(!interview.is_finished());
        assert_eq!(interview.conclude(None).protocol_type(), ProtocolType::Halfblocks);
        assert!(Interview::new(GraphicsProtocol::Halfblocks).is_finished());
    }

    #[test]
    fn a_forced_protocol_is_used_whatever_the_terminal_says() {
        let picker = interview(GraphicsProtocol::Sixel, b"\x1b_Gi=31;OK\x1b\\\x1b[0n").conclude(None);
        assert_eq!(picker.protocol_type(), ProtocolType::Sixel);
    }

    #[test]
    fn keys_pressed_meanwhile_are_kept() {
        let mixed =
            "re\x1b_Gi=31;OK\x1b\\d\x1b[?62;4c ç\x1b[A\x1bOP\x1b]11;rgb:0/0/0\x07o\x7f\r\x03\x1b[1;5A\x1b[0n";
        let mut interview = interview(GraphicsProtocol::Auto, mixed.as_bytes());
        let keys: Vec<KeyCode> = interview.take_keys().iter().map(|key| key.code).collect();
        let mut expected: Vec<KeyCode> = "red ç".chars().map(KeyCode::Char).collect();
        expected.extend([KeyCode::Up, KeyCode::F(1), KeyCode::Char('o'), KeyCode::Backspace, KeyCode::Enter]);
        expected.push(KeyCode::Char('c'));
        assert_eq!(keys, expected);
        // An escape is a key only if nothing follows.
        interview.hear(b"\x1b");
        assert!(interview.take_keys().is_empty());
        interview.hear(b"");
        assert_eq!(interview.take_keys(), [KeyEvent::from(KeyCode::Esc)]);
    }
}
