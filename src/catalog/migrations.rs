//! The steps by which an older file becomes a present one.

use rusqlite::{Connection, TransactionBehavior};

use super::error::CatalogErrorKind;

/// The steps in order. A step leads from the version that is its place in here to the next one. Steps that were
/// released never change.
pub(super) const STEPS: [&str; 7] = [
    include_str!("migrations/0001_init.sql"),
    include_str!("migrations/0002_decoders.sql"),
    include_str!("migrations/0003_removed_by_hash.sql"),
    FACTS,
    THUMBPRINTS,
    TEXTS,
    include_str!("migrations/0007_checksums.sql"),
];

/// The step that brings the tables of facts.
const FACTS: &str =
    concat!(include_str!("migrations/0004_facts.sql"), include_str!("migrations/words.sql"), ";");

/// The step that brings the table of thumbprints.
const THUMBPRINTS: &str = include_str!("migrations/0005_thumbprints.sql");

/// The step that brings the tables of texts.
const TEXTS: &str =
    concat!(include_str!("migrations/0006_texts.sql"), include_str!("migrations/text_words.sql"), ";");

/// The version of the tables that this program reads and writes (`PRAGMA user_version`).
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// The version of the tables in a file; 0 if there are none yet.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// For files that can't be written: makes tables of an older version look like those of the present one to this
/// connection, which gets views and empty tables of its own in their place.
///
/// # Errors
/// When the file has no tables yet, or is damaged.
pub(super) fn imitate(connection: &Connection) -> rusqlite::Result<()> {
    let version = version(connection)?;
    if version < VERSION {
        connection.pragma_update(None, "temp_store", "MEMORY")?;
    }
    if version < 6 {
        connection.execute_batch(&of_connection(TEXTS))?;
    }
    if version < 5 {
        connection.execute_batch(&of_connection(THUMBPRINTS))?;
    }
    if version < 4 {
        // Nothing is known of pictures beside what their rows have.
        connection.execute_batch(&of_connection(FACTS))?;
    }
    if version == 1 {
        connection.execute_batch(
            "CREATE TEMP VIEW pictures AS
                 SELECT *, NULL AS ctime_ns, NULL AS inode, NULL AS format, 1 AS decoder, NULL AS damage,
                        NULL AS error_kind
                 FROM main.pictures;
             CREATE TEMP VIEW embeddings AS SELECT *, 1 AS decoder, NULL AS checksum FROM main.embeddings;",
        )?;
    } else if version < 7 {
        connection.execute_batch(
            "CREATE TEMP VIEW embeddings AS SELECT *, NULL AS checksum FROM main.embeddings;",
        )?;
    }
    Ok(())
}

/// A step whose tables belong to the connection and not to the file.
fn of_connection(step: &str) -> String {
    step.replace("CREATE TABLE ", "CREATE TEMP TABLE ")
        .replace("CREATE INDEX ", "CREATE INDEX temp.")
        .replace("CREATE VIRTUAL TABLE ", "CREATE VIRTUAL TABLE temp.")
}

/// Brings the tables to the present version, in one transaction: a process that is killed leaves the old one.
pub(super) fn run(connection: &mut Connection) -> Result<(), CatalogErrorKind> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    // Another process may be at it, too: look again once the write lock is ours.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    let newer = || CatalogErrorKind::Newer { version, known: VERSION };
    let steps = usize::try_from(version).ok().and_then(|done| STEPS.get(done..)).ok_or_else(newer)?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}
