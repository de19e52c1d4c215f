//! pixseek finds pictures by what is in them: a text or a picture goes in, the most similar pictures of a folder come out.
//!
//! The program is [`cli::main`]. Other programs use the crate through [`library::Library`], one folder that was opened with
//! one model:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use pixseek::clip::Checkpoint;
//! use pixseek::library::Library;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut library = Library::open(Path::new("gallery"), Checkpoint::find("demo")?)?;
//!     library.update()?;
//!     for hit in library.search("a red circle", 5)? {
//!         println!("{:.3}  {}", hit.score.unwrap_or_default(), hit.path.display());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! [`query`] reads the query language, which [`library::Library::ask`] answers. [`clip`] has the models, [`picture`] reads pictures, and [`demo`] draws the gallery that the model `demo` knows.
//! `ARCHITECTURE.md` has the map of all rooms.
#![warn(missing_docs, unreachable_pub)]

mod base;
mod catalog;
pub mod cli;
pub mod clip;
pub mod demo;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod index;
pub mod library;
mod mcp;
#[cfg(feature = "milvus")]
mod milvus;
pub mod picture;
pub mod query;
mod tui;

pub use base::model_key::{ModelKey, Precision};
pub use base::pixels::ReducedImage;
