//! What every other part of the program may use: files that appear whole, locks, modes of private files.
//!
//! Nothing here knows of pictures, models or catalogues.

pub mod atomic;
pub mod lock;
pub mod regular;
