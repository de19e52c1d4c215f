//! pixseek finds pictures by what is in them.
//!
//! Data flows one way: [`cli`] and [`tui`] ask a [`library`], one folder that was opened. It keeps what is known of the
//! pictures in a [`catalog`] and their embeddings in an [`index`]; those come from [`clip`], which turns the pixels that
//! [`picture`] reads into vectors. [`base`] serves all of them. [`demo`] draws the gallery and the training data of the
//! bundled model. `ARCHITECTURE.md` has the map.

pub mod base;
pub mod catalog;
pub mod cli;
pub mod clip;
pub mod demo;
pub mod index;
pub mod library;
pub mod picture;
pub mod tui;
