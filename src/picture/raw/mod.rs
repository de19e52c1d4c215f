//! Cameras' raw files, by the JPEG previews in them: sensors' data is not developed.
//!
//! `previews` tells the container and collects what is in it: `directories` walks TIFF directories (CR2, NEF, ARW, DNG,
//! PEF, ORF, RW2 and most others) and `maker_notes` those that makers hide in EXIF, `cr3` Canon's boxes, `raf` Fujifilm's
//! header. Then `plan` hands the largest preview to the JPEG decoder, or takes an uncompressed one (`pixels`).

mod collector;
mod cr3;
mod directories;
mod maker_notes;
mod pixels;
mod plan;
mod previews;
mod raf;
#[cfg(test)]
mod tests;

pub(super) use collector::{Coding, Preview, RawFile};
pub(super) use plan::plan;
pub(super) use previews::read;
