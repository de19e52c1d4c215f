//! Which graphics protocol the terminal speaks, and how large its cells are.
//!
//! [`Picker::from_query_stdio`] blocks for up to two seconds on a terminal that stays silent, needs standard output to be
//! the terminal, and its helper thread then swallows keys. So the terminal is asked here. The bytes sent are the same, and
//! so is the parser of the answers; but they are read with a deadline while the browser goes on drawing, and what the user
//! types meanwhile is kept.

use crossterm::event::KeyEvent;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};
use ratatui_image::picker::{Picker, ProtocolType};

use super::colour_support;
use super::typed_keys::TypedKeys;
use crate::tui::graphics::{DrawingMethod, GraphicsEncoder, GraphicsProtocol, Palette, USUAL_CELL};

/// The questions to the terminal and its answers so far.
pub(crate) struct TerminalProbe {
    choice: GraphicsProtocol,
    parser: Parser,
    answers: Vec<Response>,
    typed: TypedKeys,
    /// All bytes that the terminal sent; the version of kitty is read from them.
    received: Vec<u8>,
    finished: bool,
}

impl TerminalProbe {
    /// A probe that has not begun.
    pub(crate) fn new(choice: GraphicsProtocol) -> Self {
        // Half-blocks need no answer.
        let finished = choice == GraphicsProtocol::Halfblocks;
        Self {
            choice,
            parser: Parser::new(),
            answers: Vec::new(),
            typed: TypedKeys::default(),
            received: Vec::new(),
            finished,
        }
    }

    /// Whether the last question was answered, or none is asked.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// The bytes to send to the terminal.
    pub(crate) fn questions(&self) -> String {
        let is_tmux = Picker::halfblocks().tmux_detected();
        let mut options = QueryStdioOptions::default();
        // Both report the protocol but lack the placeholders that are needed here.
        if ["WEZTERM_EXECUTABLE", "KONSOLE_VERSION"].iter().any(|name| is_set(name)) {
            options.blacklist_protocols = vec![ProtocolType::Kitty, ProtocolType::Sixel];
        }
        // XTVERSION goes before the others, of which every terminal answers the last.
        let (start, escape, end) = Parser::tmux_start_escape_end(is_tmux);
        format!("{start}{escape}[>q{end}{}", Parser::query(is_tmux, options))
    }

    /// Takes in the bytes that the terminal sent; none means that it was silent for a moment.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.typed.pause();
        }
        self.received.extend_from_slice(bytes);
        for &byte in bytes {
            self.typed.feed(byte);
            for answer in self.parser.push(char::from(byte)) {
                // The status of the terminal was asked for last.
                self.finished |= answer == Response::Status;
                self.answers.push(answer);
            }
        }
    }

    /// The keys that were pressed since the last call.
    pub(crate) fn take_keys(&mut self) -> Vec<KeyEvent> {
        self.typed.take()
    }

    /// What the terminal can do. `pixels` are the width and height of a cell as the operating system knows them.
    pub(crate) fn into_capabilities(self, pixels: Option<(u16, u16)>) -> GraphicsEncoder {
        let reported = self.answers.iter().find_map(|answer| match answer {
            Response::CellSize(size) => *size,
            _ => None,
        });
        let font = reported.or(pixels).filter(|(width, height)| *width > 0 && *height > 0);
        let answered = |answer| font.is_some() && self.answers.contains(&answer);
        let method = self.choice.forced().unwrap_or_else(|| {
            if answered(Response::Kitty) && is_old_kitty(&self.received) {
                DrawingMethod::KittyDirect
            } else if answered(Response::Kitty) {
                DrawingMethod::Kitty
            } else if answered(Response::Sixel) {
                DrawingMethod::Sixel
            } else {
                font.map_or(DrawingMethod::HALFBLOCKS, from_environment)
            }
        });
        GraphicsEncoder {
            method,
            cell: font.unwrap_or(USUAL_CELL),
            in_tmux: Picker::halfblocks().tmux_detected(),
            palette: Palette::new(colour_support::from_environment()),
        }
    }
}

