//! The keys that the user presses while the terminal is answering questions.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys that the user pressed among the answers of the terminal.
#[derive(Default)]
pub(super) struct TypedKeys {
    keys: Vec<KeyEvent>,
    /// The bytes of a character that is not complete yet.
    character: Vec<u8>,
    sequence: Sequence,
}

/// The part of an escape sequence that the last byte was in.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Sequence {
    /// Outside of any.
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

impl TypedKeys {
    /// The keys since the last call.
    pub(super) fn take(&mut self) -> Vec<KeyEvent> {
        std::mem::take(&mut self.keys)
    }

    /// Takes in a byte.
    pub(super) fn feed(&mut self, byte: u8) {
        self.sequence = match (self.sequence, byte) {
            (Sequence::Text, 0x1b) => Sequence::TextEscape,
            (Sequence::Escape, 0x1b) => {
                // An answer, which begins with one too, came right after the key.
                self.keys.push(KeyEvent::from(KeyCode::Esc));
                Sequence::Escape
            }
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

    /// Takes in that nothing followed for a while. An escape was the key itself then, rather than the start of a sequence.
    pub(super) fn pause(&mut self) {
        if self.sequence == Sequence::Escape {
            self.sequence = Sequence::None;
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
                    // The rest of the character is still to come.
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
