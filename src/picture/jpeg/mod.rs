//! JPEG, decoded by code of our own: exactly as libjpeg does it (and so Pillow and the usual viewers), and much quicker where
//! a reduced picture will do.
//!
//! `segments` and `header` read what comes before the data: `frame`, `tables`, `standard_tables`, colours (`colors`).
//! `decoder` walks (`scan`) over the blocks of each scan, whose `bits` and codes (`huffman`) become coefficients
//! (`sequential`, `progressive`, in `zigzag` order) in `planes`; `arithmetic` and `arithmetic_blocks` do it where codes are not Huffman's. `render` makes pixels of them: `idct`, `upsample`, `colors`.
//! `lossless` is another coding altogether. `damage` says how much of a picture is there. `plan` puts it all together, and `strip` does so for parts of TIFF files.
//!
//! At an eighth only the average of each block is kept, and at a quarter four coefficients: a table tells by how many bits
//! and coefficients the next ones can be gone over, several at a time.

mod arithmetic;
mod arithmetic_blocks;
mod bits;
mod colors;
mod damage;
mod decoder;
mod decoder_error;
mod frame;
mod header;
mod huffman;
mod idct;
mod lossless;
mod plan;
mod planes;
mod progressive;
mod render;
mod scan;
mod segments;
mod sequential;
mod standard_tables;
mod strip;
mod tables;
#[cfg(test)]
mod tests;
mod upsample;
mod zigzag;

pub(super) use plan::plan;
pub(super) use segments::next_segment;
pub(super) use strip::{Strip, decode_strip};
