//! The text that was read from pictures. As vectors, it belongs to contents.
//!
//! `texts` has the texts themselves, `text_words` their words, by the same rules as `words` has those of names and captions.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::pictures::{ContentsAndPath, Failure, Hash, contents_under, is_under};
use super::words;
use crate::base::paths::is_relative;

/// The name of the failures of [`Catalog::text_failures`].
pub(crate) const NO_TEXT: &str = "text not read";

/// The most words that are offered for completing what is typed.
const MOST_COMPLETIONS: usize = 200;

/// What reading the text of a content came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextRead {
    /// The text; empty where there is nothing to read.
    Text(String),
    /// Why it could not be read.
    Failed(String),
}

/// How many pictures were read, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextCounts {
    /// Pictures with text.
    pub with_text: usize,
    /// Pictures without anything to read.
    pub without: usize,
    /// Pictures whose text could not be read.
    pub failed: usize,
}

/// Joins texts with the pictures that can be searched.
const WITH_PICTURES: &str =
    "FROM texts t JOIN pictures p ON p.hash = t.hash WHERE p.removed_at IS NULL AND p.error IS NULL";

impl Catalog {
    /// Contents of readable pictures under `prefix` (empty: all) whose text is to be read by `reader`, each with one of its
    /// paths, the newest file first: those that no reader was given, and those of which another one got no text. With `again`
    /// all contents.
    pub fn without_text(
        &self,
        prefix: &[u8],
        reader: &str,
        again: bool,
    ) -> Result<Vec<ContentsAndPath>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT hash, path FROM pictures p
                 WHERE removed_at IS NULL AND error IS NULL AND hash IS NOT NULL
                 AND (?2 OR NOT EXISTS (
                     SELECT 1 FROM texts t WHERE t.hash = p.hash AND (reader = ?1 OR text <> '')))
                 ORDER BY mtime_ns DESC, path",
            )?;
            contents_under(statement.query(params![reader, again])?, prefix)
        })
    }

    /// Notes what `reader` read of contents. All or nothing is noted.
    pub fn note_texts(&mut self, reader: &str, read: &[(Hash, TextRead)]) -> Result<(), CatalogError> {
        self.in_transaction(|transaction| {
            Ok(read.iter().try_for_each(|(hash, read)| put(transaction, *hash, reader, read))?)
        })
    }

    /// The text of a picture; empty where there was nothing to read, and none where it was not read.
    pub fn text_of(&self, picture: i64) -> Result<Option<String>, CatalogError> {
        self.ask(|connection| {
            let sql = "SELECT text FROM texts t JOIN pictures p ON p.hash = t.hash WHERE p.id = ?1";
            let text = connection.prepare_cached(sql)?.query_row([picture], |row| row.get(0)).optional()?;
            Ok(text.flatten())
        })
    }

    /// The text of the picture with this relative path, as [`Self::text_of`].
    pub fn text_at(&self, path: &[u8]) -> Result<Option<String>, CatalogError> {
        self.ask(|connection| {
            let sql = "SELECT text FROM texts t JOIN pictures p ON p.hash = t.hash
                       WHERE p.path = ?1 AND p.removed_at IS NULL AND p.error IS NULL";
            let text = connection.prepare_cached(sql)?.query_row([path], |row| row.get(0)).optional()?;
            Ok(text.flatten())
        })
    }

    /// Whether the text of any content was read, or tried to.
    pub fn has_texts(&self) -> Result<bool, CatalogError> {
        self.ask(|connection| {
            Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM texts)", [], |row| row.get(0))?)
        })
    }

    /// The number of searchable pictures whose text has the words of `phrase` one after the other.
    pub fn count_with_phrase(&self, phrase: &str) -> Result<usize, CatalogError> {
        self.ask(|connection| {
            let sql = format!(
                "SELECT count(*) {WITH_PICTURES} AND t.id IN (SELECT rowid FROM text_words WHERE text_words MATCH ?1)"
            );
            let question = words::phrase(phrase);
            Ok(connection.prepare_cached(&sql)?.query_row([question], |row| row.get(0))?)
        })
    }

    /// The words of texts that begin so, the most frequent first.
    pub fn text_words(&self, typed: &str) -> Result<Vec<String>, CatalogError> {
        self.ask(|connection| {
            let has_words: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'text_words')",
                [],
                |row| row.get(0),
            )?;
            if !has_words {
                // An older file that can't be written.
                return Ok(Vec::new());
            }
            // The table belongs to this connection: files have none.
            connection.execute_batch(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.text_vocabulary USING fts5vocab(main, text_words, row)",
            )?;
            let typed = typed.to_lowercase();
            let mut statement = connection.prepare_cached(
                "SELECT term FROM temp.text_vocabulary WHERE term >= ?1 AND term < ?2 ORDER BY doc DESC, term LIMIT ?3",
            )?;
            let end = format!("{typed}\u{10ffff}");
            let terms = statement.query_map(params![typed, end, MOST_COMPLETIONS], |row| row.get(0))?;
            Ok(terms.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many of the readable pictures under `prefix` (empty: all) were read.
    pub fn text_counts(&self, prefix: &[u8]) -> Result<TextCounts, CatalogError> {
        let mut counts = TextCounts::default();
        self.each_text(prefix, |_, text, _| match text {
            None => counts.failed += 1,
            Some("") => counts.without += 1,
            Some(_) => counts.with_text += 1,
        })?;
        Ok(counts)
    }

    /// The readable pictures under `prefix` (empty: all) whose text could not be read, by path.
    pub fn text_failures(&self, prefix: &[u8]) -> Result<Vec<Failure>, CatalogError> {
        let mut failures = Vec::new();
        self.each_text(prefix, |path, _, error| {
            let reason = error.map(str::to_owned);
            failures.extend(reason.map(|reason| Failure {
                path: path.to_owned(),
                reason,
                kind: Some(NO_TEXT.to_owned()),
                searchable: true,
            }));
        })?;
        failures.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(failures)
    }

    /// Hands the path of each readable picture under a prefix that was read, its text and the reason why there is none to
    /// `take`.
    fn each_text(
        &self,
        prefix: &[u8],
        mut take: impl FnMut(&[u8], Option<&str>, Option<&str>),
    ) -> Result<(), CatalogError> {
        self.ask(|connection| {
            let mut statement = connection
                .prepare(&format!("SELECT p.path, substr(t.text, 1, 1), t.error {WITH_PICTURES}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let path = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                let text = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
                let error = row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?;
                if is_relative(path) && is_under(path, prefix) {
                    take(path, text, error);
                }
            }
            Ok(())
        })
    }
}

/// The pictures whose text has the words of `text` one after the other, the last of which may end with `*`, which stands for
/// the rest of a word; or, of `*` alone, any text.
pub(super) fn matching(connection: &Connection, text: &str) -> Result<Vec<i64>, CatalogErrorKind> {
    let (of_words, question) = match text.trim() {
        "*" => ("t.text <> ''", None),
        text => (
            "t.id IN (SELECT rowid FROM text_words WHERE text_words MATCH ?1)",
            Some(match text.strip_suffix('*') {
                Some(beginning) => words::phrase(beginning) + "*",
                None => words::phrase(text),
            }),
        ),
    };
    let mut statement = connection.prepare_cached(&format!("SELECT p.id {WITH_PICTURES} AND {of_words}"))?;
    let pictures = statement.query_map(rusqlite::params_from_iter(question), |row| row.get(0))?;
    Ok(pictures.collect::<rusqlite::Result<_>>()?)
}

/// Enters or replaces what was read of contents.
fn put(transaction: &Transaction, hash: Hash, reader: &str, read: &TextRead) -> rusqlite::Result<()> {
    let known: Option<i64> = transaction
        .prepare_cached("DELETE FROM texts WHERE hash = ?1 RETURNING id")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        transaction.prepare_cached("DELETE FROM text_words WHERE rowid = ?1")?.execute([id])?;
    }
    let (text, error) = match read {
        TextRead::Text(text) => (Some(text), None),
        TextRead::Failed(reason) => (None, Some(reason)),
    };
    let id: i64 = transaction
        .prepare_cached("INSERT INTO texts (hash, reader, text, error) VALUES (?1, ?2, ?3, ?4) RETURNING id")?
        .query_row(params![hash, reader, text, error], |row| row.get(0))?;
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        enter_words(transaction, id, text)?;
    }
    Ok(())
}

/// Enters the words of a text.
fn enter_words(transaction: &Transaction, id: i64, text: &str) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT INTO text_words (rowid, text) VALUES (?1, ?2)")?;
    statement.execute(params![id, words::split_ideographs(text)]).map(drop)
}

/// Enters the words of all texts, of which there are none yet.
pub(super) fn index_words(transaction: &Transaction) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare("SELECT id, text FROM texts WHERE text <> ''")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, text): (i64, String) = (row.get(0)?, row.get(1)?);
        enter_words(transaction, id, &text)?;
    }
    Ok(())
}

/// Forgets the texts of contents that no picture has any more.
pub(super) fn prune(transaction: &Transaction) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "DELETE FROM text_words WHERE rowid IN (
             SELECT id FROM texts WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = texts.hash));
         DELETE FROM texts WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.hash = texts.hash);",
    )
}
