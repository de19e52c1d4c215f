//! What filters compare: the numbers of pictures, read together, and the pictures that have certain words.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::texts;
use super::words::{self, Column};

/// The numbers of a picture that filters compare. What is unknown is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FilterFacts {
    /// Bytes of the file.
    pub size: u64,
    /// Width and height in pixels, as displayed.
    pub dimensions: Option<(u32, u32)>,
    /// When the picture was taken, or its file modified, in local time: seconds since 1970 as if it were UTC, and the
    /// nanoseconds of that second.
    pub taken: Option<(i64, u32)>,
    /// The sensitivity.
    pub iso: Option<u32>,
    /// 0 to 5 stars; -1 is rejected.
    pub rating: Option<i8>,
    /// Degrees north and degrees east.
    pub place: Option<(f64, f64)>,
}

/// How far a reader of [`FilterFacts`] is: the number of the last change, and that of the last one which read the facts of
/// known pictures anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FactsVersion {
    change: i64,
    reread: i64,
}

impl FactsVersion {
    /// The version after which pictures that changed since `change` are handed over again.
    pub fn rewound(self, change: i64) -> Self {
        Self { change: self.change.min(change), ..self }
    }
}

/// The setting of [`FactsVersion::reread`].
const REREAD: &str = "facts";

const COLUMNS: &str = "
    SELECT id, size, width, height, taken, taken_ns, iso, rating, latitude, longitude
    FROM pictures LEFT JOIN facts ON picture = id
    WHERE removed_at IS NULL AND error IS NULL";

impl Catalog {
    /// Hands the facts of pictures that changed since `known` (the default: of all pictures) to `take`, by the picture's
    /// number, and returns what to ask with next time.
    ///
    /// # Errors
    /// Some pictures may have been handed over by then.
    pub fn filter_facts(
        &self,
        known: FactsVersion,
        mut take: impl FnMut(i64, FilterFacts),
    ) -> Result<FactsVersion, CatalogError> {
        self.ask(|connection| {
            // One read transaction, so that the numbers belong to the rows.
            let transaction = connection.unchecked_transaction()?;
            let number = |key: &str| {
                let sql = "SELECT value FROM meta WHERE key = ?1";
                let number = transaction.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional();
                number.map(|number| number.unwrap_or(0))
            };
            let version = FactsVersion { change: number("change")?, reread: number(REREAD)? };
            if version == known {
                return Ok(version);
            }
            let is_all = known.change == 0 || known.reread != version.reread;
            let only = if is_all { "" } else { " AND change > ?1" };
            let mut statement = transaction.prepare_cached(&format!("{COLUMNS}{only}"))?;
            let mut rows = if is_all { statement.query([])? } else { statement.query([known.change])? };
            while let Some(row) = rows.next()? {
                let both = |one: usize, other: usize| -> rusqlite::Result<Option<(f64, f64)>> {
                    Ok(row.get::<_, Option<f64>>(one)?.zip(row.get(other)?))
                };
                let taken: Option<i64> = row.get(4)?;
                let width: Option<u32> = row.get(2)?;
                take(
                    row.get(0)?,
                    FilterFacts {
                        size: row.get::<_, i64>(1)?.try_into().unwrap_or(0),
                        dimensions: width.zip(row.get(3)?),
                        taken: taken.zip(row.get(5)?),
                        iso: row.get(6)?,
                        rating: row.get(7)?,
                        place: both(8, 9)?,
                    },
                );
            }
            Ok(version)
        })
    }

    /// The numbers of the pictures that have all words of `text` in a column; of [`Column::Tag`], in one of their keywords, and of
    /// [`Column::Text`], one after the other.
    /// Case and accents don't count. A word that ends with `*` stands for all words that begin so. A text without any
    /// letter or digit is in no picture, but `*` alone stands for whatever there is: the pictures that have any such words.
    pub fn with_words(&self, column: Column, text: &str) -> Result<Vec<i64>, CatalogError> {
        self.ask(|connection| {
            if column == Column::Text {
                return texts::matching(connection, text);
            }
            if text.trim() == "*" {
                return with_any_words(connection, column);
            }
            let pictures = matching(connection, &words::question(column, text))?;
            if column == Column::Tag && !words::is_one_word(text) {
                return with_words_in_one_tag(connection, &pictures, text);
            }
            Ok(pictures)
        })
    }
}

