//! Compressions of strips and tiles. Each gives its bytes row by row through [`Read`], so that a strip which is the whole
//! picture needs no memory of its size; those whose decoders can't (`whole`) are bounded by the size of the strip.

mod fax;
mod jpeg;
mod lzma;
mod lzw;
mod next;
mod old_jpeg;
mod packbits;
mod sgi_log;
mod thunderscan;
mod whole;

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use super::super::error::PictureError;
use super::directory::{Directory, File};
use super::tags;

pub(super) use fax::FaxKind;

/// How the bytes of strips and tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Fax(FaxKind),
    Lzw,
    OldJpeg,
    Jpeg,
    Deflate,
    PackBits,
    Next,
    ThunderScan,
    SgiLog,
    Lzma,
    Zstd,
    WebP,
    /// JPEG 2000 whose components are what the photometric interpretation says.
    Jpeg2000,
    /// JPEG 2000 that says by itself which colours it has.
    Jpeg2000Rgb,
}

/// Everything that decoding a strip or tile takes beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
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

/// The bytes of a strip or tile.
pub(super) type ChunkReader<'a> = Box<dyn Read + 'a>;

impl Compression {
    /// Reads the tag; a compression that is not decoded is an error.
    pub(super) fn read(page: &Directory<'_>) -> Result<Self, PictureError> {
        let unsupported = |name: &str| Err(PictureError::Unsupported(format!("TIFF ({name} compression)")));
        Ok(match page.small(tags::COMPRESSION, 1) {
            0 | 1 => Self::None,
            2 => Self::Fax(FaxKind::Rle { word_aligned: false }),
            32771 => Self::Fax(FaxKind::Rle { word_aligned: true }),
            3 => Self::Fax(FaxKind::Group3 { two_dimensional: page.small(tags::T4_OPTIONS, 0) & 1 == 1 }),
            4 => Self::Fax(FaxKind::Group4),
            5 => Self::Lzw,
            6 => Self::OldJpeg,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            32766 => Self::Next,
            32809 => Self::ThunderScan,
            34676 => Self::SgiLog,
            34677 => return unsupported("SGI LogLuv of 24 bits"),
            34925 => Self::Lzma,
            50000 => Self::Zstd,
            50001 => Self::WebP,
            33003 if cfg!(feature = "jpeg2000") => Self::Jpeg2000,
            33004 | 33005 | 34712 if cfg!(feature = "jpeg2000") => Self::Jpeg2000Rgb,
            33003..=33005 | 34712 => return unsupported("JPEG 2000"),
            32908 | 32909 => return unsupported("Pixar"),
            34661 => return unsupported("JBIG"),
            34887 => return unsupported("LERC"),
            50002 | 52546 => return unsupported("JPEG XL"),
            22610 | 34933 | 34934 => return unsupported("JPEG XR"),
            other => return unsupported(&format!("unknown {other}")),
        })
    }

    /// Whether the decoder gives samples of 8 bits, whatever the tags say, in colours that need no more conversion.
    pub(super) fn makes_bytes(self) -> bool {
        matches!(
            self,
            Self::OldJpeg | Self::Jpeg | Self::WebP | Self::Jpeg2000 | Self::Jpeg2000Rgb | Self::SgiLog
        )
    }

    /// Whether it is JPEG of either kind.
    pub(super) fn is_jpeg(self) -> bool {
        matches!(self, Self::OldJpeg | Self::Jpeg)
    }

    /// Whether libtiff applies a predictor beside it.
    pub(super) fn predicts(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd | Self::Lzma)
    }

    /// Upper bound of the memory that an open decoder takes, in bytes, for `length` bytes of a strip or tile.
    pub(super) fn memory(self, length: u64) -> u64 {
        match self {
            Self::None | Self::PackBits | Self::Fax(_) | Self::ThunderScan => 16 << 10,
            Self::Next | Self::SgiLog => 64 << 10,
            Self::Lzw | Self::Deflate => 128 << 10,
            // The window is never larger than what was decoded.
            Self::Zstd => (1 << 20) + length,
            Self::Lzma => (1 << 20) + 3 * length,
            // Coefficients of progressive files, planes, and pixels.
            Self::Jpeg | Self::OldJpeg => (1 << 20) + 8 * length,
            Self::WebP => (1 << 20) + 8 * length,
            // Coefficients are floating-point numbers.
            Self::Jpeg2000 | Self::Jpeg2000Rgb => (4 << 20) + 16 * length,
        }
    }
}

/// Opens the bytes of a strip or tile; reading them ends early where they are damaged.
pub(super) fn open<'a>(
    context: Context<'a>,
    bytes: &'a [u8],
    reversed_bits: bool,
) -> io::Result<ChunkReader<'a>> {
    let bytes = if reversed_bits {
        Cow::Owned(bytes.iter().map(|byte| byte.reverse_bits()).collect())
    } else {
        Cow::Borrowed(bytes)
    };
    Ok(match context.compression {
        Compression::None => Box::new(Cursor::new(bytes)),
        Compression::Fax(kind) => Box::new(fax::Fax::new(bytes, kind, context.size.0)),
        Compression::Lzw => Box::new(lzw::Lzw::new(bytes)),
        Compression::PackBits => Box::new(packbits::PackBits::new(bytes)),
        Compression::Deflate => Box::new(flate2::read::ZlibDecoder::new(Cursor::new(bytes))),
        Compression::Zstd => {
            Box::new(ruzstd::decoding::StreamingDecoder::new(Cursor::new(bytes)).map_err(io::Error::other)?)
        }
        Compression::Lzma => Box::new(Cursor::new(lzma::decode(&bytes, context.length())?)),
        Compression::Next => Box::new(next::Next::new(bytes, context.row_bytes)),
        Compression::ThunderScan => Box::new(thunderscan::ThunderScan::new(bytes, context.size.0)),
        Compression::SgiLog => Box::new(sgi_log::SgiLog::new(bytes, context.size.0, context.samples)),
        Compression::Jpeg => Box::new(Cursor::new(jpeg::decode(&bytes, &context)?)),
        // The whole picture is decoded at once, by `old_jpeg`.
        Compression::OldJpeg => Box::new(Cursor::new(bytes)),
        Compression::WebP => Box::new(Cursor::new(whole::webp(&bytes, &context)?)),
        Compression::Jpeg2000 | Compression::Jpeg2000Rgb => {
            Box::new(Cursor::new(whole::jpeg2000(&bytes, &context)?))
        }
    })
}

impl Context<'_> {
    /// Bytes of the decoded strip or tile.
    fn length(&self) -> usize {
        self.row_bytes.saturating_mul(self.size.1 as usize)
    }

    /// Takes the rows of a decoded picture that may be larger or smaller than the strip or tile; what it lacks on the
    /// right is 0, what it lacks below is missing.
    fn fit(&self, pixels: &[u8], width: usize) -> Vec<u8> {
        let row = width.saturating_mul(self.samples);
        if row == 0 || row == self.row_bytes {
            return pixels.to_vec();
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

/// Decodes a page of old JPEG, whose strips are parts of one JPEG file, to samples of 8 bits.
pub(super) fn old_jpeg(
    file: &File<'_>,
    page: &Directory<'_>,
    size: (u32, u32),
    samples: usize,
    is_ycbcr: bool,
) -> io::Result<Vec<u8>> {
    let bytes = old_jpeg::assemble(file, page, size, samples)?;
    let row_bytes = samples.saturating_mul(size.0 as usize);
    let context =
        Context { compression: Compression::OldJpeg, size, samples, row_bytes, is_ycbcr, jpeg_tables: None };
    jpeg::decode(&bytes, &context)
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
