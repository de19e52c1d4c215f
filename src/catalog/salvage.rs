//! Saves what can be read of a damaged catalogue into a new one.
//!
//! Rows are read one by one in the order of their numbers. Where pages are damaged, reading goes on beyond them, and from
//! there back as far as it gets. Vectors are taken over only if their checksums are right. What files and their sidecars
//! say of pictures is not taken over: the next run reads it anew, as it does with whatever else is missing.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Transaction, params_from_iter};

use super::connection::alone;
use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::identity;
use super::texts;
use super::vector::Stored;

/// What was saved of a damaged catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Rows of pictures.
    pub pictures: usize,
    /// Vectors, of all models.
    pub vectors: usize,
    /// Rows that could be read and make no sense, as vectors with a wrong checksum.
    pub refused: usize,
    /// Whether some pages could not be read at all, so that nobody knows how many rows are lost.
    pub has_gaps: bool,
}

/// Tables that are not taken over, since what is in them is read from the files again.
const DERIVED: [&str; 2] = ["facts", "tags"];

/// Settings that vouch for files or for a state that the new catalogue is not in.
const VOUCHERS: &str = "key NOT LIKE 'vectors-%' AND key NOT LIKE 'hnsw-%' AND key NOT IN ('checked vectors', 'damaged vectors')";

/// Makes a new catalogue at `target` of what can be read of the one at `damaged`, with its log. Nothing is changed there,
/// and nobody else may have it open.
///
/// # Errors
/// When the damaged file is a link, another program's or a newer pixseek's, somebody else has it open, or the new one can't
/// be written. That nothing can be read of it is no error.
pub(crate) fn salvage(damaged: &Path, target: &Path) -> Result<Salvaged, CatalogError> {
    let old = |kind: CatalogErrorKind| CatalogError::new(damaged, kind);
    if damaged.is_symlink() {
        return Err(old(CatalogErrorKind::Link));
    }
    identity::check_file(damaged).map_err(old)?;
    let mut new = Catalog::open(target, true)?;
    let source = match open(damaged) {
        Ok(source) => source,
        Err(error) if is_damage(&error) => return Ok(Salvaged { has_gaps: true, ..Salvaged::default() }),
        Err(error) => return Err(old(error)),
    };
    let failed = |kind: CatalogErrorKind| CatalogError::new(target, kind);
    let transaction = new.connection.transaction().map_err(|error| failed(error.into()))?;
    let mut saved = Salvaged::default();
    for table in tables(&transaction).map_err(|error| failed(error.into()))? {
        copy(&source, &transaction, &table, &mut saved).map_err(failed)?;
    }
    finish(&transaction).map_err(|error| failed(error.into()))?;
    transaction.commit().map_err(|error| failed(error.into()))?;
    new.flush()?;
    Ok(saved)
}

/// Opens the damaged file for this process alone.
fn open(damaged: &Path) -> Result<Connection, CatalogErrorKind> {
    let source = alone(damaged, true)?;
    identity::check(&source)?;
    Ok(source)
}

fn is_damage(error: &CatalogErrorKind) -> bool {
    matches!(error, CatalogErrorKind::Damaged(_))
}

/// The tables that are taken over: all that are none of SQLite's, of the words' and of [`DERIVED`].
fn tables(new: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = new.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    let mut names: Vec<String> = names.into_iter().filter(|name| !DERIVED.contains(&name.as_str())).collect();
    // Vectors refer to them.
    names.sort_by_key(|name| name != "models");
    Ok(names)
}

/// The names of the columns of a table, and whether its rows have numbers.
fn columns(connection: &Connection, table: &str) -> rusqlite::Result<(Vec<String>, bool)> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let has_numbers = connection.prepare(&format!("SELECT rowid FROM \"{table}\"")).is_ok();
    Ok((names, has_numbers))
}

/// Copies the rows of a table.
fn copy(
    source: &Connection,
    new: &Transaction,
    table: &str,
    saved: &mut Salvaged,
) -> Result<(), CatalogErrorKind> {
    // An older catalogue has fewer tables and columns; the others get their defaults.
    let Some((there, _)) = readable(columns(source, table))? else {
        saved.has_gaps = true;
        return Ok(());
    };
    let (wanted, has_numbers) = columns(new, table)?;
    let names: Vec<String> = wanted.into_iter().filter(|name| there.contains(name)).collect();
    if names.is_empty() {
        // Later versions have more tables than the first one.
        saved.has_gaps |= identity::TABLES.contains(&table);
        return Ok(());
    }
    let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let marks = vec!["?"; names.len()].join(", ");
    let insert = format!("INSERT OR REPLACE INTO \"{table}\" ({list}) VALUES ({marks})");
    let mut put = |row: Vec<Value>| -> Result<(), CatalogErrorKind> {
        let is_sound = table != "embeddings" || is_sound(&names, &row);
        let entered =
            if is_sound { new.prepare_cached(&insert)?.execute(params_from_iter(row)) } else { Ok(0) };
        match entered {
            Ok(0) => saved.refused += 1,
            Ok(_) if table == "pictures" => saved.pictures += 1,
            Ok(_) if table == "embeddings" => saved.vectors += 1,
            Ok(_) => {}
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                saved.refused += 1
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    };
    let mut reader = Reader { source, table, list: &list, width: names.len() };
    let has_gaps = if has_numbers { reader.by_number(&mut put)? } else { reader.by_both_ends(&mut put)? };
    saved.has_gaps |= has_gaps;
    Ok(())
}

/// Whether a vector is what was written, as far as can be told.
fn is_sound(names: &[String], row: &[Value]) -> bool {
    let at = |name: &str| names.iter().position(|other| other == name).and_then(|column| row.get(column));
    let (Some(Value::Integer(model)), Some(Value::Blob(hash)), Some(Value::Blob(bytes))) =
        (at("model"), at("hash"), at("vector"))
    else {
        return false;
    };
    let checksum = match at("checksum") {
        Some(Value::Integer(checksum)) => Some(*checksum),
        _ => None,
    };
    let stored = Stored { model: *model, hash, bytes, checksum };
    match checksum {
        Some(_) => stored.check().is_ok(),
        None => stored.check_plausible(bytes.len() / 2).is_ok(),
    }
}

/// Reads the rows of a table.
struct Reader<'a> {
    source: &'a Connection,
    table: &'a str,
    /// The columns, for SQL.
    list: &'a str,
    width: usize,
}

