//! What `fix_text` of the Python package [ftfy](https://ftfy.readthedocs.io) 6.3 does to ordinary text, by its
//! `fixes.py` and `chardata.py`.
//!
//! Its search for mojibake (text that was decoded by the wrong table, such as `Ã©`) is left out: nobody types that into
//! a search field.

use tokenizers::NormalizedString;

use super::entities;

/// Letters of one code point that stand for several, and these.
const LIGATURES: [(char, &str); 22] = [
    ('Ĳ', "IJ"),
    ('ĳ', "ij"),
    ('ŉ', "ʼn"),
    ('Ǳ', "DZ"),
    ('ǲ', "Dz"),
    ('ǳ', "dz"),
    ('Ǆ', "DŽ"),
    ('ǅ', "Dž"),
    ('ǆ', "dž"),
    ('Ǉ', "LJ"),
    ('ǈ', "Lj"),
    ('ǉ', "lj"),
    ('Ǌ', "NJ"),
    ('ǋ', "Nj"),
    ('ǌ', "nj"),
    ('ﬀ', "ff"),
    ('ﬁ', "fi"),
    ('ﬂ', "fl"),
    ('ﬃ', "ffi"),
    ('ﬄ', "ffl"),
    ('ﬅ', "ſt"),
    ('ﬆ', "st"),
];

/// Most characters of an entity's name, without `&` and `;`.
const LONGEST_NAME: usize = 24;

/// Mends a text line by line: HTML entities (unless a `<` before them says that it is HTML), control characters,
/// ligatures, wide and narrow forms, curly quotes, line breaks; the result is in NFC.
pub(super) fn fix_text(text: &str) -> String {
    let mut is_html = false;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        is_html |= line.contains('<');
        out.push_str(&fix_line(line, is_html));
    }
    out
}

/// Mends until nothing changes: what was mended may be an entity or a ligature.
fn fix_line(line: &str, is_html: bool) -> String {
    let mut line = line.to_owned();
    loop {
        let unescaped = if is_html { line.clone() } else { unescape(&line) };
        let mut mended = String::with_capacity(unescaped.len());
        for c in unescaped.chars() {
            push_usual_form(c, &mut mended);
        }
        let mended = mended.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
        let mended = remove_terminal_escapes(&mended);
        let mended: String = mended.chars().filter(|c| !is_control(*c)).collect();
        let mended = normalized(mended.as_str().into(), NormalizedString::nfc);
        if mended == line {
            return mended;
        }
        line = mended;
    }
}

/// Adds a character, or what it should have been: a C1 control what Windows-1252 has in its place, a ligature its
/// letters, a wide or narrow form the usual one, a curly quote the straight one.
fn push_usual_form(c: char, out: &mut String) {
    // One may lead to the next: the control U+0093 stands for a curly quote.
    let c = match c {
        '\u{80}'..='\u{9f}' => entities::WINDOWS_1252[c as usize - 0x80],
        _ => c,
    };
    if let Some((_, letters)) = LIGATURES.iter().find(|(ligature, _)| *ligature == c) {
        // The first letter of `ŉ` is itself a curly quote.
        return out.push_str(&letters.replace('\u{2bc}', "'"));
    }
    match c {
        '\u{3000}' => out.push(' '),
        '\u{ff01}'..='\u{ffef}' => {
            out.push_str(&normalized(NormalizedString::from(c.to_string()), NormalizedString::nfkc));
        }
        '\u{2bc}' | '\u{2018}'..='\u{201b}' => out.push('\''),
        '\u{201c}'..='\u{201f}' => out.push('"'),
        _ => out.push(c),
    }
}

fn normalized(
    mut text: NormalizedString,
    form: fn(&mut NormalizedString) -> &mut NormalizedString,
) -> String {
    form(&mut text).get().to_owned()
}

/// Decodes the entities that end in a semicolon, also those with names in capitals that HTML has in small letters only
/// (`&NTILDE;`), and numbers.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let body = &rest[1..];
        let name = body.strip_prefix('#').unwrap_or(body);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if !(1..=LONGEST_NAME).contains(&length) || !name[length..].starts_with(';') {
            out.push('&');
            rest = body;
            continue;
        }
        let (entity, after) = rest.split_at(rest.len() - name.len() + length + 1);
        out.push_str(&unescape_entity(entity));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What an entity such as `&eacute;` stands for, or itself.
fn unescape_entity(entity: &str) -> String {
    let name = &entity[1..];
    if name.starts_with('#') {
        let unescaped = entities::unescape(entity);
        // Only a part was decoded, or a semicolon came out: ftfy leaves it to others.
        return if unescaped.contains(';') { entity.to_owned() } else { unescaped };
    }
    if let Some(text) = entities::named(name) {
        return text.to_owned();
    }
    let small = name.to_ascii_lowercase();
    let is_capitals = name == small.to_ascii_uppercase() && entities::unescape(entity) == entity;
    match entities::named(&small).filter(|_| is_capitals) {
        Some(text) => text.to_uppercase(),
        None => entity.to_owned(),
    }
}

/// Removes sequences such as `ESC [36;44m`, by which programs colour what they print.
fn remove_terminal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(at);
        out.push_str(before);
        let parameters = sequence[2..].find(|c: char| !(c.is_ascii_digit() || c == ';'));
        rest = match parameters.and_then(|length| sequence.get(2 + length..)) {
            Some(end) if end.starts_with(|c: char| c.is_ascii_alphabetic()) => &end[1..],
            _ => {
                out.push_str(&sequence[..2]);
                &sequence[2..]
            }
        };
    }
    out.push_str(rest);
    out
}

/// Characters without an effect that nobody means to have in a text.
fn is_control(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x08'
            | '\x0b'
            | '\x0e'..='\x1f'
            | '\x7f'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffc}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_glitches_are_mended_as_by_ftfy() {
        // By ftfy.fix_text of ftfy 6.3.1.
        for (text, expected) in [
            ("“Don’t” ‚say‘ „this‟", "\"Don't\" 'say' \"this\""),
            ("ŉ ŉ ﬁne ﬆeﬀ Ǆ ĳs", "'n 'n fine steff DŽ ijs"),
            ("ＬＯＵＤ　ＮＯＩＳＥＳ ｳﾞｨ ￥１００ ￣", "LOUD NOISES ヴィ ¥100  \u{304}"),
            ("one\r\ntwo\rthree\u{2028}four\u{2029}", "one\ntwo\nthree\nfour\n"),
            ("\u{1b}[36;44mblue\u{1b}[0m \u{1b}[ \u{1b}[12", "blue [ [12"),
            ("a\0b\u{7f}c\u{feff}d\u{fffc}e\u{200d}f\u{c}g", "abcde\u{200d}f\u{c}g"),
            ("cafe\u{301} \u{1e9b}\u{323}", "café \u{1e9b}\u{323}"),
            (
                "&lt;tag&gt; &eacute;&EACUTE;&NTILDE;&nTILDE; &#233;&#xe9; &#59; &amp;lt; &amp",
                "<tag> éÉÑ&nTILDE; éé &#59; < &amp",
            ),
            (
                "&SZLIG; &HellIP; &hellip; &HELLIP; &AMP;amp; &x; &; &averyveryverylongnameofanentity;",
                "SS &HellIP; … … & &x; &; &averyveryverylongnameofanentity;",
            ),
            ("a < b &amp; c\n&amp;", "a < b &amp; c\n&amp;"),
            ("&amp;\na < b &amp; c", "&\na < b &amp; c"),
            ("", ""),
        ] {
            assert_eq!(fix_text(text), expected, "{text:?}");
        }
    }
}
