//! Opening the catalogue's file: for several processes at once, on network folders, on media that are read-only or full.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::connection::{alone, beside, guarded, immutable};
use super::error::CatalogErrorKind;
use super::{identity, migrations};
use crate::base::{atomic, escape};

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(30);
/// How long a process waits that needs the file for itself, since the disk is full.
const BUSY_ALONE: Duration = Duration::from_secs(2);

/// Opens the catalogue's file, making it if `create`, with its tables at the present version. Another program's file is
/// left as it is. Where the file or its disk can't be written, it is opened for reading.
pub(super) fn connect(path: &Path, create: bool) -> Result<Connection, CatalogErrorKind> {
    let files = ["", "-wal", "-shm", "-journal"].map(|end| beside(path, end));
    if files.iter().any(|file| file.is_symlink()) {
        return Err(CatalogErrorKind::Link);
    }
    if create && !path.exists() {
        // SQLite would make it readable for everybody, and its log and index of it like it. Where this fails, it will
        // say why; on some network folders it may succeed.
        if let Err(error) = atomic::create_empty(path) {
            tracing::info!(path = %path.display(), %error, "can't be made");
        }
    }
    identity::check_file(path)?;
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let connection = guarded(Connection::open_with_flags(path, flags)?)?;
    connection.busy_timeout(BUSY)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // Pictures on read-only media, or another user's: searching works, and what would write says so.
        return read_only(path, connection);
    }
    match writable(connection) {
        Err(error) if is_for_want_of_room(&error) && !is_empty(path) => full(path, error),
        connected => connected,
    }
}

/// Prepares a connection to a file that can be written.
fn writable(mut connection: Connection) -> Result<Connection, CatalogErrorKind> {
    identity::check(&connection)?;
    // On network folders WAL can't work; SQLite then answers with the mode it stays in.
    let mode =
        patiently(|| connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)))?;
    let has_log = mode == "wal";
    if !has_log {
        connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    // With a log, a power cut takes back the last transactions, which are made again. Without one it could leave pages of
    // two states, unless all of a transaction has reached the disk before the next begins.
    connection.pragma_update(None, "synchronous", if has_log { "NORMAL" } else { "FULL" })?;
    // On macOS, nothing less gets as far as the disk itself; elsewhere this is as good as nothing.
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "fullfsync", !has_log)?;
    migrations::run(&mut connection)?;
    Ok(connection)
}

/// Prepares a connection to a file that can't be written: `connection`, or one that asks for less.
fn read_only(path: &Path, connection: Connection) -> Result<Connection, CatalogErrorKind> {
    let prepare = |connection: Connection| -> Result<Connection, CatalogErrorKind> {
        identity::check(&connection)?;
        migrations::imitate(&connection)?;
        Ok(connection)
    };
    if is_empty(&beside(path, "-wal")) {
        // Nobody is writing, and the files that SQLite shares with writers can't be made here.
        return prepare(immutable(path)?);
    }
    // Someone who may write can have made those files.
    match prepare(connection) {
        Err(error) if can_do_with_less(&error) => {}
        connected => return connected,
    }
    match alone(path, false).map_err(Into::into).and_then(prepare) {
        Err(error) if can_do_with_less(&error) => {}
        connected => return connected,
    }
    let connection = prepare(immutable(path)?)?;
    tracing::warn!(
        "catalogue '{}': it can't be written, and its log can't be read without: the last changes are not seen",
        escape::path(path)
    );
    Ok(connection)
}

/// Opens a file beside which nothing can be written, as on a full disk. `error` is what told so.
fn full(path: &Path, error: CatalogErrorKind) -> Result<Connection, CatalogErrorKind> {
    let prepare = |connection: Connection| -> Result<Connection, CatalogErrorKind> {
        connection.busy_timeout(BUSY_ALONE)?;
        identity::check(&connection)?;
        migrations::imitate(&connection)?;
        Ok(connection)
    };
    let (connection, is_all_seen) = match alone(path, true).map_err(Into::into).and_then(prepare) {
        Ok(connection) => (connection, true),
        // Another process has it open, or not even an empty file can be made.
        Err(CatalogErrorKind::Busy | CatalogErrorKind::DiskFull | CatalogErrorKind::NotWritable(_)) => {
            (prepare(immutable(path)?)?, is_empty(&beside(path, "-wal")))
        }
        Err(_) => return Err(error),
    };
    let unseen = if is_all_seen { "" } else { ", and its last changes are not seen" };
    tracing::warn!("catalogue '{}': {error}, so that it is only read{unseen}", escape::path(path));
    Ok(connection)
}

/// Whether an error of opening comes from a disk without room, or that takes nothing more.
fn is_for_want_of_room(error: &CatalogErrorKind) -> bool {
    matches!(error, CatalogErrorKind::DiskFull) || can_do_with_less(error)
}

/// Whether an error of opening may be one of the files beside the catalogue.
fn can_do_with_less(error: &CatalogErrorKind) -> bool {
    match error {
        CatalogErrorKind::DiskFull | CatalogErrorKind::NotWritable(_) => true,
        CatalogErrorKind::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure),
        _ => false,
    }
}

/// Tries again while another process holds the lock: SQLite's own patience doesn't cover the change to
/// WAL, which two processes make at once when both start on a new catalogue.
fn patiently<T>(attempt: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let deadline = Instant::now() + BUSY;
    loop {
        match attempt() {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_catalogue_can_be_opened_by_many_at_once() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("catalog.db");
            std::thread::scope(|scope| {
                let threads: Vec<_> =
                    (0..6).map(|_| scope.spawn(|| connect(&path, true).map(drop))).collect();
                for thread in threads {
                    thread.join().unwrap().unwrap();
                }
            });
        }
    }
}
