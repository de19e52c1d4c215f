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
//! [`query`] reads the query language, which [`library::Library::ask`] answers. [`clip`] has the models, [`picture`] reads
//! pictures, and [`demo`] draws the gallery that the model `demo` knows. [`library::Follower`] keeps an index up to date.
//! `ARCHITECTURE.md` has the map of all rooms.
//!
//! # Versions
//! Versions follow [semantic versioning](https://semver.org). Before 1.0, the second number changes where something that
//! worked may not work any more, and the third where something is added or mended. This holds for
//!
//! - the public items of this crate that are documented;
//! - commands, options, exit codes, JSON, the query language, keys of `config.toml`, and tools of `pixseek mcp`;
//! - indexes: each version opens those of all earlier ones. One that an older version can't read is refused by it, in words.
//!
//! A newer Rust may be needed with any second number (`rust-version` in `Cargo.toml` says which). What scores and vectors
//! are belongs to the model; vectors that can't be compared are never mixed.
//!
//! # Features
//! `avif`, `heic`, `jpeg2000`, `jxl`, `psd` and `svg` are formats, and on by default. `cuda` and `metal` use GPUs, and
//! `milvus` collections that machines share.
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
