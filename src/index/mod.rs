//! Vectors in memory and in files, and the search of them: a [`Matrix`] -> [`flat`] scan, or [`hnsw`].

pub mod flat;
pub mod hnsw;
pub mod matrix;
pub mod rank;
mod rounded;
mod sieve;
pub mod snapshot_file;

pub use flat::{top_k, top_k_each};
pub use matrix::Matrix;
pub use rank::Scored;
