//! The log: on stderr, or in a file while the browser owns the screen.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Result;
use tracing_subscriber::EnvFilter;

use super::context::Context;
use crate::base::{escape, paths, private};

/// The environment variable with a filter for the log, such as `debug`.
const LOG_VAR: &str = "PIXSEEK_LOG";
/// The length from which a log starts anew, in bytes.
const LONG: u64 = 1 << 20;

impl Context {
    fn filter(&self) -> EnvFilter {
        let default = match self.verbose {
            _ if self.quiet => "error",
            0 => "warn",
            1 => "info,tokenizers=warn",
            _ => "debug",
        };
        EnvFilter::try_from_env(LOG_VAR).unwrap_or_else(|_| EnvFilter::new(default))
    }

    /// Logs to stderr, as every command but the browser does.
    pub(super) fn log_to_stderr(&self) {
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(|| escape::LogWriter(io::stderr()))
            .without_time()
            .with_target(false)
            // It would tell so on stderr, which is what just failed.
            .log_internal_errors(false)
            .init();
    }

    /// Logs to a file in the data folder, since the browser owns the screen. Returns the file's path. Where nothing can be
    /// written there is no log, so that pictures on read-only media can be browsed all the same.
    pub(super) fn log_to_file(&self) -> Result<Option<PathBuf>> {
        let path = paths::log_file()?;
        let Ok(file) = open_log(&path) else { return Ok(None) };
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(Mutex::new(escape::LogWriter(file)))
            .with_ansi(false)
            .log_internal_errors(false)
            .init();
        Ok(Some(path))
    }
}

/// Opens the log at its end, since other browsers may be writing to it; a long one starts anew.
fn open_log(path: &Path) -> io::Result<File> {
    let file = private::append(path)?;
    if file.metadata()?.len() > LONG {
        file.set_len(0)?;
    }
    Ok(file)
}