/// iTerm2's protocol where the environment names that terminal or one like it.
#[expect(deprecated, reason = "the one way to build a picker from answers that were read elsewhere")]
fn from_environment(cell: (u16, u16)) -> DrawingMethod {
    match Picker::from_fontsize(cell.into()).protocol_type() {
        ProtocolType::Iterm2 => DrawingMethod::Iterm2,
        _ => DrawingMethod::HALFBLOCKS,
    }
}

/// Whether these bytes are from a kitty that reports its graphics but lacks the placeholders by which pictures are drawn
/// here. Those came with 0.28 (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>).
fn is_old_kitty(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let version = text.split_once("\x1bP>|kitty(").and_then(|(_, rest)| rest.split_once(')'));
    let mut numbers = version.into_iter().flat_map(|(version, _)| version.split('.')).map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(0)), Some(Ok(..28))))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;

    fn probed(choice: GraphicsProtocol, bytes: &[u8]) -> TerminalProbe {
        let mut probe = TerminalProbe::new(choice);
        probe.feed(bytes);
        probe
    }

    #[test]
    fn kitty_reports_its_graphics_and_its_cells() {
        let answers = b"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c\x1b[6;18;9t\x1b[0n";
        let mut probe = probed(GraphicsProtocol::Auto, answers);
        assert!(probe.is_finished());
        assert!(probe.take_keys().is_empty());
        let picker = probe.into_capabilities(None);
        assert_eq!(picker.method, DrawingMethod::Kitty);
        assert_eq!(picker.cell, (9, 18));
    }

    #[test]
    fn a_kitty_without_placeholders_has_pictures_placed() {
        let protocol = |version: &str| {
            let answers = format!("\x1bP>|{version}\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[0n");
            let mut probe = probed(GraphicsProtocol::Auto, answers.as_bytes());
            assert!(probe.take_keys().is_empty());
            probe.into_capabilities(None).method
        };
        assert_eq!(protocol("kitty(0.26.5)"), DrawingMethod::KittyDirect);
        for placeholders in ["kitty(0.28.0)", "kitty(0.35.2)", "kitty(1.0.0)", "ghostty 1.1.3", "kitty(?)"] {
            assert_eq!(protocol(placeholders), DrawingMethod::Kitty, "{placeholders}");
        }
    }

    #[test]
    fn sixel_takes_the_cells_from_the_system_if_need_be() {
        let picker = probed(GraphicsProtocol::Auto, b"\x1b[?62;4;6c\x1b[0n").into_capabilities(Some((8, 16)));
        assert_eq!(picker.method, DrawingMethod::Sixel);
        assert_eq!(picker.cell, (8, 16));
    }

    #[test]
    fn a_silent_terminal_gets_half_blocks() {
        let probe = probed(GraphicsProtocol::Auto, b"");
        assert!(!probe.is_finished());
        assert_eq!(probe.into_capabilities(None).method, DrawingMethod::HALFBLOCKS);
        assert!(TerminalProbe::new(GraphicsProtocol::Halfblocks).is_finished());
    }

    #[test]
    fn an_escape_beside_the_answers_is_a_key() {
        for bytes in [&b"\x1b\x1b[?62c\x1b[0n"[..], b"\x1b[?62c\x1b[0n\x1b"] {
            let mut probe = probed(GraphicsProtocol::Auto, bytes);
            assert!(probe.is_finished());
            probe.feed(&[]);
            assert_eq!(probe.take_keys(), [KeyCode::Esc.into()], "{bytes:?}");
        }
    }

    #[test]
    fn a_forced_protocol_is_used_whatever_the_terminal_says() {
        let picker = probed(GraphicsProtocol::Sixel, b"\x1b_Gi=31;OK\x1b\\\x1b[0n").into_capabilities(None);
        assert_eq!(picker.method, DrawingMethod::Sixel);
    }

    #[test]
    fn keys_pressed_meanwhile_are_kept() {
        let mixed =
            "re\x1b_Gi=31;OK\x1b\\d\x1b[?62;4c ç\x1b[A\x1bOP\x1b]11;rgb:0/0/0\x07o\x7f\r\x03\x1b[1;5A\x1b[0n";
        let mut probe = probed(GraphicsProtocol::Auto, mixed.as_bytes());
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
