//! What decoders of strips and tiles are told beside the bytes.

use std::io;

use super::compression::Compression;

/// Everything that decoding a strip or tile takes beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Context<'a> {
    /// How it is compressed.
    pub compression: Compression,
    /// Width in pixels and number of rows.
    pub size: (u32, u32),
    /// Samples of a pixel that are in it.
    pub samples: usize,
    /// Bytes of a row.
    pub row_bytes: usize,
    /// Whether its three samples are luma and differences of colour, which JPEG turns to RGB.
    pub is_ycbcr: bool,
    /// Tables that all JPEG strips share.
    pub jpeg_tables: Option<&'a [u8]>,
}

impl Context<'_> {
    /// Bytes of the decoded strip or tile.
    pub(super) fn length(&self) -> usize {
        self.row_bytes.saturating_mul(self.size.1 as usize)
    }

    /// Takes the rows of a decoded picture that may be larger or smaller than the strip or tile; what it lacks on the
    /// right is 0, what it lacks below is missing.
    pub(super) fn with_width(&self, pixels: Vec<u8>, width: usize) -> Vec<u8> {
        let row = width.saturating_mul(self.samples);
        if row == 0 || row == self.row_bytes {
            return pixels;
        }
        let mut out = Vec::with_capacity(self.length());
        for line in pixels.chunks_exact(row).take(self.size.1 as usize) {
            let start = out.len();
            out.extend_from_slice(line.get(..self.row_bytes).unwrap_or(line));
            out.resize(start + self.row_bytes, 0);
        }
        out
    }
}

/// An error of damaged bytes.
pub(super) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
