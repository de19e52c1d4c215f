//! The SQLite catalogue: the truth about the pictures of a folder.
//!
//! `open` (files, locks, read-only media) checks by `identity` whose file it is and has `migrations` bring its tables up to
//! date. [`Catalog`] then reads [`pictures`](Catalog::known), models, embeddings, [`changes`](Catalog::changes) and settings;
//! a [`Writer`] is a transaction with a change number of its own. Every error is a [`CatalogError`], which names the file.

mod changes;
mod connection;
mod damage;
mod database;
mod embeddings;
mod error;
mod facts;
mod filter_facts;
mod identity;
mod integrity;
mod migrations;
mod models;
mod newest;
mod notes;
mod omitted;
mod open;
mod pictures;
mod rclip;
mod salvage;
mod settings;
#[cfg(feature = "milvus")]
mod stored_rows;
mod texts;
mod thumbprints;
mod vector;
mod walk_options;
#[cfg(feature = "milvus")]
mod word_splitter;
mod words;
mod writer;

pub(crate) use changes::EmbeddingRow;
pub(crate) use connection::beside;
pub(crate) use damage::VectorsChecked;
pub(crate) use database::Catalog;
pub(crate) use error::{CatalogError, CatalogErrorKind};
pub(crate) use facts::FactsRecord;
pub(crate) use filter_facts::{FactsVersion, FilterFacts};
pub use omitted::Omitted;
pub use pictures::Counts;
pub(crate) use pictures::{CatalogEntry, Failure, Hash, ImageInfo, is_under};
pub(crate) use rclip::{RCLIP_DIMENSION, RclipIndex, RclipModel, RclipRow, RclipState};
pub(crate) use rclip::{RclipError, RclipErrorKind};
pub(crate) use salvage::{Salvaged, salvage};
pub use settings::IndexPolicy;
pub(crate) use settings::SegmentsState;
#[cfg(feature = "milvus")]
pub(crate) use stored_rows::StoredRow;
pub use texts::TextCounts;
pub(crate) use texts::{NO_TEXT, TextRead};
pub(crate) use thumbprints::LookRow;
pub use walk_options::WalkOptions;
#[cfg(feature = "milvus")]
pub(crate) use word_splitter::{Run, WordSplitter};
pub(crate) use words::Column as WordColumn;
pub(crate) use writer::{PictureRecord, Recorded};

#[cfg(test)]
mod tests;
