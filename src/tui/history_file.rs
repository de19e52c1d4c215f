//! The file that keeps earlier queries from run to run.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::base::atomic::{self, Access};
use crate::base::{dirs, private};
use crate::tui::app::history::{History, MAX_QUERIES};

/// The history of earlier runs; an empty one if the file can't be read.
pub(super) fn load() -> History {
    let text = path().and_then(fs::read).unwrap_or_default();
    History::new(String::from_utf8_lossy(&text).lines().map(str::to_owned))
}

/// Adds a query to the file. A failure is only logged: the user loses little.
pub(super) fn add(query: &str) {
    let query = query.trim();
    if query.is_empty() {
        return;
    }
    if let Err(error) = append(query) {
        tracing::info!(%error, "the query can't be added to the history");
    }
}

fn append(query: &str) -> io::Result<()> {
    let path = path()?;
    // The line is appended in one write: another browser may append at the same time.
    private::append(&path)?.write_all(format!("{query}\n").as_bytes())?;
    let lines = fs::read(&path)?.iter().filter(|byte| **byte == b'\n').count();
    if lines > 4 * MAX_QUERIES {
        let kept = load().queries().join("\n") + "\n";
        atomic::write(&path, Access::AsFolder, |file| file.write_all(kept.as_bytes()))?;
    }
    Ok(())
}

fn path() -> io::Result<PathBuf> {
    dirs::history_file().map_err(io::Error::other)
}
