//! The table `words`, which finds pictures by words of their names, captions, tags, cameras and lenses.
//!
//! It is an FTS5 table of SQLite's with the tokenizer `unicode61`: words are runs of letters and digits, compared without
//! regard to case and accents. It keeps no texts, since those stand in `facts` and `tags`.

/// The statement that makes the table, as SQLite keeps it in the schema.
pub(super) const WORDS: &str = include_str!("migrations/words.sql");

/// A text as it is entered into `words`, and as it has to be asked for there: with a space on both sides of each ideograph
/// and each kana, for which the tokenizer knows no words. A query of several of them becomes a phrase.
pub(super) fn split_ideographs(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut split = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if is_ideograph(c) {
            split.extend([' ', c, ' ']);
        } else {
            split.push(c);
        }
    }
    split
}

/// Whether a character is of a script that writes no spaces between words: Han, Hiragana, Katakana (Unicode's blocks).
fn is_ideograph(c: char) -> bool {
    matches!(
        c,
        '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff66}'..='\u{ff9d}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_are_words_of_their_own() {
        assert_eq!(split_ideographs("Straße IMG_1"), "Straße IMG_1");
        assert_eq!(split_ideographs("夏の海a"), " 夏  の  海 a");
    }
}
