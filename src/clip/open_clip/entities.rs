//! HTML entities as Python's `html.unescape` decodes them.

/// A name and what it stands for on each line, with a tab between them; names that count without a semicolon are there
/// twice. Written by `tools/parity/entities.py` from Python's `html.entities.html5`, which is the table of the HTML
/// standard.
const TABLE: &str = include_str!("entities.tsv");

/// What is not in the table because it would break its lines.
const WHITE_SPACE: [(&str, &str); 2] = [("NewLine;", "\n"), ("Tab;", "\t")];

/// The names, and what they stand for.
fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once('\t')).chain(WHITE_SPACE)
}

/// What a name stands for, which has its semicolon.
pub(super) fn named(name: &str) -> Option<&'static str> {
    names().find_map(|(found, text)| (found == name).then_some(text))
}

/// The text with its character references decoded, once: Python's `html.unescape`.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let reference = reference(rest);
        rest = &rest[reference.len()..];
        match reference.strip_prefix('#') {
            _ if reference.is_empty() => out.push('&'),
            Some(number) => out.extend(numbered(number)),
            None => push_named(reference, &mut out),
        }
    }
    out.push_str(rest);
    out
}

/// The character reference that the text begins with (which followed a `&`), its semicolon included; empty if it begins
/// with none.
fn reference(text: &str) -> &str {
    let with_semicolon = |length: usize| {
        let semicolon = usize::from(text[length..].starts_with(';'));
        &text[..length + semicolon]
    };
    if let Some(number) = text.strip_prefix('#') {
        let decimal = number.bytes().take_while(u8::is_ascii_digit).count();
        if decimal > 0 {
            return with_semicolon(1 + decimal);
        }
        let hexadecimal = number.strip_prefix(['x', 'X']).unwrap_or_default();
        return match hexadecimal.bytes().take_while(u8::is_ascii_hexdigit).count() {
            0 => "",
            digits => with_semicolon(2 + digits),
        };
    }
    let ends = |c: char| matches!(c, '\t' | '\n' | '\x0c' | ' ' | '<' | '&' | '#' | ';');
    match text.chars().take_while(|c| !ends(*c)).take(32).map(char::len_utf8).sum() {
        0 => "",
        length => with_semicolon(length),
    }
}

/// The character of `38;` or `x26;`: the replacement character for what is none, nothing for what may not be in a text.
pub(super) fn numbered(reference: &str) -> Option<char> {
    let digits = reference.trim_end_matches(';');
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    // Too many digits is too large.
    let number = number.unwrap_or(u32::MAX);
    match number {
        0 => Some(char::REPLACEMENT_CHARACTER),
        // The C1 controls stand for what Windows-1252 has in their places.
        0x80..=0x9f => Some(WINDOWS_1252[number as usize - 0x80]),
        0x0d => Some('\r'),
        0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        _ if number & 0xfffe == 0xfffe && number <= 0x10_ffff => None,
        _ => Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// What Windows-1252 has from 0x80 to 0x9f; the five bytes that it leaves open stand for themselves.
pub(super) const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Adds what a reference stands for: the longest name that it begins with, and the rest as it is.
fn push_named(reference: &str, out: &mut String) {
    let begins = names().filter(|(name, _)| reference.starts_with(name));
    match begins.max_by_key(|(name, _)| name.len()) {
        Some((name, text)) => {
            out.push_str(text);
            out.push_str(&reference[name.len()..]);
        }
        None => {
            out.push('&');
            out.push_str(reference);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_as_by_python() {
        // By html.unescape of Python 3.11.
        for (text, expected) in [
            ("a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#x27;", "a & b <c> \"d\" 'e'"),
            ("&amp;amp; &ampamp; &notit; &notin;", "&amp; &amp; ¬it; ∉"),
            ("&nosuch; & &; &# &#x; &#xZ; AT&T R&D;", "&nosuch; & &; &# &#x; &#xZ; AT&T R&D;"),
            (
                "&#128; &#x81; &#0; &#1; &#xD800; &#x110000; &#99999999999;",
                "€ \u{81} \u{fffd}  \u{fffd} \u{fffd} \u{fffd}",
            ),
            ("&Eacute;&eacute &EACUTE;", "Éé &EACUTE;"),
            ("&NotEqualTilde; &fjlig;", "≂\u{338} fj"),
            ("&#65&#66;&#x43&#xfffe;&#xFDD0;", "ABC"),
            ("&é&\n&amp&Tab;&bsol;", "&é&\n&\t\\"),
            ("", ""),
        ] {
            assert_eq!(unescape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        // As many as in Python's html.entities.html5.
        assert_eq!(names().count(), 2231);
        assert_eq!(TABLE.lines().count(), 2229);
        assert!(names().all(|(name, text)| name.len() > 1 && !text.is_empty()));
    }
}
