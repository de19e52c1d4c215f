//! The one generator of drawn pictures and captions: the gallery and the training data.
//!
//! A [`scene::Scene`] says what a picture shows, out of [`kinds`] and [`words`]. From it come the
//! pixels ([`layout`] -> [`draw`], with [`backdrop`] and the drawings in [`art`]), the wordings
//! ([`caption`]) and the truth about both ([`facts`]). `gallery` writes pictures for people,
//! [`samples`] streams them to `tools/demo-model/`, [`held_out`] is what training never saw.

pub mod art;
pub mod backdrop;
pub mod caption;
pub mod draw;
pub mod facts;
mod gallery;
pub mod held_out;
pub mod kinds;
pub mod layout;
pub mod samples;
pub mod scene;
pub mod words;

pub use gallery::{Differing, Gallery, is_gallery, write_gallery};
