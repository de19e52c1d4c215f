//! The SQLite catalogue: the truth about the pictures of a folder.
//!
//! `open` (files, locks, read-only media) -> `schema` (tables, versions) -> [`Catalog`] (reading) and `writer`
//! (transactions with change numbers). `vector` says how embeddings are stored.

mod database;
mod open;
mod schema;
mod vector;
mod walk_options;
mod writer;

pub use database::{Catalog, CatalogEntry, Counts, EmbeddingRow, Hash, ImageInfo, is_under};
pub use walk_options::WalkOptions;
pub use writer::{PictureRecord, Recorded, Writer};
