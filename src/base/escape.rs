//! Text that is safe to show: nothing in it drives a terminal, reorders or hides other text.
//!
//! Names of files, catalogues and models may be a stranger's. Whatever of them goes to a terminal
//! passes through here; raw bytes go only into pipes and files.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::ser::Formatter;

/// Whether a character must not reach a terminal: controls (C0, C1, DEL), line and paragraph separators, marks of
/// direction, private use, and characters without ink that don't join others (a zero width joiner, U+200D, belongs to
/// emoji).
pub(crate) fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// A text on one line, odd characters as `\n` or `\u{202e}`.
pub(crate) fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

/// Bytes on one line: odd characters as in [`text`], what is no UTF-8 as `\xff`.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push(&mut escaped, chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string can't fail.
            let _ = write!(escaped, "\\x{byte:02x}");
        }
    }
    escaped
}

/// A path on one line, as [`bytes`].
pub(crate) fn path(path: &Path) -> String {
    bytes(path.as_os_str().as_encoded_bytes())
}

/// A message of several lines, each as [`bytes`]. Lines after the first are indented, so that a line break from
/// elsewhere can't pretend to begin a message.
pub(crate) fn lines(message: &[u8]) -> String {
    let lines: Vec<String> = message.split(|&byte| byte == b'\n').map(bytes).collect();
    lines.join("\n  ")
}

fn push(escaped: &mut String, text: &str) {
    for c in text.chars() {
        if is_odd(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
}

/// A value as JSON on one line, in which odd characters are `\u202e`, which every reader takes for the same text.
///
/// # Errors
/// When the writer fails.
pub(crate) fn json(out: impl Write, value: &impl serde::Serialize) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, PlainJson))
}

struct PlainJson;

impl Formatter for PlainJson {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_odd(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// A writer of log lines, one a call, that escapes them.
#[derive(Debug)]
pub(crate) struct LogWriter<W>(pub W);

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text, "\n"),
            None => (line, ""),
        };
        self.0.write_all((lines(text) + end).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character or sequence of each kind, with what is shown instead.
    const ODD: [(&str, &str); 12] = [
        ("\u{1b}[2J", "\\u{1b}[2J"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\u{7f}", "\\u{7f}"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{202e}gpj", "\\u{202e}gpj"),
        ("\u{2066}", "\\u{2066}"),
        ("\u{200b}", "\\u{200b}"),
        ("\u{2028}", "\\u{2028}"),
        ("\u{2029}", "\\u{2029}"),
        ("\u{e000}", "\\u{e000}"),
        ("\u{e0041}", "\\u{e0041}"),
    ];

    #[test]
    fn nothing_odd_reaches_the_terminal() {
        for (odd, shown) in ODD {
            let (odd, shown) = (format!("a{odd}b"), format!("a{shown}b"));
            assert_eq!(text(&odd), shown);
            assert_eq!(path(Path::new(&odd)), shown);
        }
    }

    #[test]
    fn people_s_names_stay_as_they_are() {
        for plain in ["plain é.jpg", "写真 👩‍👧.jpg", "it's \\n", "नमस्ते", "❤️"] {
            assert_eq!(text(plain), plain);
            assert_eq!(path(Path::new(plain)), plain);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_numbers() {
        assert_eq!(bytes(b"a\xff\xfe/b\x9b.jpg"), "a\\xff\\xfe/b\\x9b.jpg");
    }

    #[test]
    fn a_line_break_begins_no_message() {
        assert_eq!(lines(b"can't:\npixseek: forged\x1b"), "can't:\n  pixseek: forged\\u{1b}");
    }

    #[test]
    fn json_stays_the_same_value() {
        let mut all: String = ODD.iter().map(|(odd, _)| *odd).collect();
        all.push_str("\"\\ 写真 👩‍👧 \u{10fffd}\0");
        let mut out = Vec::new();
        json(&mut out, &[&all]).unwrap();
        let printed = String::from_utf8(out).unwrap();
        assert!(!printed.chars().any(is_odd), "{printed:?}");
        assert!(
            printed.contains("\\u202e") && printed.contains("\\udbff\\udffd") && printed.contains("写真")
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&printed).unwrap(), [all]);
    }

    #[test]
    fn log_lines_end_where_they_should() {
        let mut log = LogWriter(Vec::new());
        log.write_all(b"WARN bad \x1b]0;x\x07\n").unwrap();
        assert_eq!(log.0, b"WARN bad \\u{1b}]0;x\\u{7}\n");
    }
}
