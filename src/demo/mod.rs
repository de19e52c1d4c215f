//! Drawn pictures with captions: the demo gallery, and the training data of the demo model.
//!
//! A [`scene::Scene`] says what a picture shows, in terms of [`kinds`] and [`words`]. It gives the pixels ([`layout`],
//! then [`draw`], with [`backdrop`] and the drawings of [`art`]), the wordings ([`caption`]) and the facts about both
//! ([`facts`]). `gallery` writes pictures for people, [`samples`] writes them for training, and [`held_out`] makes those
//! that training never sees.

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