impl Catalog {
    /// The different texts of a column, as they are written: makes with models, lenses, or keywords. Other columns have
    /// none to offer.
    pub fn words_of(&self, column: Column) -> Result<BTreeSet<String>, CatalogError> {
        let sql = match column {
            Column::Camera => "SELECT DISTINCT make, model FROM facts",
            Column::Lens => "SELECT DISTINCT NULL, lens FROM facts",
            Column::Tag => "SELECT DISTINCT NULL, tag FROM tags",
            Column::Name | Column::Caption | Column::Text => return Ok(BTreeSet::new()),
        };
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut words = BTreeSet::new();
            while let Some(row) = rows.next()? {
                let (make, text): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
                words.extend(make.into_iter().chain(text));
            }
            Ok(words)
        })
    }
}

/// Notes that the facts of known pictures were read anew in the change with this number.
pub(super) fn note_reread(transaction: &Transaction, change: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?
        .execute(params![REREAD, change])?;
    Ok(())
}

/// The pictures that have something in a column.
fn with_any_words(connection: &Connection, column: Column) -> Result<Vec<i64>, CatalogErrorKind> {
    let sql = match column {
        Column::Name => "SELECT id FROM pictures",
        Column::Caption => "SELECT picture FROM facts WHERE title IS NOT NULL OR caption IS NOT NULL",
        Column::Tag => "SELECT DISTINCT picture FROM tags",
        Column::Camera => "SELECT picture FROM facts WHERE make IS NOT NULL OR model IS NOT NULL",
        Column::Lens => "SELECT picture FROM facts WHERE lens IS NOT NULL",
        // `texts` answers for it.
        Column::Text => return texts::matching(connection, "*"),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The rows of a table `words` that a question finds.
fn matching(connection: &Connection, question: &str) -> Result<Vec<i64>, CatalogErrorKind> {
    let mut statement = connection.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1")?;
    let rows = statement.query_map([question], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Those of `pictures` that have all words of a text in one keyword, rather than here and there in several. SQLite compares
/// the words here too, in a table in memory of the keywords that come into question, so that the rules are the same.
fn with_words_in_one_tag(
    connection: &Connection,
    pictures: &[i64],
    text: &str,
) -> Result<Vec<i64>, CatalogErrorKind> {
    let mut pictures_of: HashMap<String, Vec<i64>> = HashMap::new();
    let mut tags_of = connection.prepare_cached("SELECT tag FROM tags WHERE picture = ?1")?;
    for picture in pictures {
        let tags = tags_of.query_map([picture], |row| row.get::<_, String>(0))?;
        for tag in tags {
            pictures_of.entry(tag?).or_default().push(*picture);
        }
    }
    let memory = Connection::open_in_memory()?;
    memory.execute_batch(words::WORDS)?;
    let tags: Vec<(String, Vec<i64>)> = pictures_of.into_iter().collect();
    {
        let mut insert = memory.prepare("INSERT INTO words (rowid, tag) VALUES (?1, ?2)")?;
        for (number, (tag, _)) in (0_i64..).zip(&tags) {
            insert.execute(params![number, words::split_ideographs(tag)])?;
        }
    }
    let found = matching(&memory, &words::question(Column::Tag, text))?;
    let tags = found.into_iter().filter_map(|number| tags.get(usize::try_from(number).ok()?));
    let mut pictures: Vec<i64> = tags.flat_map(|(_, pictures)| pictures).copied().collect();
    pictures.sort_unstable();
    pictures.dedup();
    Ok(pictures)
}
