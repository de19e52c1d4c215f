//! Why no text is read from pictures.

use std::io;

use crate::catalog::CatalogError;

/// Why no text is read from pictures at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcrError {
    /// The program is not on this machine.
    #[error("{} is not installed, or not on the PATH", if *is_own { format!("'{program}', the command of [ocr] in config.toml,") } else { program.clone() })]
    NotInstalled {
        /// The program.
        program: String,
        /// Whether the settings name it.
        is_own: bool,
    },
    /// tesseract has no data for a language.
    #[error("tesseract has no data for the language '{language}'{}", among(available))]
    NoLanguage {
        /// The language that was asked for.
        language: String,
        /// Those that it has data for.
        available: Vec<String>,
    },
    /// The program fails with every picture.
    #[error("'{program}' fails with every picture: {reason}")]
    KeepsFailing {
        /// The program.
        program: String,
        /// What it said.
        reason: String,
    },
    /// The program can't be started.
    #[error("'{program}' can't be started: {reason}")]
    NoStart {
        /// The program.
        program: String,
        /// Why.
        reason: io::Error,
    },
    /// Another process is reading texts of the same collection.
    #[error("another pixseek is reading the text in these pictures")]
    Busy,
    /// The catalogue can't be written.
    #[error("the index can't be written, so that no text can be kept")]
    Readonly,
    /// A lock or a thread can't be had.
    #[error("text in pictures can't be read: {0}")]
    System(#[source] io::Error),
    /// The catalogue can't be read or written.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

fn among(available: &[String]) -> String {
    match available {
        [] => String::new(),
        _ => format!(" (it has {})", available.join(", ")),
    }
}
