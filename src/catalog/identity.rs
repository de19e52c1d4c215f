//! Whose file it is: a catalogue beside a stranger's pictures may be anything.

use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::error::CatalogErrorKind;
use super::words::{TEXT_WORDS, WORDS};
use super::{connection, migrations};
use crate::base::regular;

/// The number that marks a catalogue among SQLite files (`PRAGMA application_id`): "pixs".
const APPLICATION_ID: i64 = 0x7069_7873;

/// The tables of the first version. Its files had no application id.
pub(super) const TABLES: [&str; 4] = ["meta", "models", "pictures", "embeddings"];

/// How SQLite's files begin, and where in their header the application id stands
/// (<https://sqlite.org/fileformat.html>).
const MAGIC: &[u8] = b"SQLite format 3\0";
const ID_AT: usize = 68;

/// Refuses the file of another program by what is in the file itself, before SQLite opens it in earnest: to do so may
/// already change it.
///
/// # Errors
/// When it is clear that the file is another program's. What is not clear is for [`check`] to decide.
pub(super) fn check_file(path: &Path) -> Result<(), CatalogErrorKind> {
    let mut header = [0; 100];
    let read = regular::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) if header.starts_with(MAGIC) => {}
        Err(error) if error.kind() == ErrorKind::InvalidInput => return Err(CatalogErrorKind::Foreign),
        // Missing, empty, cut short, something else: SQLite says what it is.
        _ => return Ok(()),
    }
    let id = header[ID_AT..].first_chunk().map_or(0, |bytes| i64::from(u32::from_be_bytes(*bytes)));
    match id {
        APPLICATION_ID => Ok(()),
        // What is not in the file yet, but in its log, is not seen in this way, and what another process is writing may be
        // seen half: then the file says nothing.
        0 => match connection::immutable(path).and_then(|connection| Contents::read(&connection)) {
            Ok(contents) if contents.is_foreign() => Err(CatalogErrorKind::Foreign),
            _ => Ok(()),
        },
        _ => Err(CatalogErrorKind::Foreign),
    }
}

/// Refuses what is no catalogue, and catalogues with something in them that could run code of its own.
///
/// # Errors
/// When the file is another program's or a newer pixseek's, or has a view, a trigger or a virtual table that is not
/// pixseek's own.
pub(super) fn check(connection: &Connection) -> Result<(), CatalogErrorKind> {
    if Contents::read(connection)?.is_foreign() {
        return Err(CatalogErrorKind::Foreign);
    }
    let version = migrations::version(connection)?;
    if version > migrations::VERSION {
        return Err(CatalogErrorKind::Newer { version, known: migrations::VERSION });
    }
    let odd = connection
        .query_row(
            "SELECT iif(type = 'table', 'virtual table', type), name FROM sqlite_schema
             WHERE type NOT IN ('table', 'index')
                OR (type = 'table' AND rootpage = 0 AND NOT (name = 'words' AND sql = ?1)
                    AND NOT (name = 'text_words' AND sql = ?2)) LIMIT 1",
            [WORDS, TEXT_WORDS],
            |row| Ok(CatalogErrorKind::OddSchema { kind: row.get(0)?, name: row.get(1)? }),
        )
        .optional()?;
    odd.map_or(Ok(()), Err)?;
    check_expressions(connection)
}

/// Refuses tables, other than virtual ones, and indexes that compute something for each row, which could take any time and memory: pixseek's have no
/// checks, no generated columns and no indexes of expressions.
fn check_expressions(connection: &Connection) -> Result<(), CatalogErrorKind> {
    let mut statement = connection
        .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND rootpage <> 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, sql): (String, String) = (row.get(0)?, row.get(2)?);
        let computes = match kind.as_str() {
            "index" => without_comments(&sql).matches('(').count() > 1,
            _ => words(&sql).any(|word| ["CHECK", "GENERATED", "AS"].contains(&word.as_str())),
        };
        if computes {
            return Err(CatalogErrorKind::OddSchema { kind: format!("computing {kind}"), name: row.get(1)? });
        }
    }
    Ok(())
}

fn words(sql: &str) -> impl Iterator<Item = String> {
    let plain = without_comments(sql).to_uppercase();
    let words: Vec<String> =
        plain.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
    words.into_iter()
}

/// A statement without its comments. What is in quotes begins none.
fn without_comments(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' | '"' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let (length, is_comment) = if let Some(end) = end {
            (rest[1..].find(end).map_or(rest.len(), |at| at + 2), false)
        } else if rest.starts_with("--") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |at| at + 2), true)
        } else {
            (first.len_utf8(), false)
        };
        plain.push_str(if is_comment { " " } else { &rest[..length] });
        rest = &rest[length..];
    }
    plain
}

/// What tells whose file it is.
struct Contents {
    application_id: i64,
    tables: Vec<String>,
}

impl Contents {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let application_id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Self { application_id, tables })
    }

    /// Whether the file is another program's. A file with nothing in it yet belongs to nobody.
    fn is_foreign(&self) -> bool {
        let has = |name: &&str| self.tables.iter().any(|table| table == name);
        match self.application_id {
            APPLICATION_ID => false,
            0 => !self.tables.is_empty() && !TABLES.iter().all(has),
            _ => true,
        }
    }
}
