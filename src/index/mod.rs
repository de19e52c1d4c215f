//! An index of vectors: rows in memory, exact and approximate search, and the files of both. It knows rows by their numbers,
//! and no pictures.
//!
//! [`VectorIndex`] owns a [`VectorStore`] (components and quantized codes) and segments of HNSW graphs ([`hnsw`]).
//! [`exact`] search compares all rows; both kinds of search score candidates exactly. Segments are kept by a
//! [`SegmentStore`](hnsw::SegmentStore), rows by [`snapshot_file`].

mod candidate_filter;
mod error;
pub(crate) mod exact;
mod fingerprint;
pub(crate) mod hnsw;
mod quantized_query;
mod row_set;
pub(crate) mod snapshot_file;
mod top_k;
mod vector_index;
mod vectors;

pub(crate) use error::IndexError;
pub(crate) use row_set::RowSet;
pub(crate) use top_k::ScoredRow;
pub(crate) use vector_index::{MIN_INDEXED_ROWS, VectorIndex};
pub use vector_index::{Method, SearchMode};
pub(crate) use vectors::VectorStore;
