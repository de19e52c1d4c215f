//! The tables of the catalogue, and how an older file becomes the present one.

use anyhow::{Result, bail};
use rusqlite::{Connection, TransactionBehavior};

/// Version of the schema that this program writes (`PRAGMA user_version`).
const VERSION: i64 = 1;

/// Vectors belong to contents, not to paths, so that copies and moved files need no encoding.
/// Every write transaction takes the next `change` number: readers ask for what is newer than the
/// last number they saw.
const CREATE: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('change', 0), ('pruned', 0);
CREATE TABLE models (
    key       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL,
    revision  TEXT NOT NULL,
    precision TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    UNIQUE (id, revision, precision)
) STRICT;
CREATE TABLE pictures (
    id         INTEGER PRIMARY KEY,
    path       BLOB NOT NULL UNIQUE,  -- relative to the root, any bytes
    size       INTEGER NOT NULL,      -- bytes
    mtime_ns   INTEGER NOT NULL,
    hash       BLOB,                  -- BLAKE3 of the file; NULL when it could not be read
    width      INTEGER,               -- as displayed
    height     INTEGER,
    taken_at   INTEGER,               -- seconds since 1970
    error      TEXT,                  -- why it can't be searched
    removed_at INTEGER,               -- seconds since 1970; NULL while the file is there
    change     INTEGER NOT NULL
) STRICT;
CREATE INDEX pictures_by_hash ON pictures (hash);
CREATE INDEX pictures_by_change ON pictures (change);
CREATE TABLE embeddings (
    id     INTEGER PRIMARY KEY,
    model  INTEGER NOT NULL REFERENCES models (key),
    hash   BLOB NOT NULL,
    vector BLOB NOT NULL,             -- f16, little-endian, unit length
    change INTEGER NOT NULL,
    UNIQUE (model, hash)
) STRICT;
CREATE INDEX embeddings_by_change ON embeddings (change);
";

/// Makes the tables, or checks that this program knows them.
pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    let version = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    if version(connection)? == VERSION {
        return Ok(());
    }
    // Another process may be making the same tables: look again once the write lock is ours.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        VERSION => {}
        0 => {
            transaction.execute_batch(CREATE)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        newer => bail!(
            "it has version {newer}, made by a newer pixseek (this one knows {VERSION}): update pixseek"
        ),
    }
    transaction.commit()?;
    Ok(())
}
