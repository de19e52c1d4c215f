//! Pictures encoded for the terminal: by a graphics protocol, or as coloured blocks of text.
//!
//! `protocol` names the ways, `encoder` takes one of them, `picture` draws what it made into the cells of a screen. Text
//! is made by `blocks` (any colour) or `dither` (the colours of a `palette`), with the characters of `glyphs`.

mod blocks;
mod cursor;
mod dither;
mod encoder;
mod glyphs;
mod kitty_direct;
mod palette;
mod picture;
mod protocol;

pub(crate) use cursor::moved;
pub(crate) use encoder::{GraphicsEncoder, USUAL_CELL};
pub(crate) use kitty_direct::Placements;
pub(crate) use palette::{ColourSupport, Palette};
pub(crate) use picture::EncodedPicture;
pub(crate) use protocol::{DrawingMethod, GraphicsProtocol};
