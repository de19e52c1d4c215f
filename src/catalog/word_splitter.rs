//! The words of texts as the table `words` has them, for stores that compare words without SQLite.

use rusqlite::{Connection, params};

use super::error::CatalogErrorKind;
use super::words::{WORDS, split_ideographs};

/// A run of a question without blanks: words that stand one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// The words, in lower case and without accents.
    pub words: Vec<String>,
    /// Whether the last one is only the beginning of a word.
    pub is_prefix: bool,
}

impl Run {
    /// Whether the words of a text, in their order, have this run. One without words is in no text.
    pub(crate) fn is_in(&self, text: &[String]) -> bool {
        let Some((last, before)) = self.words.split_last() else { return false };
        text.windows(self.words.len()).any(|window| {
            let Some((end, begin)) = window.split_last() else { return false };
            begin == before && if self.is_prefix { end.starts_with(last) } else { end == last }
        })
    }
}

/// Splits texts into words by SQLite's own tokenizer, so that the rules are those of the table `words`.
pub(crate) struct WordSplitter(Connection);

impl WordSplitter {
    /// A splitter, with a database in memory.
    ///
    /// # Errors
    /// When SQLite has no memory for it.
    pub(crate) fn new() -> Result<Self, CatalogErrorKind> {
        let memory = Connection::open_in_memory()?;
        memory.execute_batch(WORDS)?;
        memory
            .execute_batch("CREATE VIRTUAL TABLE temp.split USING fts5vocab('main', 'words', 'instance')")?;
        Ok(Self(memory))
    }

    /// The words of each text, in their order.
    ///
    /// # Errors
    /// When SQLite has no memory for it.
    pub(crate) fn split<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Vec<String>>, CatalogErrorKind> {
        let transaction = self.0.unchecked_transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO words (rowid, name) VALUES (?1, ?2)")?;
            for (number, text) in (0_i64..).zip(texts) {
                // SQLite would read the text up to the first NUL.
                insert.execute(params![number, split_ideographs(text.as_ref()).replace('\0', " ")])?;
            }
        }
        let mut words = vec![Vec::new(); texts.len()];
        {
            let mut read =
                transaction.prepare_cached("SELECT doc, term FROM temp.split ORDER BY doc, \"offset\"")?;
            let mut rows = read.query([])?;
            while let Some(row) = rows.next()? {
                let of_text =
                    usize::try_from(row.get::<_, i64>(0)?).ok().and_then(|text| words.get_mut(text));
                if let Some(of_text) = of_text {
                    of_text.push(row.get(1)?);
                }
            }
        }
        // The table is empty again.
        transaction.rollback()?;
        Ok(words)
    }

    /// The runs of a question, all of which have to be in a text; see [`Catalog::with_words`](super::Catalog::with_words).
    ///
    /// # Errors
    /// As [`Self::split`].
    pub(crate) fn runs(&self, question: &str) -> Result<Vec<Run>, CatalogErrorKind> {
        let runs: Vec<(&str, bool)> = question
            .split_whitespace()
            .map(|run| run.strip_suffix('*').map_or((run, false), |begin| (begin, true)))
            .collect();
        let texts: Vec<&str> = runs.iter().map(|(text, _)| *text).collect();
        let words = self.split(&texts)?;
        let run =
            |(words, (_, is_prefix)): (Vec<String>, &(&str, bool))| Run { words, is_prefix: *is_prefix };
        Ok(words.into_iter().zip(&runs).map(run).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_table() {
        let splitter = WordSplitter::new().unwrap();
        let words = splitter.split(&["IMG_1234.JPG", "", "Café au lait\nÉté", "夏海"]).unwrap();
        assert_eq!(words[0], ["img", "1234", "jpg"]);
        assert!(words[1].is_empty());
        assert_eq!(words[2], ["cafe", "au", "lait", "ete"]);
        assert_eq!(words[3], ["夏", "海"]);
        // Once more: nothing is left of the first time.
        assert_eq!(splitter.split(&["b"]).unwrap(), [["b"]]);
    }

    #[test]
    fn runs_are_phrases_and_stars_are_beginnings() {
        let splitter = WordSplitter::new().unwrap();
        let text = &splitter.split(&["old red_car 2024"]).unwrap()[0];
        let holds = |question: &str| splitter.runs(question).unwrap().iter().all(|run| run.is_in(text));
        for yes in ["red", "RED CAR", "red-car", "car*", "c*", "2024 old", "red_c*"] {
            assert!(holds(yes), "{yes}");
        }
        for no in ["old-car", "re", "redcar", "- old", "ed*"] {
            assert!(!holds(no), "{no}");
        }
    }
}
