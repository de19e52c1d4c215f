//! pixseek finds pictures by what is in them.
//!
//! Data flows one way: [`cli`] and [`tui`] ask [`search`], which ranks the embeddings that
//! [`collection`] keeps; those come from [`model`], which turns the pixels that [`picture`] reads
//! into vectors. [`demo`] draws the gallery and the training data of the bundled model.
//! `ARCHITECTURE.md` has the map.

mod base;
pub mod cli;
pub mod collection;
pub mod config;
pub mod demo;
mod memory;
pub mod model;
pub mod paths;
pub mod picture;
pub mod search;
mod simd;
pub mod tui;
