//! The container of HEIC and AVIF files (ISO/IEC 23008-12): coded pictures, their parts and data about them are items of
//! one list. `tables` reads the boxes that describe them, `items` puts those together, and `turn` makes one orientation of
//! rotation and mirroring.
//!
//! Decoding and the reading of metadata both go through [`Items`].

#[cfg_attr(not(feature = "avif"), allow(dead_code, reason = "metadata needs less of it than pixels"))]
mod items;
mod tables;
mod turn;

pub(super) use items::Items;
#[cfg(feature = "avif")]
pub(super) use items::{Crop, Item, Nclx};
