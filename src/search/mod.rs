//! Ranking: knows vectors and paths, not SQLite or terminals.
//!
//! The catalogue's rows -> [`Engine`] (a [`Matrix`], kept in step) -> `flat` scan -> [`Hit`]s.

mod engine;
mod flat;
mod matrix;
mod rank;
mod rounded;

pub use engine::{Engine, Hit};
pub use flat::{top_k, top_k_each};
pub use matrix::Matrix;
pub use rank::Scored;
