//! Compressions of strips and tiles (`compression`). `open` gives their bytes row by row through [`std::io::Read`], so that
//! a strip which is the whole picture needs no memory of its size; those whose decoders can't (`jpeg`, `old_jpeg`, `lzma`,
//! `whole`) are bounded by the size of the strip.

mod compression;
mod context;
mod fax;
mod jpeg;
mod lzma;
mod lzw;
mod next;
mod old_jpeg;
mod open;
mod packbits;
mod row_reader;
mod sgi_log;
mod thunderscan;
mod whole;

pub(super) use compression::Compression;
pub(super) use context::Context;
pub(super) use open::{ChunkReader, open, read_old_jpeg};
