//! Drawn pictures with captions: the demo gallery, and the training data of the demo model.
//!
//! A `scene` says what a picture shows, in terms of `kinds` and `words`. It gives the pixels (`layout`, then `draw` on a
//! `sheet`, with `backdrop` and the drawings of `art`), the wordings (`caption`) and the facts about both (`fact_set`).
//! `gallery` writes pictures for people, [`samples`] writes them for training, and [`held_out`] makes those that training
//! never sees.

mod art;
mod backdrop;
mod caption;
mod draw;
mod fact_set;
mod gallery;
pub mod held_out;
mod kinds;
mod layout;
pub mod samples;
mod scene;
mod sheet;
mod short_queries;
mod vocabulary;
mod words;

pub use gallery::{Differing, Gallery, gallery_facts, is_gallery, write_gallery};
pub use vocabulary::words;
