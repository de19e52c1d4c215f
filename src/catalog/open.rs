//! Opening the catalogue's file: for several processes at once, on network folders, on read-only media.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::connection::{beside, guarded, immutable};
use super::error::CatalogErrorKind;
use super::{identity, migrations};
use crate::base::atomic;

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(30);

/// Opens the catalogue's file, making it if `create`, with its tables at the present version. Another program's file is
/// left as it is.
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
    let mut connection = guarded(Connection::open_with_flags(path, flags)?)?;
    connection.busy_timeout(BUSY)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // Pictures on read-only media, or another user's: searching works, and what would write says so.
        if is_empty(&beside(path, "-wal")) {
            // Nobody is writing, and the files that SQLite shares with writers can't be made here.
            connection = immutable(path)?;
        }
        identity::check(&connection)?;
        migrations::run(&mut connection)?;
        return Ok(connection);
    }
    identity::check(&connection)?;
    // On network folders WAL can't work; SQLite then answers with the mode it stays in.
    let mode =
        patiently(|| connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)))?;
    if mode != "wal" {
        connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    migrations::run(&mut connection)?;
    Ok(connection)
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
