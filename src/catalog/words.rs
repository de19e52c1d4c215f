//! The table `words`, which finds pictures by words of their names, captions, tags, cameras and lenses.
//!
//! It is an FTS5 table of SQLite's with the tokenizer `unicode61`: words are runs of letters and digits, compared without
//! regard to case and accents. It keeps no texts, since those stand in `facts` and `tags`.

/// The statement that makes the table, as SQLite keeps it in the schema.
pub(super) const WORDS: &str = include_str!("migrations/words.sql");

/// The statement that makes the table of the words of texts that were read from pictures.
pub(super) const TEXT_WORDS: &str = include_str!("migrations/text_words.sql");

/// A column of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The name of the file, without its folders.
    Name,
    /// Title and caption.
    Caption,
    /// Keywords.
    Tag,
    /// Make and model of the camera.
    Camera,
    /// The lens.
    Lens,
    /// The text that was read from the picture; a column of the other table.
    Text,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Caption => "caption",
            Self::Tag => "tag",
            Self::Camera => "camera",
            Self::Lens => "lens",
            Self::Text => "text",
        }
    }
}

/// What to ask the table for, to find the rows that have all words of a text in a column: a quoted phrase for each run
/// without blanks, so that no sign in it is an operator of FTS5. A run that ends with `*` stands for the words that begin
/// so.
pub(super) fn question(column: Column, text: &str) -> String {
    let quoted = |run: &str| {
        let (run, star) = run.strip_suffix('*').map_or((run, ""), |run| (run, "*"));
        format!("{}{star}", phrase(run))
    };
    let phrases: Vec<String> = text.split_whitespace().map(quoted).collect();
    format!("{} : ({})", column.name(), phrases.join(" AND "))
}

/// What to ask a table for, to find the rows that have the words of a text one after the other.
pub(super) fn phrase(text: &str) -> String {
    // SQLite would read the text up to the first NUL.
    format!("\"{}\"", split_ideographs(text).replace('"', "\"\"").replace('\0', " "))
}

/// Whether a text is a single word for the table, so that all of it is found in one place.
pub(super) fn is_one_word(text: &str) -> bool {
    let text = text.trim();
    let word = text.strip_suffix('*').unwrap_or(text);
    word.chars().all(|c| c.is_alphanumeric() && !is_ideograph(c))
}

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
    fn no_sign_is_an_operator() {
        assert_eq!(question(Column::Name, " a\"b OR* -c"), "name : (\"a\"\"b\" AND \"OR\"* AND \"-c\")");
        assert_eq!(question(Column::Tag, "夏海"), "tag : (\" 夏  海 \")");
        assert!(is_one_word("Straße*") && is_one_word("x3"));
        assert!(!is_one_word("a b") && !is_one_word("a-b") && !is_one_word("夏海"));
    }

    #[test]
    fn ideographs_are_words_of_their_own() {
        assert_eq!(split_ideographs("Straße IMG_1"), "Straße IMG_1");
        assert_eq!(split_ideographs("夏の海a"), " 夏  の  海 a");
    }
}
