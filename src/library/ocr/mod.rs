//! Text in pictures: a program reads it, and the catalogue keeps it, for the filter `text:`.
//!
//! [`OcrSettings`] come from the configuration, and [`TextReader`] is the program that they name, or `tesseract`. A pass
//! (`pass`) goes over the pictures that no such program was given: `pixels` decodes a file, so that a stranger's bytes
//! reach none but our own decoders; `run` has the program read one or two `rendition`s of it, within a limit of time; `tsv` and
//! `clean` make plain text of what it writes. [`BackgroundTexts`] does so while the user browses.

mod background;
mod clean;
mod error;
mod pass;
mod pixels;
mod reader;
mod rendition;
mod run;
mod settings;
mod stop;
mod tsv;

pub use background::{BackgroundTexts, TextNews};
pub use error::OcrError;
pub use pass::ReadReport;
pub use reader::TextReader;
pub use settings::OcrSettings;
pub use stop::StopReading;

#[cfg(test)]
mod tests;
