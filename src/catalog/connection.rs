//! Connections to a file that may be a stranger's.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::base::paths;

/// Opens a file for reading that nobody writes to: no lock is taken, and nothing is made beside it.
pub(super) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    guarded(Connection::open_with_flags(uri(path, "mode=ro&immutable=1"), flags)?)
}

/// Opens a file with its log, when the index of the log that SQLite shares with other processes can't be made: one in
/// memory takes its place. With `writable` another process that has the file open is an error, since it is locked;
/// otherwise nobody may write to it, and nothing is locked.
pub(super) fn alone(path: &Path, writable: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= if writable { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    // `nolock=1` would rule the log out; the locks of this kind of files are none, too.
    let options = match writable {
        true => "mode=rw",
        false if cfg!(unix) => "mode=ro&vfs=unix-none",
        false => "mode=ro&vfs=win32-none",
    };
    let connection = guarded(Connection::open_with_flags(uri(path, options), flags)?)?;
    // Leaving would write the log into the file, for which there may be no room.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    Ok(connection)
}

/// Nothing in the file itself may call functions or change the schema behind our back.
pub(super) fn guarded(connection: Connection) -> rusqlite::Result<Connection> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // Pages that contradict themselves are damage from the first, not once something reads beyond them.
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// The file beside the catalogue whose name has this at its end.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The name by which SQLite opens a file with these options (<https://sqlite.org/uri.html>).
fn uri(path: &Path, options: &str) -> String {
    let mut uri = String::from("file:");
    let path = paths::to_bytes(path);
    if path.starts_with(b"//") {
        // A network folder of Windows, say: what follows two slashes is taken for a machine, which SQLite refuses.
        uri.push_str("//");
    }
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri + "?" + options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_become_uris() {
        assert_eq!(
            uri(Path::new("/a b/c?d#e%.db"), "mode=ro&immutable=1"),
            "file:/a%20b/c%3fd%23e%25.db?mode=ro&immutable=1"
        );
        assert_eq!(uri(Path::new("//host/a.db"), "mode=ro"), "file:////host/a.db?mode=ro");
    }
}
