//! TIFF of all kinds, read by ourselves: a `directory` has the tags of a page, from which its `layout`, what a `pixel` is and
//! what `colors` mean follow; `read` takes the bytes of strips and tiles from a `codec`, makes `samples` and colours of them,
//! row by row, and gives the rows to a `canvas` that reduces them at once. `plan` puts all of this together.
//!
//! After TIFF 6.0, its Technical Notes, and libtiff where these leave questions.

mod canvas;
mod codec;
mod colors;
mod directory;
mod error;
mod layout;
mod pixel;
mod plan;
mod read;
mod samples;
mod tags;
#[cfg(test)]
mod tests;

pub(super) use plan::plan;
