//! Ranking: knows vectors and paths, not SQLite or terminals.
//!
//! The catalogue's rows -> [`Engine`] (one contiguous matrix, kept in step) -> `flat` scan -> [`Hit`]s.

mod engine;
mod flat;

pub use engine::{Engine, Hit};
