//! Whether the file of a catalogue is whole, as far as SQLite and the settings can tell.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::migrations;
use crate::base::escape;

/// Lines of SQLite's report at most: one is enough to know that something is broken.
const LINES: u32 = 20;

/// What the tables of the file lack that those of its version have. Older files that can't be written are not looked at.
fn missing(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    if migrations::version(connection)? != migrations::VERSION {
        return Ok(Vec::new());
    }
    let mut whole = Connection::open_in_memory()?;
    migrations::run(&mut whole).map_err(|_| rusqlite::Error::InvalidQuery)?;
    let (expected, found) = (columns(&whole)?, columns(connection)?);
    let lacks = expected
        .difference(&found)
        .map(|(table, column)| format!("column '{column}' of table '{table}' is missing"));
    Ok(lacks.take(1).collect())
}

/// All tables with their columns.
fn columns(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT l.name, c.name FROM pragma_table_list l JOIN pragma_table_info(l.name) c
         WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite_%'",
    )?;
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    columns.collect()
}

impl Catalog {
    /// Reads the whole file, and says what SQLite finds wrong with it, in its words, or which table is missing; nothing if it
    /// is whole.
    ///
    /// # Errors
    /// When the file is too damaged to be looked through, or can't be read.
    pub fn integrity(&self) -> Result<Vec<String>, CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare(&format!("PRAGMA integrity_check({LINES})"))?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
            let found = lines.iter().filter(|line| *line != "ok").map(|line| escape::text(line));
            Ok(found.chain(missing(connection)?).collect())
        })
    }

    /// The names of remembered settings that make no sense.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn odd_settings(&self) -> Result<Vec<String>, CatalogError> {
        let read: [Result<(), CatalogError>; 8] = [
            self.walk_options().map(drop),
            self.omitted().map(drop),
            self.device().map(drop),
            self.mounts().map(drop),
            self.last_model()
                .and_then(|model| model.map_or(Ok(None), |id| self.last_precision(&id)))
                .map(drop),
            self.damaged_vectors().map(drop),
            self.checked_vectors().map(drop),
            self.last_change().map(drop),
        ];
        let mut names = Vec::new();
        for result in read {
            match result {
                Ok(()) => {}
                Err(CatalogError { kind: CatalogErrorKind::DamagedSetting { name, .. }, .. }) => {
                    names.push(name)
                }
                Err(error) => return Err(error),
            }
        }
        Ok(names)
    }

    /// Forgets remembered settings, by name: the next run chooses anew.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub fn forget_settings(&self, names: &[String]) -> Result<(), CatalogError> {
        self.ask(|connection| {
            let mut statement = connection.prepare("DELETE FROM meta WHERE key = ?1")?;
            names.iter().try_for_each(|name| Ok(statement.execute([name]).map(drop)?))
        })
    }
}
