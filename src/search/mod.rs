//! Ranking: knows vectors and paths, not SQLite or terminals.
//!
//! The catalogue's rows, or a [`snapshot`] of them -> [`Engine`] (a [`Matrix`], kept in step) -> `flat` scan, or
//! [`hnsw`] -> [`Hit`]s.

mod engine;
mod flat;
pub mod hnsw;
mod matrix;
mod rank;
mod rounded;
mod sieve;
pub mod snapshot;

pub use engine::{Engine, Hit, Mode};
pub use flat::{top_k, top_k_each};
pub use matrix::Matrix;
pub use rank::Scored;