/// What takes a row.
type Put<'a> = &'a mut dyn FnMut(Vec<Value>) -> Result<(), CatalogErrorKind>;

impl Reader<'_> {
    /// Reads rows in the order of their numbers, beyond damaged pages, too. True if there were such pages.
    fn by_number(&mut self, put: Put<'_>) -> Result<bool, CatalogErrorKind> {
        let last = self.last_number();
        let (mut after, mut step, mut has_gaps) = (i64::MIN, 1_i64, false);
        loop {
            let from = after;
            let (condition, order) = ("rowid > ?1", "rowid");
            match self.read(condition, order, &[after], &mut |number, row| {
                (after, step) = (number, 1);
                put(row)
            })? {
                End::Reached => return Ok(has_gaps),
                End::Damaged => has_gaps = true,
            }
            // Rows behind the damage may be readable from the other side, down to what was read already.
            let beyond = after.max(0).saturating_add(step);
            if after == from {
                step = step.saturating_mul(2);
            }
            self.read("rowid > ?1 AND rowid <= ?2", "rowid DESC", &[after, beyond], &mut |_, row| put(row))?;
            after = beyond;
            if after > last {
                return Ok(has_gaps);
            }
        }
    }

    /// Reads the rows of a table without numbers from its beginning, and if it is damaged, from its end.
    fn by_both_ends(&mut self, put: Put<'_>) -> Result<bool, CatalogErrorKind> {
        let keep = if self.table == "meta" { VOUCHERS } else { "1" };
        for order in ["1", "1 DESC"] {
            if let End::Reached = self.read(keep, order, &[], &mut |_, row| put(row))? {
                return Ok(order != "1");
            }
        }
        Ok(true)
    }

    /// A number that no row lies beyond: the largest that there is, or could be in a file of that length.
    fn last_number(&self) -> i64 {
        let largest = |sql: &str| self.source.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        let by_length = || {
            largest("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").ok().flatten()
        };
        let known = largest(&format!("SELECT max(rowid) FROM \"{}\"", self.table)).ok().flatten();
        known.or_else(by_length).unwrap_or(1 << 20)
    }

    /// Reads rows until the end, or until a page can't be read.
    fn read(
        &self,
        condition: &str,
        order: &str,
        bounds: &[i64],
        take: &mut dyn FnMut(i64, Vec<Value>) -> Result<(), CatalogErrorKind>,
    ) -> Result<End, CatalogErrorKind> {
        let number = if condition.contains("rowid") { "rowid" } else { "0" };
        let Self { table, list, width, .. } = self;
        // Indexes may be damaged, too.
        let sql = format!(
            "SELECT {number}, {list} FROM \"{table}\" NOT INDEXED WHERE {condition} ORDER BY {order}"
        );
        let sql = if number == "0" { sql.replace(" ORDER BY 1", " ORDER BY 2") } else { sql };
        let prepared = self.source.prepare_cached(&sql);
        let Some(mut statement) = readable(prepared)? else { return Ok(End::Damaged) };
        let Some(mut rows) = readable(statement.query(params_from_iter(bounds)))? else {
            return Ok(End::Damaged);
        };
        loop {
            let Some(next) = readable(rows.next())? else { return Ok(End::Damaged) };
            let Some(row) = next else { return Ok(End::Reached) };
            let values = (1..=*width).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>();
            // A text that is no UTF-8 makes only its own row unreadable.
            if let Ok(values) = values {
                take(row.get(0)?, values)?;
            }
        }
    }
}

/// How reading ended.
enum End {
    /// There are no more rows.
    Reached,
    /// A page could not be read.
    Damaged,
}

/// What was read; none where a page is damaged.
fn readable<T>(read: rusqlite::Result<T>) -> Result<Option<T>, CatalogErrorKind> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            let is_failing = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
            match CatalogErrorKind::from(error) {
                CatalogErrorKind::Damaged(_) => Ok(None),
                // A sector that the disk can't read.
                _ if is_failing => Ok(None),
                kind => Err(kind),
            }
        }
    }
}

/// Indexes the words of texts, gives the new catalogue a change number that no reader has seen, and has them start over.
fn finish(new: &Transaction) -> rusqlite::Result<()> {
    texts::index_words(new)?;
    new.execute_batch(
        "UPDATE meta SET value = 1 + max(coalesce((SELECT max(change) FROM pictures), 0),
                                         coalesce((SELECT max(change) FROM embeddings), 0),
                                         coalesce(CAST(value AS INTEGER), 0)) WHERE key = 'change';
         UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'change') WHERE key = 'pruned';",
    )
}

#[cfg(test)]
mod tests;
