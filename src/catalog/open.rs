//! Opening the catalogue's file: for several processes at once, on network folders, on read-only media.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use crate::base::{atomic, paths};

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(30);

/// Opens the catalogue's file, making it if `create`, with its tables at the present version.
pub(super) fn connect(path: &Path, create: bool) -> Result<Connection> {
    if path.is_symlink() {
        bail!("it is a link to another file, which pixseek does not write to");
    }
    if create && !path.exists() {
        // SQLite would make it readable for everybody, and its log and index of it like it. Where this fails, it will
        // say why; on some network folders it may succeed.
        if let Err(error) = atomic::create_empty(path) {
            tracing::info!(path = %path.display(), %error, "can't be made");
        }
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // Pictures on read-only media, or another user's: searching works, and what would write says so.
        if is_empty(&beside(path, "-wal")) {
            // Nobody is writing, and the files that SQLite shares with writers can't be made here.
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            connection = Connection::open_with_flags(immutable_uri(path), flags)?;
        }
        schema::prepare(&mut connection)?;
        return Ok(connection);
    }
    // On network folders WAL can't work; SQLite then answers with the mode it stays in.
    let mode =
        patiently(|| connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)))?;
    if mode != "wal" {
        connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    schema::prepare(&mut connection)?;
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

/// The file beside the catalogue whose name has this at its end.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

/// The name by which SQLite opens a file that nobody changes (<https://sqlite.org/uri.html>).
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in paths::to_bytes(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

/// Names the file, and for a damaged one the way out.
pub(super) fn explain(error: anyhow::Error, path: &Path) -> anyhow::Error {
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    let hint = match code {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ": it is damaged; delete it, and `pixseek index` makes it anew"
        }
        Some(ErrorCode::DiskFull) => {
            ": the disk is full; what was committed is kept, free some space and go on"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ": it can't be written; check the folder's permissions, or set PIXSEEK_DATA_DIR"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ": another program holds its lock",
        _ => "",
    };
    error.context(format!("catalogue '{}'{hint}", paths::display(path)))
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

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_catalogue() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, link) = (dir.path().join("mine"), dir.path().join("catalog.db"));
        std::fs::write(&mine, "").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        for create in [false, true] {
            assert!(connect(&link, create).unwrap_err().to_string().contains("a link"));
        }
        assert_eq!(std::fs::read(&mine).unwrap(), b"");
    }

    #[test]
    fn odd_names_become_uris() {
        assert_eq!(
            immutable_uri(Path::new("/a b/c?d#e%.db")),
            "file:/a%20b/c%3fd%23e%25.db?mode=ro&immutable=1"
        );
    }
}
