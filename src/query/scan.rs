//! Words and quoted texts.

/// The end of the word that begins at byte `at`: the next blank, or the end of the text.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    text[at..].find(char::is_whitespace).map_or(text.len(), |length| at + length)
}

/// A quoted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quoted {
    /// What stands between the quotes, doubled ones undone.
    pub content: String,
    /// The byte after the closing quote.
    pub end: usize,
}

/// The quoted text whose opening quote stands at byte `at`. Two quotes within it are one. `None` when it does not end.
pub(super) fn quoted(text: &str, at: usize) -> Option<Quoted> {
    let mut content = String::new();
    let mut rest = at + 1;
    loop {
        let closing = rest + text[rest..].find('"')?;
        content.push_str(&text[rest..closing]);
        if !text[closing + 1..].starts_with('"') {
            return Some(Quoted { content, end: closing + 1 });
        }
        content.push('"');
        rest = closing + 2;
    }
}

/// A text between quotes, so that [`quoted`] gives it back.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Whether a blank or the end of the text is at byte `at`.
pub(super) fn is_break(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_none_or(char::is_whitespace)
}
