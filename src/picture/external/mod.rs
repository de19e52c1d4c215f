//! Formats of the user's own: a command turns a file into a picture that is decoded here.
//!
//! `settings` has the `[[decoder]]` entries of config.toml, `words` takes a command line apart without a shell, and `run`
//! runs it within limits of time and memory.

mod run;
pub(super) mod settings;
mod words;

pub(super) use run::{run, undecodable};
pub use settings::{ExternalDecoder, listed_decoders, set_external_decoders};
pub use settings::{command as read_command, time_limit as read_time_limit};
